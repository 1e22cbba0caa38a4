"""exe-8, 7: validate_run_config"""
from dagjob import DagjobInvalidConfigError, job, op, validate_run_config
@op(config_schema={"n": int})
def cfg(context): return context.op_config["n"]
@job
def vr(): cfg()
good = {"ops": {"cfg": {"config": {"n": 1}}}}
print(validate_run_config(vr, good)["ops"])
for rc, names in (({}, "ops cfg"), ({"ops": {"cfg": {"config": {"n": "x"}}}}, "x str Int"), ({**good, "foo": 1}, "foo")):
    try: validate_run_config(vr, rc)
    except DagjobInvalidConfigError as e: print([(x.reason.name, x.stack.levels, [n for n in names.split() if n in x.message]) for x in e.errors])
