"""exe-5, 8: Hooks run once, after the last attempt"""
from dagjob import RetryPolicy, failure_hook, job, op
@failure_hook
def seen(context):
    e = context.op_exception
    print("hook", type(e).__name__, "|", repr(e.__cause__))
@op(retry_policy=RetryPolicy(max_retries=1))
def bad(): raise ValueError("x")
@job(hooks={seen})
def hooked(): bad()
r = hooked.execute_in_process(raise_on_error=False)
print([e.event_type_value for e in r.all_events if e.event_type_value.startswith(("HOOK", "STEP_U", "STEP_R", "STEP_F"))])
