"""def-1, E5: Events and output metadata"""
from dagjob import AssetMaterialization, Output, job, op
@op
def f(context):
    context.add_output_metadata({"a": 1})
    context.add_output_metadata({"a": 2, "b": 3})
    context.log_event(AssetMaterialization("first"))
    yield AssetMaterialization("second")
    yield Output(1, metadata={"a": 9, "c": 4})
@job
def j(): f()
r = j.execute_in_process()
print([e.asset_key.to_user_string() for e in r.asset_materializations_for_node("f")])
out = [e for e in r.all_events if e.event_type_value == "STEP_OUTPUT"][0]
print({k: v.value for k, v in sorted(out.step_output_data.metadata.items())})
