"""One run for each day of March: each gets the key of its day, and a config that is made from the key.

dagjob run examples/partitions.py -p 2026-03-14
"""

from dagjob import DailyPartitionsDefinition, OpExecutionContext, job, op, partitioned_config

march = DailyPartitionsDefinition("2026-03-01", end_date="2026-04-01")


@partitioned_config(march)
def of_day(key: str):
    return {"ops": {"count": {"config": {"file": f"visits-{key}.csv"}}}}


@op(config_schema={"file": str})
def count(context: OpExecutionContext) -> str:
    start, end = context.partition_time_window
    return f"{context.op_config['file']}: from {start:%d.%m. %H:%M} to {end:%d.%m. %H:%M}"


@op
def report(context: OpExecutionContext, counted: str):
    context.log.info(f"{context.partition_key}  {counted}")


@job(config=of_day)
def visits():
    report(count())
