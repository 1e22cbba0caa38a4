# file: rx5.py
from rxj import *
from dagjob import DagjobExecutionStepNotFoundError
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    inst = DagjobInstance.get(); p = execute_job(reconstructable(chain), inst)
    for sel in (["c"], ["b*"], ["+c"], ["nope"]):
        try:
            r = execute_job(reconstructable(chain), inst, reexecution_options=ReexecutionOptions(p.run_id, step_selection=sel))
            print(sel, r.success, [e.step_key for e in r.get_step_success_events()])
        except DagjobExecutionStepNotFoundError as e: print(sel, type(e).__name__)
