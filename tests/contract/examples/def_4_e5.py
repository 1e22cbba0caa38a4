"""def-4, E5: Validators act when the step starts"""
from pydantic import field_validator
from dagjob import Config, job, op, validate_run_config
class C(Config):
    n: int
    @field_validator("n")
    @classmethod
    def positive(cls, v):
        if v < 0: raise ValueError("negative")
        return v
@op
def f(config: C): return config.n
@job
def j(): f()
bad = {"ops": {"f": {"config": {"n": -1}}}}
validate_run_config(j, bad)
r = j.execute_in_process(run_config=bad, raise_on_error=False)
print("validated", r.success, r.failure_data_for_node("f").error.cause.cls_name)
