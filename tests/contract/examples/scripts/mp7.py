# file: mp7.py
import threading
from dagjob import DagjobInstance, execute_job, job, op, reconstructable, in_process_executor
@op
def fn(): return lambda: 1
@op
def lock(): return threading.Lock()
@job(executor_def=in_process_executor)
def unpicklable(): fn(); lock()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    r = execute_job(reconstructable(unpicklable), DagjobInstance.get())
    for n in ("fn", "lock"):
        f = r.failure_data_for_node(n); print(n, f.error.cls_name, f.error.cause.cls_name if f.error.cause else None)
        print([e.event_type_value for e in r.events_for_node(n) if e.event_type_value in ("STEP_OUTPUT", "HANDLED_OUTPUT", "STEP_FAILURE")])
    print(unpicklable.execute_in_process().success)
