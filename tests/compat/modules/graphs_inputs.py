from dagster import GraphIn, graph, op, In


@op(ins={"n": In(int)})
def double(n):
    return n * 2


@graph(ins={"n": GraphIn(description="a number")})
def doubled(n: int):
    return double(n)


doubled_job = doubled.to_job(config={"inputs": {"n": {"value": 4}}})
