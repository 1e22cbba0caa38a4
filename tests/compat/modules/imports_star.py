from dagster import *


@op(config_schema={"n": Int, "name": Field(String, is_required=False)})
def use(context) -> Int:
    return context.op_config["n"]


@job
def starred():
    use()


RUN_CONFIG = {"ops": {"use": {"config": {"n": 3}}}}
