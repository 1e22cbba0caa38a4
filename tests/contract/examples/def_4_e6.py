"""def-4, E6: Whole document and `validate_run_config`"""
from dagjob import job, op, resource, validate_run_config
@resource(config_schema={"v": int})
def r(c): return c.resource_config["v"]
@op(config_schema={"n": int}, required_resource_keys={"r"})
def f(context, x: int): return x + context.op_config["n"] + context.resources.r
@op
def g(y: str): return y
@job(resource_defs={"r": r})
def j(top): f(); g(top)
doc = {"ops": {"f": {"config": {"n": 1}, "inputs": {"x": 2}}}, "resources": {"r": {"config": {"v": 3}}}, "inputs": {"top": {"value": "t"}},
       "loggers": {"console": {"config": {"log_level": "ERROR"}}}, "execution": {"config": {"multiprocess": {"max_concurrent": 2}}}}
res = validate_run_config(j, doc)
print(res["ops"]["f"], res["resources"]["r"], res["loggers"], res["execution"])
x = j.execute_in_process(run_config={k: v for k, v in doc.items() if k != "execution"})
print(x.output_for_node("f"), x.output_for_node("g"))
for extra in ({"solids": {}}, {"ops": {"zz": {}}}, {"ops": None}):
    try: validate_run_config(j, {**doc, **extra})
    except Exception as e: print(type(e).__name__, [q.reason.name for q in e.errors])
