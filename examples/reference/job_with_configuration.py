"""Config fixed by the job itself, with a `RunConfig`."""

from dagjob import RunConfig, job, op


@op
def configurable_op(config: dict):
    return config["value"]


@job(config=RunConfig(ops={"configurable_op": {"config": {"value": 42}}}))
def configured_job():
    configurable_op()
