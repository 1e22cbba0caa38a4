from dagster import Config, config_mapping, job, op


@op(config_schema={"first": str, "second": int})
def use(context):
    return context.op_config


class Simple(Config):
    name: str
    number: int = 3


@config_mapping
def simplified(config: Simple):
    return {"ops": {"use": {"config": {"first": config.name, "second": config.number}}}}


@job(config=simplified)
def mapped():
    use()


RUN_CONFIG = {"name": "x"}
