"""exe-4b, 1: Members inside a run"""
from dagjob import DynamicOut, DynamicOutput, graph, job, op
@op(out=DynamicOut())
def gen(): yield DynamicOutput(1, "k")
@op(tags={"kind": "x"})
def show(context, x):
    print(context.job_name, context.op.name, context.op_def.name, str(context.op_handle), context.get_mapping_key(), context.retry_number)
    print(dict(context.run_tags), context.has_tag("team"), context.get_tag("nope"), dict(context.op.tags), hasattr(context, "tags"), hasattr(context, "file_manager"))
    print(context.op_config, context.run_config, list(context.selected_output_names), context.has_partition_key, context.location_name)
    for name in ("partition_key", "partition_keys", "partition_time_window", "multi_partition_key", "repository_def", "asset_key"):
        try: getattr(context, name)
        except Exception as err: print(" ", name, type(err).__name__)
@graph
def g(): gen().map(show.alias("first"))
@job(tags={"team": "a"})
def j(): g()
j.execute_in_process(tags={"who": "me"})
