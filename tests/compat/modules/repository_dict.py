from dagster import in_process_executor, job, op, repository


@op
def one():
    return 1


def make_job():
    @job
    def lazy():
        one()

    return lazy


@repository(name="named", description="jobs by name", default_executor_def=in_process_executor)
def by_name():
    return {"jobs": {"lazy": make_job}}
