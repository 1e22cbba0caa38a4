from dagster import Backoff, Jitter, RetryPolicy, RetryRequested, job, op

tries = {"flaky": 0, "asks": 0}


@op(retry_policy=RetryPolicy(max_retries=3, delay=0.001, backoff=Backoff.EXPONENTIAL, jitter=Jitter.FULL))
def flaky(context):
    tries["flaky"] += 1
    if context.retry_number < 2:
        raise OSError("not yet")
    return context.retry_number


@op
def asks(context):
    if context.retry_number == 0:
        raise RetryRequested(max_retries=1, seconds_to_wait=0.001)
    return "second"


@job(op_retry_policy=RetryPolicy(max_retries=1))
def retried():
    flaky()
    asks()
