from dagster import Definitions, job, op


@op(required_resource_keys={"a"})
def use_a(context):
    return context.resources.a


@op(required_resource_keys={"b"})
def use_b(context):
    return context.resources.b


@job
def of_a():
    use_a()


@job
def of_b():
    use_b()


defs = Definitions.merge(Definitions(jobs=[of_a], resources={"a": 1}), Definitions(jobs=[of_b], resources={"b": 2}))
