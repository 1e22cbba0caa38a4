"""exe-1, 4: Priorities"""
from dagjob import job, op
@op
def first(): return 1
@op(tags={"dagster/priority": "-1"})
def last(): return 1
@op
def child(x): return x
@job
def prio():
    last()
    child.tag({"dagster/priority": "9"})(first.alias("plain")())
    first.alias("urgent").tag({"dagster/priority": "3"})()
print([e.step_key for e in prio.execute_in_process().get_step_success_events()])
