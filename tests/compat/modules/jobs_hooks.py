from dagster import HookContext, failure_hook, job, op, success_hook

told = []


@success_hook(required_resource_keys={"slack"})
def tell(context: HookContext):
    context.resources.slack.append(f"{context.op.name} ok {context.op_output_values}")


@failure_hook
def alarm(context: HookContext):
    told.append(f"{context.op.name} {type(context.op_exception).__name__}")


@op
def good():
    return 1


@op
def bad():
    raise KeyError("x")


@job(hooks={tell, alarm}, resource_defs={"slack": __import__("dagster").ResourceDefinition.hardcoded_resource(told)})
def hooked():
    good()
    bad()


@job(resource_defs={"slack": __import__("dagster").ResourceDefinition.hardcoded_resource(told)})
def hooked_once():
    good.with_hooks({tell})()
