"""exe-5, 7: Waiting does not hold up other steps"""
import time
from dagjob import RetryPolicy, job, op
order = []
@op(retry_policy=RetryPolicy(max_retries=1, delay=1.0))
def a_slow(context):
    order.append(f"a{context.retry_number}")
    if context.retry_number == 0: raise ValueError
@op
def b(): order.append("b")
@op
def c(): order.append("c")
@job
def waiting(): a_slow(); b(); c()
t = time.time(); waiting.execute_in_process()
print(order, time.time() - t >= 1.0)
