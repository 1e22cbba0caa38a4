"""def-1, E6: Direct invocation"""
import asyncio
from dagjob import Out, Output, build_op_context, op
@op(config_schema={"n": int})
def add(context, x: int): return x + context.op_config["n"]
@op(out={"a": Out(), "b": Out()})
def gen():
    yield Output(1, "a")
    yield Output(2, "b")
@op
async def later(x): return x
print(add(build_op_context(op_config={"n": 2}), 3), [(o.output_name, o.value) for o in gen()], asyncio.run(later(7)))
for call in (lambda: add(build_op_context(op_config={"n": 2}), "x"), lambda: add(3), lambda: add(build_op_context(), 3)):
    try: call()
    except Exception as e: print(type(e).__name__)
