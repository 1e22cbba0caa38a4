import dagster as dg


@dg.op
def window(context: dg.OpExecutionContext):
    found = context.partition_time_window
    return (found.start.isoformat(), found.end.isoformat(), context.has_partition_key, context.run.tags["dagster/partition"])


@dg.job(partitions_def=dg.WeeklyPartitionsDefinition(start_date="2026-01-01"))
def weekly():
    window()


PARTITION = "2026-01-04"
