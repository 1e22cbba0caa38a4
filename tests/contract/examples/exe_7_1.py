"""exe-7, example 1: Daily config"""
from dagjob import daily_partitioned_config, job, op
@op(config_schema={"day": str})
def load(context): return context.op_config["day"], context.partition_key, (context.partition_time_window.end - context.partition_time_window.start).days
@daily_partitioned_config(start_date="2024-01-01")
def by_day(start, end): return {"ops": {"load": {"config": {"day": f"{start:%Y%m%d}-{end:%d}"}}}}
@job(config=by_day)
def daily(): load()
r = daily.execute_in_process(partition_key="2024-01-05")
print(r.output_for_node("load"), {k: v for k, v in r.dagster_run.tags.items() if k.startswith("dagster/p")})
print(daily.execute_in_process(partition_key="2024-01-05", run_config={"ops": {"load": {"config": {"day": "mine"}}}}).output_for_node("load")[0])
print(by_day.get_run_config_for_partition_key("2024-01-09"), daily.partitions_def == by_day.partitions_def)
