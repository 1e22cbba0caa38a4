from dagster import Field, InitResourceContext, String, job, op, resource


@resource(config_schema={"name": Field(String, default_value="warehouse")}, description="a database")
def database(context: InitResourceContext):
    return {"name": context.resource_config["name"]}


@resource(required_resource_keys={"database"})
def client(context):
    yield ["client of", context.resources.database["name"]]


@op(required_resource_keys={"client", "database"})
def query(context):
    return context.resources.client + [context.resources.database["name"]]


@job(resource_defs={"database": database, "client": client})
def querying():
    query()


RUN_CONFIG = {"resources": {"database": {"config": {"name": "test"}}}}
