"""exe-5, 3: Exhausted: with and without raising"""
from dagjob import DagjobMaxRetriesExceededError, RetryPolicy, job, op
@op(retry_policy=RetryPolicy(max_retries=1))
def bad(): raise ValueError("no luck")
@job
def exhausted(): bad()
r = exhausted.execute_in_process(raise_on_error=False)
f = r.failure_data_for_node("bad")
print(f.error.cls_name, "1" in f.error.message, f.error.cause.cls_name, "no luck" in f.error.cause.message, f.error_source.value)
try: exhausted.execute_in_process()
except DagjobMaxRetriesExceededError as e: print(type(e).__name__, [n for n in ("1", "ValueError", "no luck") if n in str(e)])
