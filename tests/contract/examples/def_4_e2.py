"""def-4, E2: Every error at once, with paths"""
from dagjob import DagjobInvalidConfigError, job, op, validate_run_config
@op(config_schema={"n": int, "rows": [{"x": int}], "m": {str: int}})
def f(context): ...
@job
def j(): f(); f.alias("g")()
try:
    validate_run_config(j, {"ops": {"f": {"config": {"n": "s", "zz": 1, "rows": [{"x": 1}, {}], "m": {"k": "v"}}}}})
except DagjobInvalidConfigError as e:
    for err in e.errors: print(err.reason.name, err.stack.levels)
    print(len(e.error_messages) == len(e.errors), "root:ops:f:config:rows[1]" in str(e), "'k':value" in str(e))
