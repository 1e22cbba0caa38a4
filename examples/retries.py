"""An op that fails twice, and is tried again until it works.

    dagjob run examples/retries.py

A policy on the op (or on the whole job: `op_retry_policy`) says how often and with what pause. What has no chance of
working later is raised as `Failure(..., allow_retries=False)`.
"""

from dagjob import Backoff, Failure, OpExecutionContext, RetryPolicy, job, op


@op(retry_policy=RetryPolicy(max_retries=3, delay=0.2, backoff=Backoff.EXPONENTIAL), config_schema={"url": str})
def fetch(context: OpExecutionContext) -> str:
    url = context.op_config["url"]
    if not url.startswith("https://"):
        raise Failure(f"{url} is no address that can be fetched", allow_retries=False)
    if context.retry_number < 2:  # stands for a server that is busy for a moment
        raise ConnectionError("503, try later")
    return f"page of {url}, after {context.retry_number} retries"


@op
def show(page: str) -> None:
    print(page)


@job(config={"ops": {"fetch": {"config": {"url": "https://example.com"}}}})
def stubborn():
    show(fetch())
