from dagster import Failure, MetadataValue, job, op


@op
def check():
    raise Failure("too few rows", metadata={"rows": 3, "doc": MetadataValue.url("https://example.org")}, allow_retries=False)


@op
def after(x):
    return x


@op
def beside():
    return "ran"


@job
def failing():
    after(check())
    beside()
