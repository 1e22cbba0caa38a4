"""exe-4, 7: Generators, events and metadata on a test context"""
from dagjob import AssetMaterialization, Output, build_op_context, op
@op
def gen():
    yield AssetMaterialization("a")
    yield Output(3)
@op
def logs(context):
    context.log_event(AssetMaterialization("z"))
    context.add_output_metadata({"rows": 1})
    return 1
print([type(e).__name__ for e in gen()])
ctx = build_op_context()
logs(ctx)
print(ctx.get_events()[0].asset_key.to_user_string(), ctx.get_output_metadata("result"))
