"""exe-1, 3: Ready steps queue up: a step that becomes ready later runs later"""
from dagjob import job, op
@op
def a(): return 1
@op
def m(x): return x
@op
def z(): return 1
@job
def fifo():
    m(a()); z()
print([e.step_key for e in fifo.execute_in_process().get_step_success_events()])
