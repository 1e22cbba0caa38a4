from dagster import Out, Output, job, op


@op(out={"good": Out(int), "bad": Out(int, is_required=False)})
def split():
    yield Output(3, "good")


@op(out={"first": Out(), "second": Out()})
def pair():
    return 1, 2


@op
def use_good(x):
    return x * 2


@op
def use_bad(x):
    return x * 3


@op
def add(a, b):
    return a + b


@job
def several_outputs():
    good, bad = split()
    use_good(good)
    use_bad(bad)
    add(*pair())
