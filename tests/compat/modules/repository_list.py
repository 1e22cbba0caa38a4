from dagster import ScheduleDefinition, graph, job, op, repository, sensor, RunRequest


@op
def one():
    return 1


@job
def first():
    one()


@graph
def second():
    one()


@sensor(job=first)
def watch(context):
    yield RunRequest(run_key="a")


@repository
def repo():
    return [first, second, watch, ScheduleDefinition(job=first, cron_schedule="0 2 * * *")]
