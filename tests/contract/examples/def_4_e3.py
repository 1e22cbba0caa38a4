"""def-4, E3: Environment"""
import os
from dagjob import Config, EnvVar, IntSource, RunConfig, job, op
os.environ["E3_N"] = "42"
class C(Config):
    n: int
    s: str = "q"
@op
def f(config: C): return config.n, config.s
@op(config_schema={"n": IntSource})
def g(context): return context.op_config["n"]
@job
def j(): f(); g()
r = j.execute_in_process(run_config={"ops": {"f": {"config": {"n": {"env": "E3_N"}}}, "g": {"config": {"n": {"env": "E3_N"}}}}})
print(r.output_for_node("f"), r.output_for_node("g"), RunConfig(ops={"f": C(n=EnvVar.int("E3_N"))}).to_config_dict()["ops"])
for bad in ({"env": "E3_UNSET"}, EnvVar("E3_N")):
    try: j.execute_in_process(run_config={"ops": {"f": {"config": {"n": 1, "s": bad}}, "g": {"config": {"n": 1}}}})
    except Exception as e: print(type(e).__name__, e.errors[0].reason.name)
