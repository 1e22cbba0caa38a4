import dagster as dg


@dg.op(out=dg.DynamicOut())
def nobody():
    return []


@dg.op
def each(x):
    return x


@dg.op
def count(xs):
    return len(xs)


@dg.job
def empty():
    count(nobody().map(each).collect())
