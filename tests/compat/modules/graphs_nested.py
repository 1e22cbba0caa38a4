from dagster import GraphOut, graph, job, op


@op
def one():
    return 1


@op
def add(x, y):
    return x + y


@graph(out={"sum": GraphOut(), "first": GraphOut()})
def sums(x):
    first = add.alias("first")(x, one())
    return {"sum": add.alias("second")(first, first), "first": first}


@graph
def outer():
    total, first = sums(one())
    add(total, first)


outer_job = outer.to_job(name="outer_job", tags={"a": "b"})
outer_again = outer.to_job(name="outer_again")
