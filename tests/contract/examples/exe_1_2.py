"""exe-1, 2: Automatic aliases and alphabetical order inside a level"""
from dagjob import job, op
@op
def zeta(): return 1
@op
def alpha(): return 1
@job
def order():
    zeta(); zeta(); alpha()
print([e.step_key for e in order.execute_in_process().get_step_success_events()])
