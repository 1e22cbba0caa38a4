"""exe-5, 6: Failure that must not be retried"""
from dagjob import Failure, RetryPolicy, job, op
@op(retry_policy=RetryPolicy(max_retries=5))
def give_up(context):
    if context.retry_number == 1: raise Failure("gone", metadata={"id": 7}, allow_retries=False)
    raise Failure("maybe later")
@job
def giving_up(): give_up()
r = giving_up.execute_in_process(raise_on_error=False)
f = r.failure_data_for_node("give_up")
print(r.retry_attempts_for_node("give_up"), f.user_failure_data.description, f.user_failure_data.metadata["id"].value)
