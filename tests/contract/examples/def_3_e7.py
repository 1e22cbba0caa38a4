"""def-3, E7: Partitions with and without config"""
from dagjob import DailyPartitionsDefinition, StaticPartitionsDefinition, job, op, static_partitioned_config
@op(config_schema={"n": int})
def a(context): return context.op_config["n"], context.partition_key
@job(partitions_def=StaticPartitionsDefinition(["p", "q"]), config={"ops": {"a": {"config": {"n": 1}}}})
def fixed(): a()
@static_partitioned_config(["p", "q"], tags_for_partition_key_fn=lambda k: {"key": k})
def by_key(k): return {"ops": {"a": {"config": {"n": ord(k)}}}}
@job(config=by_key, tags={"key": "base"})
def varied(): a()
@op
def w(context): return context.has_partition_key and str(context.partition_time_window.start.date())
@job(partitions_def=DailyPartitionsDefinition("2024-01-01"))
def daily(): w()
print(fixed.execute_in_process(partition_key="p").output_for_node("a"))
r = varied.execute_in_process(partition_key="q")
print(r.output_for_node("a"), {k.split("/")[-1]: v for k, v in sorted(r.dagster_run.tags.items())})
print(varied.execute_in_process(partition_key="q", run_config={"ops": {"a": {"config": {"n": 0}}}}).output_for_node("a"))
print(daily.execute_in_process(partition_key="2024-01-02").output_for_node("w"), daily.execute_in_process().output_for_node("w"))
# the last one in dagjob: DagjobInvariantViolationError, since the dict is used without a key too and only the key is missing
for bad in (lambda: fixed.execute_in_process(partition_key="z"), lambda: fixed.execute_in_process()):
    try: bad()
    except Exception as e: print(type(e).__name__)
