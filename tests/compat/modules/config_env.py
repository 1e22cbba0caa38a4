import os

from dagster import BoolSource, EnvVar, IntSource, StringSource, ConfigurableResource, job, op

os.environ["ALIAS_SUITE_PORT"] = "5432"
os.environ["ALIAS_SUITE_HOST"] = "db"


class Database(ConfigurableResource):
    host: str
    port: int


@op(config_schema={"port": IntSource, "host": StringSource, "ssl": BoolSource})
def connect(context, database: Database):
    return (context.op_config, database.host, database.port)


@job(resource_defs={"database": Database(host=EnvVar("ALIAS_SUITE_HOST"), port=EnvVar.int("ALIAS_SUITE_PORT"))})
def connecting():
    connect()


RUN_CONFIG = {"ops": {"connect": {"config": {"port": {"env": "ALIAS_SUITE_PORT"}, "host": {"env": "ALIAS_SUITE_HOST"}, "ssl": True}}}}
