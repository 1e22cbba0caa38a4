from dagster import OpExecutionContext, job, op


@op(tags={"a": "b"})
def facts(context: OpExecutionContext):
    assert context.run_id == context.run.run_id
    return [context.op.name, context.job_name, context.op_def.name, context.retry_number, context.run.tags.get("team"),
            context.has_tag("team"), context.op_handle.name]


@job(tags={"team": "x"})
def facts_job():
    facts()
    facts.alias("again")()
