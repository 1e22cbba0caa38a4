# file: mp2.py
import os
from dagjob import DagjobInstance, execute_job, job, op, reconstructable
@op
def die(): os._exit(3)
@op
def after_die(x): ...
@op
def fine(): return 1
@job
def crash():
    after_die(die()); fine()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    with execute_job(reconstructable(crash), DagjobInstance.get()) as r:
        print(r.success, r.is_node_success("fine"), r.is_node_untouched("after_die"))
        f = r.failure_data_for_node("die"); print(f.error.cls_name)
        print([(e.step_key, "3" in e.message) for e in r.all_events if e.is_engine_event and e.step_key])
