from dagster import job, op


class TooOld(ValueError):
    pass


@op
def old():
    raise TooOld("from 1999")


@op
def after(x): ...


@job
def raising():
    after(old())
