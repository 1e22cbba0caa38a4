from dagster import job, op


@op(config_schema={"limit": int})
def read(context):
    return context.op_config


@job
def wrong_config():
    read()


RUN_CONFIG = {"ops": {"read": {"config": {"limt": 3}}}}
