from dagster import ResourceDefinition, job, make_values_resource, op


@op(required_resource_keys={"a", "b", "values"})
def use(context):
    return (context.resources.a, context.resources.b, context.resources.values)


@job(
    resource_defs={
        "a": ResourceDefinition.hardcoded_resource(3),
        "b": ResourceDefinition.string_resource(),
        "values": make_values_resource(x=int),
    }
)
def hardcoded():
    use()


RUN_CONFIG = {"resources": {"b": {"config": "text"}, "values": {"config": {"x": 1}}}}
