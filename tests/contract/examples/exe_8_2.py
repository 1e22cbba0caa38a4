from dagjob import DagjobInstance, DagjobInvalidConfigError, job, op
@op
def bad(): raise KeyError("k")
@op
def fine(): return 1
@op(config_schema={"n": int})
def needs(context): ...
@job
def mixed(): bad(); fine()
@job
def cfg(): needs()
inst = DagjobInstance.ephemeral()
try: mixed.execute_in_process(instance=inst)
except KeyError as e: print("KeyError", inst.get_runs()[0].status.value, inst.get_runs()[0].tags["dagster/failure_reason"])
r = mixed.execute_in_process(instance=inst, raise_on_error=False, tags={"n": 1})
print(r.success, r.is_node_success("fine"), r.get_failed_step_keys(), r.failure_data_for_node("bad").error.cause.cls_name, r.dagster_run.tags["n"])
try: cfg.execute_in_process(instance=inst, raise_on_error=False)
except DagjobInvalidConfigError as e: print(inst.get_runs_count(), [(x.reason.name, "ops" in x.message) for x in e.errors], "cfg" in str(e))
