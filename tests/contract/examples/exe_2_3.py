from dagjob import In, Nothing, job, op
@op
def prepare(): return 1
@op(ins={"after": In(Nothing)})
def act(): return "done"
@op
def with_default(x: int = 7): return x
@job
def j():
    act(prepare()); with_default(prepare())
r = j.execute_in_process(op_selection=["act", "with_default"])
print(r.output_for_node("act"), r.output_for_node("with_default"))
