from dagster import job, op


@op
def wrong() -> int:
    return "three"


@job
def mistyped():
    wrong()
