# file: mp4.py
from dagjob import DagjobInstance, DagjobUnmetExecutorRequirementsError, execute_job, job, mem_io_manager, multiprocess_executor, op, reconstructable
@op
def a(): return 1
@job(resource_defs={"io_manager": mem_io_manager}, executor_def=multiprocess_executor)
def memory(): a()
@job(executor_def=multiprocess_executor)
def plain(): a()
if __name__ == "__main__":
    import logging; logging.disable(logging.CRITICAL)
    inst = DagjobInstance.get(); n = inst.get_runs_count()
    try: execute_job(reconstructable(memory), inst)
    except DagjobUnmetExecutorRequirementsError as e: print(type(e).__name__, inst.get_runs_count() - n)
    r = execute_job(reconstructable(plain), DagjobInstance.ephemeral())
    ev = r.all_events[-1]
    print(r.success, len(r.all_events), ev.job_failure_data.error.cls_name, ev.job_failure_data.failure_reason.value)
