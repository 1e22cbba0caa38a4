"""def-5, E2: Objects, config, overriding for a run"""
from dagjob import Field, ResourceDefinition, ResourceParam, job, op, resource
@resource(config_schema={"a": int, "b": Field(int, default_value=2)})
def r(init): return init.resource_config
@op
def f(r: ResourceParam[dict], plain: ResourceParam[list], none: ResourceParam[object]): return r, plain, none
@job(resource_defs={"r": r, "plain": [1], "none": ResourceDefinition.none_resource()})
def j(): f()
cfg = {"resources": {"r": {"config": {"a": 1}}}}
print(j.execute_in_process(run_config=cfg).output_for_node("f"), j.execute_in_process(resources={"r": {}, "plain": "other"}).output_for_node("f"))
