from dagster import MAX_RUNTIME_SECONDS_TAG, job, op


@op(tags={"dagster/priority": "5", "dagster/concurrency_key": "db"})
def tagged(context):
    return (sorted(key for key in context.run.tags if not key.startswith(".")), context.op_def.tags["dagster/priority"])


@job(tags={"a": "b", MAX_RUNTIME_SECONDS_TAG: "600"}, run_tags={"c": "d"})
def with_tags():
    tagged()
