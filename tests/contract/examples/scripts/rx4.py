# file: rx4.py
import os
from rxj import *
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    inst = DagjobInstance.get()
    os.environ["FAIL"] = "1"; first = execute_job(reconstructable(chain), inst, tags={"who": "me"})
    print(first.success, sorted(first.get_failed_step_keys()), first.is_node_untouched("c"))
    del os.environ["FAIL"]
    with execute_job(reconstructable(chain), inst, reexecution_options=ReexecutionOptions.from_failure(first.run_id, inst)) as r:
        print(r.success, [e.step_key for e in r.get_step_success_events()], r.output_for_node("c"))
        run = inst.get_run_by_id(r.run_id)
        print(run.parent_run_id == run.root_run_id == first.run_id, sorted(run.step_keys_to_execute), "who" in run.tags)
    try: execute_job(reconstructable(chain), inst, reexecution_options=ReexecutionOptions.from_failure(r.run_id, inst))
    except DagjobInvariantViolationError as e: print("not failed:", type(e).__name__)
