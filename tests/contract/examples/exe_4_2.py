"""exe-4, 2: retry_number and mapping key"""
from dagjob import DynamicOut, DynamicOutput, RetryPolicy, job, op
@op(out=DynamicOut())
def gen(): yield DynamicOutput(1, "k")
@op(retry_policy=RetryPolicy(max_retries=2))
def work(context, x):
    print(context.get_mapping_key(), context.retry_number)
    if context.retry_number < 2: raise ValueError("again")
@job
def j(): gen().map(work)
print(j.execute_in_process().success)
