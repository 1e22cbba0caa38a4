"""Two ops, one feeding the other: the first example of Dagster's page about `@job`."""

from dagjob import job, op


@op
def return_one():
    return 1


@op
def add_one(x: int) -> int:
    return x + 1


@job
def my_job():
    add_one(return_one())
