"""An op that may hang is given a time; a try that takes longer is ended, and the next one starts.

    dagjob run examples/timeouts.py

The tag counts for each attempt of this op. `--op-timeout 30m` on the command line is for all ops without one.
"""

import time

from dagjob import OpExecutionContext, RetryPolicy, job, op


@op(tags={"dagjob/timeout": "1s"}, retry_policy=RetryPolicy(max_retries=2))
def ask(context: OpExecutionContext) -> str:
    if context.retry_number == 0:
        time.sleep(600)  # stands for a server that never answers
    return f"answer to try {context.retry_number + 1}"


@op
def show(answer: str) -> None:
    print(answer)


@job
def patient():
    show(ask())
