from dagster import Array, Enum, EnumValue, Field, Noneable, Permissive, Selector, Shape, StringSource, job, op


@op(
    config_schema={
        "path": StringSource,
        "limit": Field(int, default_value=10, is_required=False),
        "columns": Field(Array(str), is_required=False, default_value=["id"]),
        "since": Field(Noneable(str), is_required=False),
        "mode": Field(Enum("Mode", [EnumValue("fast"), EnumValue("slow", python_value=2)]), default_value="fast"),
        "where": Selector({"s3": Shape({"bucket": str}), "local": Permissive({"dir": str})}),
    }
)
def read(context):
    return context.op_config


@job
def configured_read():
    read()


RUN_CONFIG = {"ops": {"read": {"config": {"path": "a", "mode": "slow", "where": {"local": {"dir": "x", "more": 1}}}}}}
