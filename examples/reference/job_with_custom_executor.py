"""All ops in the process of the command itself, one after the other."""

from dagjob import in_process_executor, job, op


@op
def my_op():
    return 42


@job(executor_def=in_process_executor)
def in_process_job():
    my_op()
