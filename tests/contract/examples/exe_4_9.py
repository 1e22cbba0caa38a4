"""exe-4, 9: Hooks, resources and IO contexts in tests"""
from dagjob import build_hook_context, build_init_resource_context, build_input_context, build_output_context, failure_hook, op, resource
@op
def step(): ...
@failure_hook(required_resource_keys={"chat"})
def notify(context): return context.resources.chat, context.op.name, repr(context.op_exception)
print(notify(build_hook_context(resources={"chat": "#ops"}, op=step, op_exception=ValueError("x"))))
@resource(config_schema={"size": int})
def pool(init_context): return init_context.resource_config["size"]
print(pool(build_init_resource_context(config={"size": 4})))
out = build_output_context(step_key="s", name="result", run_id="r1", mapping_key="k")
print(out.get_identifier(), build_input_context(name="x", upstream_output=out).get_identifier())
