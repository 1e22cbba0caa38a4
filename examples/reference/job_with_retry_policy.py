"""One retry policy for all ops. The page leaves `call_external_api` to the reader; the stand-in here just answers."""

from dagjob import Backoff, RetryPolicy, job, op


def call_external_api():
    return {"status": "ok"}


@op
def flaky_op():
    result = call_external_api()
    return result


@job(
    op_retry_policy=RetryPolicy(
        max_retries=3,
        delay=2,
        backoff=Backoff.EXPONENTIAL,
    )
)
def resilient_job():
    flaky_op()
