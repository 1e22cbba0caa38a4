"""def-7, E2: Retries, skips, raising hooks"""
from dagjob import Out, Output, RetryPolicy, failure_hook, job, op, success_hook
calls = []
@success_hook
def s(context): calls.append("s " + context.op.name)
@failure_hook
def f(context): calls.append("f " + context.op.name)
@success_hook
def raising(context): raise RuntimeError("hook")
n = [0]
@op(retry_policy=RetryPolicy(max_retries=2))
def flaky():
    n[0] += 1
    if n[0] < 3: raise ValueError
@op(out=Out(is_required=False))
def none():
    if False: yield Output(1)
@op
def down(x): ...
@job(hooks={s, f})
def j(): flaky(); down(none())
@job(hooks={raising})
def k(): down.alias("only")(flaky.alias("again")())
r = j.execute_in_process()
print(r.success, sorted(calls), [e.event_type_value for e in r.all_events if e.event_type_value == "HOOK_COMPLETED"])
r = k.execute_in_process()
print(r.success, [e.event_type_value for e in r.all_events if e.event_type_value == "HOOK_ERRORED"])
