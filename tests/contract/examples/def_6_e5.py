"""def-6, E5: Loader with a resource"""
from dagjob import DagjobType, In, dagster_type_loader, job, op
@dagster_type_loader({"p": int}, required_resource_keys={"scale"})
def load(context, cfg): return cfg["p"] * context.resources.scale
Scaled = DagjobType(name="Scaled", type_check_fn=lambda _, v: isinstance(v, int), loader=load)
@op(ins={"x": In(Scaled)})
def f(x): return x
@job(resource_defs={"scale": 10})
def j(): f()
print(j.execute_in_process(run_config={"ops": {"f": {"inputs": {"x": {"p": 2}}}}}).output_for_node("f"))
try:
    @job(resource_defs={"other": 1})
    def k(): f()
except Exception as e: print(type(e).__name__)
