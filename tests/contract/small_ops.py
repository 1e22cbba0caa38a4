"""Small ops that statements of the contract are about, and the job that is made of a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagjob import DynamicOut, DynamicOutput, JobDefinition, job, op


@op
def one():
    return 1


@op(out=DynamicOut())
def many():
    for key in "ab":
        yield DynamicOutput(key, key)


@op
def up(x):
    return x + "1"


@op
def pair(x, y):
    return x + str(y)


@op
def gather(xs):
    return xs


def job_of(body: Callable[[], object], **given: Any) -> JobDefinition:
    """A job `daily` that does what `body` does, and returns nothing."""

    def composed() -> None:
        body()

    return job(name="daily", **given)(composed)


def run(body: Callable[[], object], config: Any = None, **given: Any) -> Any:
    """The result of `job_of(body)` in this process."""
    return job_of(body, **given).execute_in_process(run_config=config)
