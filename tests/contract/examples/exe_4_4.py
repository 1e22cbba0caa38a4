"""exe-4, example 4: A range of partitions through tags"""
from dagjob import DailyPartitionsDefinition, job, op
@op
def show(context):
    print(context.partition_keys, context.has_partition_key, tuple(context.partition_key_range))
    try: context.partition_key
    except Exception as err: print(type(err).__name__)
@job(partitions_def=DailyPartitionsDefinition("2024-01-01"))
def j(): show()
j.execute_in_process(tags={"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-04"})
