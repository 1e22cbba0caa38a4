"""exe-5, 4: Precedence"""
from dagjob import RetryPolicy, job, op
@op
def plain(): raise ValueError
@op(retry_policy=RetryPolicy(max_retries=2))
def own(): raise ValueError
@op(retry_policy=RetryPolicy(max_retries=0))
def never(): raise ValueError
@job(op_retry_policy=RetryPolicy(max_retries=3))
def prec():
    plain(); own(); never(); own.alias("inv").with_retry_policy(RetryPolicy(max_retries=1))()
r = prec.execute_in_process(raise_on_error=False)
print({n: r.retry_attempts_for_node(n) for n in ("plain", "own", "never", "inv")})
