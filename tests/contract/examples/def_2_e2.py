"""def-2, E2: Several outputs, fan-in, Nothing, skipped upstream"""
from typing import List
from dagjob import In, Nothing, Out, Output, job, op
@op(out={"a": Out(int), "b": Out(int)})
def two(): return 1, 2
@op(out=Out(is_required=False))
def maybe():
    if False: yield Output(0)
@op
def total(xs: List[int]): return sum(xs)
@op(ins={"start": In(Nothing)})
def after(): return "done"
@job
def j():
    a, b = two()
    after(start=[total([a, b, maybe()]), a])
r = j.execute_in_process()
print(r.output_for_node("total"), r.output_for_node("after"))
