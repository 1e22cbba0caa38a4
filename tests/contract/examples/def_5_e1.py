"""def-5, E1: Order, dependency, teardown, unused"""
from dagjob import job, op, resource
log = []
def mk(name, deps=()):
    @resource(required_resource_keys=set(deps))
    def r(ctx):
        log.append("init " + name)
        yield name
        log.append("down " + name)
    return r
@op(required_resource_keys={"x"})
def f(context):
    log.append("op " + context.resources.x)
    raise ValueError
@job(resource_defs={"z": mk("z"), "y": mk("y", ["z"]), "x": mk("x", ["y"]), "unused": mk("unused")})
def j(): f(); f.alias("g")()
print(j.execute_in_process(raise_on_error=False).success, log)
