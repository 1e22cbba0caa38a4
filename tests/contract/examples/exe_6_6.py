"""exe-6, 6: Default selector and its config errors"""
from dagjob import DagjobInvalidConfigError, job, op, validate_run_config
@op
def a(): ...
@job
def d(): a()
print(validate_run_config(d, {})["execution"])
print(validate_run_config(d, {"execution": {"config": {"in_process": {}}}})["execution"])
for bad in ({"in_process": {}, "multiprocess": {}}, {}, {"multiprocess": {"max_concurrent": "2"}}, {"multiprocess": {"start_method": {"fork": {}}}}):
    try: validate_run_config(d, {"execution": {"config": bad}}); print("accepted", bad)
    except DagjobInvalidConfigError as e: print(e.errors[0].reason.name, ":".join(["root"] + [getattr(x, "field_name", "?") for x in e.errors[0].stack.entries]))
