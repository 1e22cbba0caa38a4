"""exe-7, example 7: A range of keys in one run"""
from dagjob import DailyPartitionsDefinition, job, op
@op
def o(context): return context.has_partition_key, context.partition_keys, [str(t.date()) for t in context.partition_time_window]
@job(partitions_def=DailyPartitionsDefinition("2024-01-01"))
def ranged(): o()
print(ranged.execute_in_process(tags={"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-04"}).output_for_node("o"))
