"""exe-3, 1: The whole sequence of a small run"""
from dagjob import job, op
@op
def a(): return 1
@op
def b(x): return x
@job
def j(): b(a())
for e in j.execute_in_process().all_events:
    print(e.event_type.name, e.step_key or "-")
