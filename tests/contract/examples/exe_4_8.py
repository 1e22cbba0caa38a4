"""exe-4, 8: Resources with teardown need a with block"""
from dagjob import build_op_context, op, resource
@resource
def conn(_):
    print("open"); yield "c"; print("close")
@op(required_resource_keys={"conn"})
def use(context): return context.resources.conn
with build_op_context(resources={"conn": conn}) as ctx:
    print(use(ctx))
