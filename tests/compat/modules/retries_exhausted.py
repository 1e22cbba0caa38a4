import dagster as dg


@dg.op(retry_policy=dg.RetryPolicy(max_retries=1))
def never():
    raise RuntimeError("no")


@dg.job
def exhausted():
    never()
