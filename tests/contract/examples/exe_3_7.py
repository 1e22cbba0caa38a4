"""exe-3, 7: Dynamic outputs and their events"""
from dagjob import DynamicOut, DynamicOutput, job, op
@op(out=DynamicOut())
def parts(): return [DynamicOutput(1, "x"), DynamicOutput(2, "y")]
@job
def j(): parts()
r = j.execute_in_process()
print([(e.step_output_data.output_name, e.step_output_data.mapping_key) for e in r.all_events if e.event_type.name == "STEP_OUTPUT"])
