from dagster import configured, job, op


@op(config_schema={"greeting": str, "name": str})
def greet(context):
    return f"{context.op_config['greeting']} {context.op_config['name']}"


@configured(greet, config_schema={"name": str})
def hallo(config):
    return {"greeting": "Hallo", "name": config["name"]}


hello_all = greet.configured({"greeting": "Hello", "name": "all"}, name="hello_all")


@job
def greetings():
    hallo()
    hello_all()


RUN_CONFIG = {"ops": {"hallo": {"config": {"name": "Anna"}}}}
