from dagster import job, op


@op
def add(a: int, b: int) -> int:
    return a + b


@job(input_values={"a": 1, "b": 2})
def given(a, b):
    add(a, b)
