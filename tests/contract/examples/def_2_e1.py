"""def-2, E1: Nodes, automatic and explicit aliases, loops and helpers"""
from dagjob import graph, job, op
@op
def one(): return 1
@op
def inc(x): return x + 1
@graph
def twice(x): return inc(inc(x))
def helper(v, i): return inc.alias(f"step_{i}")(v)
@job
def j():
    v = twice(one())
    for i in range(2):
        v = helper(v, i)
    twice(v)
r = j.execute_in_process()
print([n.name for n in j.nodes_in_topological_order], r.output_for_node("step_1"), r.output_for_node("twice_2.inc_2"))
