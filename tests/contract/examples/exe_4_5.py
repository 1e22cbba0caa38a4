"""exe-4, 5: Direct invocation"""
from dagjob import build_op_context, op
@op
def add(a, b=2): return a + b
@op(config_schema={"n": int}, required_resource_keys={"db"})
def use(context, x: int): return context.resources.db, context.op_config["n"] * x, context.run_id
print(add(1), add(1, b=5), add(a=3))
print(use(build_op_context(op_config={"n": 3}, resources={"db": "fake"}), 4))
for call, names in ((lambda: add(), "a"), (lambda: add(1, 2, 3), "add"), (lambda: use(4), "use"), (lambda: use(build_op_context(op_config={"n": 3}, resources={"db": 0}), "x"), "use x Int")):
    try: call()
    except Exception as err: print(type(err).__name__, [n for n in names.split() if f'"{n}"' in str(err) or f"'{n}'" in str(err)])
