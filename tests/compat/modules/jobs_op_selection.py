from dagster import job, op


@op
def a():
    return 1


@op
def b(x):
    return x + 1


@op
def c(x):
    return x + 1


@job
def chain():
    c(b(a()))


SELECTION = ["*b"]
