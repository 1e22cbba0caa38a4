# file: mp3.py
import os
from dagjob import DagjobInstance, RetryPolicy, execute_job, job, op, reconstructable
@op(retry_policy=RetryPolicy(max_retries=1))
def die_once(context):
    if context.retry_number == 0: os._exit(7)
    return "ok"
@job
def crash_retry(): die_once()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    with execute_job(reconstructable(crash_retry), DagjobInstance.get()) as r:
        print(r.success, r.output_for_node("die_once"))
        print([e.event_type_value for e in r.events_for_node("die_once") if e.event_type_value in
               ("STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_SUCCESS", "STEP_FAILURE")])
