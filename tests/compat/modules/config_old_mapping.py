from dagster import ConfigMapping, graph, op


@op(config_schema=int)
def number(context):
    return context.op_config


@graph(config=ConfigMapping(config_schema={"n": int}, config_fn=lambda cfg: {"number": {"config": cfg["n"]}}))
def with_number():
    return number()


@graph
def outer():
    with_number()


outer_job = outer.to_job()
RUN_CONFIG = {"ops": {"with_number": {"config": {"n": 5}}}}
