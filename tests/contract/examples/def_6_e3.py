"""def-6, E3: A custom type with description and metadata"""
from dagjob import DagjobType, Out, TypeCheck, job, op
def even(_context, value):
    if not isinstance(value, int): return False
    return TypeCheck(success=value % 2 == 0, description=f"{value} is odd", metadata={"value": value})
Even = DagjobType(name="Even", type_check_fn=even, description="even ints")
@op(out=Out(Even))
def f(): return 3
@job
def j(): f()
r = j.execute_in_process(raise_on_error=False)
ev = [e for e in r.all_events if e.event_type_value == "STEP_OUTPUT"][0].step_output_data.type_check_data
print(r.success, ev.success, ev.description, ev.metadata["value"].value, [e.event_type_value for e in r.all_events if e.event_type_value == "HANDLED_OUTPUT"])
try: j.execute_in_process()
except Exception as e: print(type(e).__name__, e.dagster_type.display_name, e.metadata["value"].value)
