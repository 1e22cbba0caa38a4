"""exe-6, 8: A custom executor definition"""
from dagjob import ExecutorRequirement, Field, executor, in_process_executor, job, multiple_process_executor_requirements, op, validate_run_config
@executor(name="mine", config_schema={"n": Field(int, default_value=2)}, requirements=[ExecutorRequirement.RECONSTRUCTABLE_JOB])
def my_exec(init_context): ...
@op
def a(): ...
@job(executor_def=my_exec)
def cust(): a()
print(my_exec.name, [r.name for r in my_exec.get_requirements({})], [r.name for r in multiple_process_executor_requirements()])
print(validate_run_config(cust, {"execution": {"config": {"n": 5}}})["execution"])
print(cust.execute_in_process().success)   # the job's executor is not used here
