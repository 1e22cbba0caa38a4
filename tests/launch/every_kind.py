"""A job with an op of every kind, for `test_runs_alike.py`. What hooks and resources see goes into files beside it."""

import sys

from subprocess_executor import subprocess_executor

from dagjob import (
    AssetMaterialization,
    DynamicOut,
    DynamicOutput,
    Failure,
    Field,
    In,
    Nothing,
    Out,
    Output,
    RetryPolicy,
    RetryRequested,
    failure_hook,
    graph,
    job,
    op,
    resource,
    success_hook,
)

OPTIONAL = Out(is_required=False)


def note(file, text):
    with open(file, "a") as notes:
        notes.write(f"{text}\n")


@resource
def conn(context):
    note("opened", "conn")
    yield "conn"
    note("closed", "conn")


@success_hook(required_resource_keys={"conn"})
def keep(context):
    note("values", f"{context.step_key} {context.op_output_values}")


@failure_hook
def complain(context):
    note("failures", f"{context.step_key} {type(context.op_exception).__name__}")


@success_hook
def broken_hook(context):
    raise ValueError("hook")


# -- values --------------------------------------------------------------------------------------------------------


@op(required_resource_keys={"conn"}, config_schema={"n": Field(int, default_value=2)})
def load(context):
    context.log.info("loading")
    context.add_output_metadata({"rows": 3})
    return context.op_config["n"], context.resources.conn


@op
def add(x, y=10):
    return x[0] + y


@op(out={"a": Out(), "b": Out()})
def generates():
    yield Output(1, "a")
    yield AssetMaterialization("table")
    yield Output([2], "b", metadata={"m": 1})


@op
async def sleeps(x):
    return x + 1


@op(out={"c": Out(), "d": Out()})
async def streams(xs):
    yield Output(len(xs), "c")
    yield Output(xs, "d")


@op(out=Out(Nothing))
def prepares():
    note("prepared", "yes")


@op(ins={"after": In(Nothing)})
def waits(x: int = 5):
    with open("prepared") as file:
        return file.read().split(), x


@op
def double(x):
    return 2 * x


@graph
def inner(x):
    return double.alias("second")(double(x))


@graph
def outer(x):
    return double(inner(x))


# -- choices -------------------------------------------------------------------------------------------------------


@op(out={"hot": OPTIONAL, "cold": OPTIONAL})
def split():
    yield Output(30, "hot")


@op
def same(x):
    return x


@op
def merge(xs):
    return xs


@op
def both(x, y):
    return x, y


@op(out=DynamicOut())
def keys():
    for key in "pqr":
        yield DynamicOutput(key, mapping_key=key)


@op(retry_policy=RetryPolicy(max_retries=1), out=OPTIONAL)
def each(context, x):
    if x == "q" and context.retry_number == 0:
        raise ValueError("not yet")
    if x != "r":
        yield Output(x.upper())


# -- failures ------------------------------------------------------------------------------------------------------


@op(retry_policy=RetryPolicy(max_retries=2))
def flaky(context):
    if context.retry_number < 2:
        raise ValueError(context.retry_number)
    return context.retry_number


@op(out={"early": Out(), "late": Out()}, retry_policy=RetryPolicy(max_retries=1))
def exhausted():
    yield Output(1, "early")
    raise KeyError("x")


@op(retry_policy=RetryPolicy(max_retries=3))
def fatal():
    raise Failure("gone", metadata={"id": 7}, allow_retries=False)


@op
def asks(context):
    if context.retry_number == 0:
        raise RetryRequested(max_retries=1) from ValueError("why")
    return "asked"


@op(retry_policy=RetryPolicy(max_retries=3))
def mistyped() -> int:
    return "no int"


@op(retry_policy=RetryPolicy(max_retries=3))
def leaves():
    sys.exit(3)


@op
def unpicklable():
    return lambda: 1


def every_kind():
    total = load()
    add(total)
    a, b = generates()
    streams(b)
    outer(sleeps(a))
    waits(after=prepares())
    hot, cold = split()
    merge([same.alias("on_hot")(hot), same.alias("on_cold")(cold)])
    _, late = exhausted()
    both(cold, late)
    same.alias("below")(same.alias("on_late")(late))
    merge.alias("gather")(keys().map(each).collect())
    same.alias("after_flaky").with_hooks({broken_hook})(flaky())
    fatal()
    asks()
    mistyped()
    leaves()
    unpicklable()


PARTS = {"hooks": {keep, complain}, "resource_defs": {"conn": conn}}


@job(**PARTS)
def usual():
    every_kind()


@job(**PARTS, executor_def=subprocess_executor)
def of_the_user():
    every_kind()
