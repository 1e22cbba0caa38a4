from dagjob import graph, job, op
@op
def one(): return 1
@op
def inc(x): return x + 1
@op
def dec(x): return x - 1
@graph
def g(x): return dec(inc(x))
@job
def nested(): g(one())
r = nested.execute_in_process(op_selection=["one", "g.inc"])
print([e.step_key for e in r.get_step_success_events()])
print([e.step_key for e in nested.execute_in_process(op_selection=["*g"]).get_step_success_events()])
