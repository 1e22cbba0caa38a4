from dagster import (DailyPartitionsDefinition, MultiPartitionsDefinition, PartitionedConfig, StaticPartitionsDefinition, job, op,
                     MultiPartitionKey)

both = MultiPartitionsDefinition(
    {"day": DailyPartitionsDefinition("2026-01-01"), "region": StaticPartitionsDefinition(["eu", "us"])}
)


@op
def use(context):
    return (str(context.partition_key), dict(context.partition_key.keys_by_dimension))


@job(partitions_def=both)
def cube():
    use()


PARTITION = MultiPartitionKey({"day": "2026-01-02", "region": "eu"})
