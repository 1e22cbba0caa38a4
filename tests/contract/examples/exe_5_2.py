"""exe-5, 2: Recover on the third attempt"""
from dagjob import RetryPolicy, job, op
@op(retry_policy=RetryPolicy(max_retries=3, delay=0.01))
def flaky(context):
    if context.retry_number < 2: raise ValueError(f"attempt {context.retry_number}")
    return context.retry_number
@op
def after(x): return x * 10
@job
def recover(): after(flaky())
r = recover.execute_in_process()
print(r.success, r.output_for_node("after"), r.retry_attempts_for_node("flaky"))
for e in r.events_for_node("flaky"):
    if e.is_step_up_for_retry: print(e.event_type_value, e.step_retry_data.seconds_to_wait)
    elif e.event_type_value == "STEP_RESTARTED": print(e.event_type_value, [n for n in "1234" if n in e.message])
    elif e.event_type_value in ("STEP_START", "STEP_SUCCESS"): print(e.event_type_value)
