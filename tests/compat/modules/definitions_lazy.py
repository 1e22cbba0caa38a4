import dagster as dg


@dg.op
def one() -> int:
    return 1


@dg.job
def only():
    one()


@dg.definitions
def defs():
    return dg.Definitions(jobs=[only])
