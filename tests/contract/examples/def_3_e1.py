"""def-3, E1: Defaults"""
from dagjob import job, op
@op
def one(): return 1
@job
def j():
    "A job."
    one()
print(j.name, j.description, j.executor_def.name, list(j.loggers), list(j.resource_defs), dict(j.tags), j.owners)
print(j.has_specified_executor, j.has_specified_loggers, j.partitions_def, j.run_config)
