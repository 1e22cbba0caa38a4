"""def-3, E6: ConfigMapping, decorated, on a Config class"""
from dagjob import Config, RunConfig, config_mapping, job, op
@op(config_schema={"n": int})
def a(context): return context.op_config["n"]
class Small(Config):
    x: int = 3
@config_mapping
def mapping(val: Small) -> RunConfig:
    return RunConfig(ops={"a": {"config": {"n": val.x * 2}}})
@job(config=mapping)
def j(): a()
print(j.execute_in_process().output_for_node("a"), j.execute_in_process(run_config={"x": 10}).output_for_node("a"))
try: j.execute_in_process(run_config={"ops": {"a": {"config": {"n": 1}}}})
except Exception as e: print(type(e).__name__)
