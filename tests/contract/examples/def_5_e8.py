"""def-5, E8: Direct use in tests"""
from dagjob import InMemoryIOManager, build_init_resource_context, build_input_context, build_output_context, build_resources, resource
@resource(config_schema={"a": int}, required_resource_keys={"q"})
def r(init): return init.resource_config["a"] + init.resources.q
@resource
def gen():
    yield 5
print(r(build_init_resource_context(config={"a": 4}, resources={"q": 1})))
with gen() as v: print(v)
with build_resources({"r": r, "q": 1}, resource_config={"r": {"config": {"a": 2}}}) as res: print(res.r, res.q)
m = InMemoryIOManager()
out = build_output_context(step_key="s", name="n")
m.handle_output(out, "value")
print(out.get_identifier(), m.load_input(build_input_context(name="i", upstream_output=out)))
