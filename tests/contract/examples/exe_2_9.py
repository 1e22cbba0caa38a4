from dagjob import job, op
@op(config_schema={"n": int})
def a(context): return context.op_config["n"]
@op(config_schema={"n": int})
def b(context): return context.op_config["n"]
CONFIG = {"ops": {"a": {"config": {"n": 3}}, "b": {"config": {"n": 4}}}}
@job(config=CONFIG)
def j():
    a(); b()
print(j.execute_in_process(op_selection=["a"]).output_for_node("a"))
print(j.execute_in_process(op_selection=["a"], run_config=CONFIG).output_for_node("a"))
