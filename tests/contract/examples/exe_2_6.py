from dagjob import DynamicOut, DynamicOutput, job, op
@op(out=DynamicOut())
def gen():
    yield DynamicOutput(1, "k1"); yield DynamicOutput(2, "k2")
@op
def work(x): return x
@op
def gather(xs): return xs
@job
def j(): gather(gen().map(work).collect())
print([e.step_key for e in j.execute_in_process(op_selection=["gen", "work"]).get_step_success_events()])
print(j.execute_in_process(op_selection=["*gather"]).output_for_node("gather"))
