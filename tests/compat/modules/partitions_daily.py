from datetime import datetime

from dagster import DailyPartitionsDefinition, daily_partitioned_config, job, op


@daily_partitioned_config(start_date=datetime(2026, 1, 1), end_offset=0)
def by_day(start: datetime, end: datetime):
    return {"ops": {"day": {"config": {"from": start.strftime("%Y-%m-%d"), "to": end.strftime("%Y-%m-%d")}}}}


@op(config_schema={"from": str, "to": str})
def day(context):
    return (context.op_config, context.partition_key)


@job(config=by_day)
def daily_job():
    day()


PARTITION = "2026-01-05"
