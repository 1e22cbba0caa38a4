from dagster import (DagsterRunStatus, DefaultScheduleStatus, RunConfig, RunRequest, ScheduleDefinition, SkipReason,
                     build_schedule_from_partitioned_job, daily_partitioned_config, job, make_email_on_run_failure_sensor, op,
                     run_failure_sensor, run_status_sensor, schedule, sensor)


@op
def one():
    return 1


@job
def plain():
    one()


basic = ScheduleDefinition(job=plain, cron_schedule="*/5 * * * *", execution_timezone="Europe/Berlin")


@schedule(cron_schedule=["0 1 * * *", "0 2 * * *"], job=plain, default_status=DefaultScheduleStatus.STOPPED)
def twice(context):
    yield RunRequest(run_key="x", run_config={})


@sensor(job=plain, minimum_interval_seconds=60)
def every_minute(context):
    yield SkipReason("no")


@run_failure_sensor
def on_failure(context):
    ...


@run_status_sensor(run_status=DagsterRunStatus.SUCCESS, monitored_jobs=[plain])
def on_success(context):
    ...


mail = make_email_on_run_failure_sensor(email_from="a@example.org", email_password="x", email_to=["b@example.org"])
