"""exe-1, 9: Static input next to a mapped input"""
from dagjob import DynamicOut, DynamicOutput, job, op
@op(out=DynamicOut())
def parts():
    yield DynamicOutput(1, "one"); yield DynamicOutput(2, "two")
@op
def factor(): return 10
@op
def scale(x, by): return x * by
@job
def scaled():
    by = factor()
    parts().map(lambda x: scale(x, by))
print(scaled.execute_in_process().output_for_node("scale"))
