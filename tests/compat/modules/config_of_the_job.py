from dagster import RunConfig, Config, job, op


class Greeting(Config):
    name: str = "nobody"


@op
def greet(config: Greeting):
    return config.name


@job(config=RunConfig({"greet": Greeting(name="all")}))
def greeting():
    greet()


@job(config={"ops": {"greet": {"config": {"name": "dict"}}}})
def greeting_by_dict():
    greet()
