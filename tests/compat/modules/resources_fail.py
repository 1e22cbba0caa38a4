from dagster import job, op, resource


@resource
def broken(context):
    raise ConnectionError("refused")


@op(required_resource_keys={"broken"})
def use(context): ...


@job(resource_defs={"broken": broken})
def unreachable():
    use()
