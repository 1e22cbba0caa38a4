"""def-2, E8: Config of nested graphs, and a config mapping"""
from dagjob import config_mapping, configured, graph, job, op
@op(config_schema={"n": int})
def c(context): return context.op_config["n"]
@graph
def plain(): return c()
@config_mapping(config_schema={"m": int})
def mapping(val): return {"c": {"config": {"n": val["m"] * 2}}}
@graph(config=mapping)
def mapped(): return c()
five = configured(mapped, name="five")({"m": 5})
@job
def j(): plain(); mapped(); five()
r = j.execute_in_process(run_config={"ops": {"plain": {"ops": {"c": {"config": {"n": 1}}}}, "mapped": {"config": {"m": 4}}}})
print([r.output_for_node(n + ".c") for n in ("plain", "mapped", "five")])
