"""A module that was written for Dagster, with an asset and a schedule beside its job.

dagjob run examples/dagster/jobs.py:daily
dagjob validate examples/dagster/jobs.py
"""

import dagster as dg


@dg.op
def orders() -> list[int]:
    return [3, 1, 2]


@dg.op
def total(context: dg.OpExecutionContext, numbers: list[int]) -> int:
    context.log.info("%s orders", len(numbers))
    return sum(numbers)


@dg.job
def daily():
    total(orders())


@dg.asset
def report(): ...


@dg.schedule(job=daily, cron_schedule="0 6 * * *")
def every_morning(context):
    return dg.RunRequest()


defs = dg.Definitions(assets=[report], jobs=[daily], schedules=[every_morning])
