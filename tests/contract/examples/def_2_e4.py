"""def-2, E4: Dynamic map and collect"""
from dagjob import DynamicOut, DynamicOutput, graph, job, op
@op(out=DynamicOut(int))
def numbers():
    for i in range(3): yield DynamicOutput(i, mapping_key=f"k{i}")
@op
def offset(): return 100
@op
def add(context, x, y): return x + y
@op
def total(xs): return sum(xs)
@graph
def pair(v, o): return add(v, o)
@job
def j():
    o = offset()
    total(numbers().map(lambda v: pair(v, o)).collect())
r = j.execute_in_process()
print(r.output_for_node("total"), sorted({e.step_key for e in r.all_events if e.step_key}), r.output_for_node("pair.add"))
