from dagster import StaticPartitionsDefinition, job, op, static_partitioned_config

REGIONS = ["eu", "us"]


@static_partitioned_config(partition_keys=REGIONS)
def by_region(key: str):
    return {"ops": {"region": {"config": {"region": key}}}}


@op(config_schema={"region": str})
def region(context):
    return context.op_config["region"]


@job(config=by_region)
def regional():
    region()


assert by_region.get_partition_keys() == REGIONS
PARTITION = "us"
