from dagjob import job, op, resource
@resource
def db(_): raise RuntimeError("must not be touched")
@op(required_resource_keys={"db"})
def query(context): ...
@op
def local(): return "ok"
@job(resource_defs={"db": db})
def j():
    query(); local()
print(j.execute_in_process(op_selection=["local"]).output_for_node("local"))
