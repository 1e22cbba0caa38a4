"""exe-4, example 3: Partition members"""
from dagjob import DailyPartitionsDefinition, job, op
@op
def show(context):
    w = context.partition_time_window
    print(context.partition_key, context.partition_keys, w.start.isoformat(), w.end.isoformat())
@job(partitions_def=DailyPartitionsDefinition("2024-01-01"))
def j(): show()
j.execute_in_process(partition_key="2024-02-29")
