"""exe-5, 5: RetryRequested ignores the policy and keeps the cause"""
from dagjob import RetryPolicy, RetryRequested, job, op
@op(retry_policy=RetryPolicy(max_retries=1))
def ask(context):
    try: 1 / 0
    except ZeroDivisionError as e: raise RetryRequested(max_retries=3, seconds_to_wait=0.01) from e
@job
def asking(): ask()
r = asking.execute_in_process(raise_on_error=False)
f = r.failure_data_for_node("ask")
print(r.retry_attempts_for_node("ask"), f.error.cls_name, "3" in f.error.message, f.error.cause.cls_name)
print([e.step_retry_data.seconds_to_wait for e in r.all_events if e.is_step_up_for_retry])
