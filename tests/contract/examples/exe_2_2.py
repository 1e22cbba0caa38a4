from dagjob import job, op
@op
def a(): return 1
@op
def b(x: int): return x + 1
@job
def chain(): b(a())
r = chain.execute_in_process(op_selection=["b"], run_config={"ops": {"b": {"inputs": {"x": 41}}}})
print(r.output_for_node("b"))
try:
    chain.execute_in_process(op_selection=["b"])
except Exception as err:
    print(type(err).__name__, [e.reason.name for e in err.errors], [n for n in ("chain", "ops", "inputs") if n in str(err)])
