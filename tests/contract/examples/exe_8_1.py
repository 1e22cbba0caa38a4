"""exe-8, 1: Result members"""
from dagjob import DagjobInvariantViolationError, DynamicOut, DynamicOutput, graph, job, op
@op
def one(): return 1
@op(out=DynamicOut())
def fan():
    for k in "ab": yield DynamicOutput(k.upper(), mapping_key=k)
@op
def twice(x): return x * 2
@graph
def g(): return twice(one())
@job
def res():
    g(); fan().map(twice)
r = res.execute_in_process()
print(r.success, r.output_for_node("g"), r.output_for_node("g.one"), r.output_for_node("fan"), r.output_for_node("twice"))
print(sorted({e.step_key for e in r.events_for_node("twice")}), r.events_for_node("nope"), r.is_node_success("g.one"))
for f, names in ((lambda: r.output_for_node("nope"), "res nope"), (lambda: r.output_value(), "res"), (lambda: r.get_run_failure_event(), "")):
    try: f()
    except Exception as e: print(type(e).__name__, [n for n in names.split() if n in str(e)])
