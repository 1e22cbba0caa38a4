"""exe-3, 4: Metadata of an output is merged"""
from dagjob import Output, job, op
@op
def m(context):
    context.add_output_metadata({"a": 1})
    context.add_output_metadata({"a": 2, "b": 3})
    yield Output(0, metadata={"a": 9, "c": 4})
@job
def j(): m()
e = [e for e in j.execute_in_process().all_events if e.event_type.name == "STEP_OUTPUT"][0]
print({k: v.value for k, v in sorted(e.step_output_data.metadata.items())})
