# file: rdis.py
from dagjob import DagjobInstance, DagjobInvalidConfigError, RetryPolicy, execute_job, in_process_executor, job, op, reconstructable, validate_run_config
@op(retry_policy=RetryPolicy(max_retries=3))
def bad(): raise ValueError("x")
@job(executor_def=in_process_executor)
def disabled_job(): bad()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    with execute_job(reconstructable(disabled_job), DagjobInstance.get(),
                     run_config={"execution": {"config": {"retries": {"disabled": {}}}}}) as r:
        print(r.success, r.retry_attempts_for_node("bad"), "disabled" in r.failure_data_for_node("bad").error.message)
    try: validate_run_config(disabled_job, {"execution": {"config": {"retries": {"deferred": {}}}}})
    except DagjobInvalidConfigError as e: print(e.errors[0].reason.name, e.errors[0].stack.levels, [n for n in ("deferred", "enabled", "disabled") if n in e.errors[0].message])
