from dagster import In, List, Int, job, op


@op
def number() -> int:
    return 4


@op(ins={"numbers": In(List[Int])})
def total(numbers):
    return sum(numbers)


@job
def fan_in():
    total([number.alias(f"number_{i}")() for i in range(4)])
