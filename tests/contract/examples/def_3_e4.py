"""def-3, E4: Dict config: what a run config replaces"""
from dagjob import Field, RunConfig, job, op, resource
@resource(config_schema={"v": int})
def r(c): return c.resource_config["v"]
@op(config_schema={"n": int, "m": Field(int, default_value=0)}, required_resource_keys={"r"})
def a(context): return context.op_config, context.resources.r
@job(resource_defs={"r": r}, config={
    "ops": {"a": {"config": {"n": 1, "m": 1}}, "b": {"config": {"n": 2, "m": 2}}}, "resources": {"r": {"config": {"v": 7}}}})
def j(): a(); a.alias("b")()
def show(rc):
    x = j.execute_in_process(run_config=rc)
    print(x.output_for_node("a"), x.output_for_node("b"), x.dagster_run.run_config)
show(None)
show(RunConfig(ops={"a": {"config": {"n": 10}}}))
