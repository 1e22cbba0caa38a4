from dagster import job, op


@op
def get_name() -> str:
    return "dagster"


@op
def hello(name: str):
    print(f"Hello, {name}!")


@job
def hello_job():
    hello(get_name())
