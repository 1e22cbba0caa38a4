"""def-7, E1: Where hooks apply, and what they see"""
from dagjob import DynamicOut, DynamicOutput, Failure, Out, Output, failure_hook, graph, job, op, success_hook
seen = []
@success_hook(required_resource_keys={"slack"})
def ok(context): seen.append(("ok", context.step_key, context.op_output_values, context.resources.slack))
@failure_hook
def bad(context): seen.append(("bad", context.step_key, type(context.op_exception).__name__, context.op_exception.metadata["n"].value))
@op(out={"x": Out(), "y": DynamicOut()})
def many():
    yield Output(1, "x")
    yield DynamicOutput(2, "k", "y")
@op
def boom(): raise Failure("no", metadata={"n": 3})
@op
def quiet(): ...
@graph
def g(): boom()
@job(hooks={bad}, resource_defs={"slack": "S"})
def j(): many.with_hooks({ok})(); g(); quiet()
print(j.execute_in_process(raise_on_error=False).success)
print(seen)
