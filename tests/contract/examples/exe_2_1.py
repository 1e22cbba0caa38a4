from dagjob import job, op
@op
def a(): return 1
@op
def b(x): return x + 1
@op
def c(x): return x * 10
@op
def side(): return 0
@job
def chain():
    c(b(a())); side()
def steps(*selection):
    r = chain.execute_in_process(op_selection=list(selection))
    return sorted(e.step_key for e in r.get_step_success_events())
for s in (["*b"], ["a*"], ["*b", "side"], ["a+"], ["*"], ["a", "a", " side "]):
    print(s, steps(*s))
