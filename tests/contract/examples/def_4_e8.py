"""def-4, E8: `configured`"""
from dagjob import Config, configured, job, op, resource
@op(config_schema={"n": int})
def f(context): return context.op_config["n"]
class Outer(Config):
    base: int = 1
@configured(f)
def plus_one(cfg: Outer): return {"n": cfg.base + 1}
fixed = f.configured({"n": 7}, name="fixed")
@resource(config_schema={"a": int})
def r(c): return c.resource_config["a"]
@op(required_resource_keys={"r"})
def use(context): return context.resources.r
@job(resource_defs={"r": r.configured({"a": 9})})
def j(): plus_one(); fixed(); use()
x = j.execute_in_process(run_config={"ops": {"plus_one": {"config": {"base": 4}}}})
print(x.output_for_node("plus_one"), x.output_for_node("fixed"), x.output_for_node("use"))
