from dagster import In, input_manager, InputManager, job, op


@input_manager(input_config_schema={"n": int})
def table(context):
    return context.config["n"] * 2


@op(ins={"x": In(input_manager_key="table")})
def use(x):
    return x


@job(resource_defs={"table": table})
def loaded():
    use()


RUN_CONFIG = {"ops": {"use": {"inputs": {"x": {"n": 4}}}}}
