"""def-3, E5: A partial or wrong dict is found late"""
from dagjob import Definitions, job, op
@op(config_schema={"n": int})
def a(context): ...
@job(config={"ops": {"a": {"config": {"n": 1}}}})
def partial(): a(); a.alias("b")()
defs = Definitions(jobs=[partial])
print("defined")
for use in (defs.get_repository_def, lambda: partial.execute_in_process(run_config={"ops": {"b": {"config": {"n": 2}}}})):
    try: use()
    except Exception as e: print(type(e).__name__)
