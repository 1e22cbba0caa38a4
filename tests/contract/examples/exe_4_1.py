"""exe-4, 1: Members in a run"""
from dagjob import OpExecutionContext, graph, job, op, resource
@resource
def db(_): return "conn"
@op(config_schema={"n": int}, required_resource_keys={"db"}, tags={"kind": "x"})
def show(context: OpExecutionContext):
    print(context.job_name, context.op.name, str(context.op_handle), context.op_config, context.resources.db)
    print(dict(context.run_tags), context.get_tag("nope"), context.retry_number, context.get_mapping_key())
    print(dict(context.op.tags), context.has_partition_key, context.run.run_id == context.run_id, hasattr(context, "tags"))
@graph
def g(): show.alias("first")()
@job(resource_defs={"db": db}, tags={"team": "a"})
def j(): g()
j.execute_in_process(run_config={"ops": {"g": {"ops": {"first": {"config": {"n": 1}}}}}}, tags={"who": "me"})
