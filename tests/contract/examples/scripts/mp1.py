# file: mp1.py
import os
from dagjob import DagjobInstance, execute_job, job, multiprocess_executor, op, reconstructable, resource
@resource
def conn(_):
    yield os.getpid()
@op(required_resource_keys={"conn"})
def a(context): return [os.getpid(), context.resources.conn]
@op(required_resource_keys={"conn"})
def b(context, x): return x + [os.getpid(), context.resources.conn]
@job(resource_defs={"conn": conn}, executor_def=multiprocess_executor.configured({"max_concurrent": 2}))
def two(): b(a())
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    with execute_job(reconstructable(two), DagjobInstance.get()) as r:
        p = r.output_for_node("b")
        print(r.success, p[0] == p[1], p[2] == p[3], len(set(p)), os.getpid() in p)
        ev = [(e.event_type_value, e.step_key) for e in r.all_events]
        print([t for t, k in ev if k == "b" and (t.startswith("STEP") or t.startswith("RES"))])
