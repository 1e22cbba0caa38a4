"""exe-4b, 5: Hook contexts"""
from dagjob import build_hook_context, failure_hook, op
@op
def step(): ...
@failure_hook(required_resource_keys={"chat"})
def notify(context): return context.resources.chat, context.op.name, repr(context.op_exception), context.run_id
print(notify(build_hook_context(resources={"chat": "#ops"}, op=step.alias("other"), op_exception=ValueError("x"), run_id="r1")))
c = build_hook_context()
for name in ("run_id", "job_name", "op", "op_exception", "step_key", "hook_def", "op_config", "op_output_values", "required_resource_keys", "log", "instance", "resources"):
    try: print(name, "->", type(getattr(c, name)).__name__)
    except Exception as err: print(name, type(err).__name__)
