"""exe-1, 6: Dynamic mapping and collect"""
from dagjob import DynamicOut, DynamicOutput, job, op
@op(out=DynamicOut())
def files():
    for name in ("a", "b"):
        yield DynamicOutput(name + ".txt", mapping_key=name)
@op
def size(path): return len(path)
@op
def total(sizes): return sum(sizes)
@job
def fan():
    total(files().map(size).collect())
r = fan.execute_in_process()
print([e.step_key for e in r.get_step_success_events()])
print(r.output_for_node("size"), r.output_for_node("total"))
