"""One partition for each day. A run is for one of them:  dagjob run examples/reference/partitioned_job.py -p latest"""

from dagjob import DailyPartitionsDefinition, OpExecutionContext, job, op


@op
def process_partition(context: OpExecutionContext):
    partition_date = context.partition_key
    return f"Processing {partition_date}"


@job(partitions_def=DailyPartitionsDefinition(start_date="2024-01-01"))
def partitioned_job():
    process_partition()
