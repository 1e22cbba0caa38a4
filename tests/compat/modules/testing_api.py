from dagster import (DagsterInstance, ExecuteInProcessResult, build_init_resource_context, build_input_context, build_op_context,
                     build_output_context, build_resources, instance_for_test, job, op, resource)


@resource(config_schema={"n": int})
def number(context):
    return context.resource_config["n"]


@op(required_resource_keys={"number"})
def use(context, x):
    return context.resources.number + x


@op
def tests():
    direct = use(build_op_context(resources={"number": 3}), 4)
    made = number(build_init_resource_context(config={"n": 5}))
    with build_resources({"number": number}, resource_config={"number": {"config": {"n": 6}}}) as resources:
        built = resources.number
    names = (build_input_context(name="x").name, build_output_context(name="y").name)

    @op
    def one():
        return 1

    @job
    def small():
        one()

    result = small.execute_in_process()
    return (direct, made, built, names, isinstance(result, ExecuteInProcessResult), result.output_for_node("one"))


@job
def testing():
    tests()
