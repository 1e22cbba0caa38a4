# file: rx8.py
import logging
from dagjob import DagjobInstance, RunsFilter, job, op
@op
def talk(context): context.log.info("hello"); context.log.warning("careful")
@job(tags={"team": "x"})
def vr(): talk()
inst = DagjobInstance.ephemeral(); r = vr.execute_in_process(instance=inst)
run = inst.get_runs(filters=RunsFilter(tags={"team": "x"}))[0]
print(run.status.value, inst.get_run_stats(r.run_id).steps_succeeded, inst.get_run_by_id("nope"))
print([(s.step_key, s.status.value, len(s.attempts_list)) for s in inst.get_run_step_stats(r.run_id)])
logs = inst.all_logs(r.run_id)
print([(e.user_message, logging.getLevelName(e.level), e.step_key) for e in logs if not e.is_dagster_event])
print({logging.getLevelName(e.level) for e in logs if e.is_dagster_event}, len(logs))
inst.delete_run(r.run_id); print(inst.get_runs_count(), len(inst.all_logs(r.run_id)))
