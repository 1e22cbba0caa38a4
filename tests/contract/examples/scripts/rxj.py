# file: rxj.py
import os
from dagjob import DagjobInstance, DagjobInvariantViolationError, ReexecutionOptions, execute_job, in_process_executor, job, op, reconstructable
@op
def a(): return 1
@op
def b(x):
    if os.environ.get("FAIL"): raise ValueError("asked to")
    return x + 1
@op
def c(x): return x * 10
@op
def other(): return "o"
@job(executor_def=in_process_executor)
def chain(): c(b(a())); other()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    inst = DagjobInstance.get()
    r = execute_job(reconstructable(chain), inst)
    try: r.output_for_node("c")
    except DagjobInvariantViolationError as e: print(r.success, "error outside with")
    with execute_job(reconstructable(chain), inst, op_selection=["*b"]) as r:
        print(r.output_for_node("b"), sorted(e.step_key for e in r.get_step_success_events()))
