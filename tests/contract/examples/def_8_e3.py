"""def-8, E3: `Definitions` binds what a job lacks"""
from dagjob import Definitions, colored_console_logger, in_process_executor, job, mem_io_manager, multiprocess_executor, op
@op(required_resource_keys={"r"})
def use(context): return context.resources.r
@op
def one(): return 1
@job
def bare(): use()
@job(resource_defs={"r": "own"}, executor_def=multiprocess_executor)
def own(): use()
defs = Definitions(jobs=[bare, own], resources={"r": "shared", "io_manager": mem_io_manager}, executor=in_process_executor, loggers={"z": colored_console_logger})
for name in ("bare", "own"):
    d = defs.get_job_def(name)
    print(name, d.execute_in_process().output_for_node("use"), d.executor_def.name, list(d.loggers), d.resource_defs["io_manager"] is mem_io_manager)
print(bare.executor_def.name, sorted(defs.get_repository_def().job_names))
