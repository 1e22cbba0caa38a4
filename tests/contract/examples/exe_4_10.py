"""exe-4, 10: OpExecutionContext.get()"""
from dagjob import OpExecutionContext, job, op
def helper(): return OpExecutionContext.get().job_name
@op
def o(): print(helper())
@job
def outer_job(): o()
outer_job.execute_in_process()
try: helper()
except Exception as err: print(type(err).__name__)
