"""def-8, E4: When errors appear"""
from dagjob import Definitions, graph, job, op, repository
@op(required_resource_keys={"r"})
def use(context): ...
@op
def one(): ...
@graph
def g(): one()
@job
def needs(): use()
def same():
    @job(name="same")
    def j(): one()
    return j
def attempt(make):
    try: make(); print("ok")
    except Exception as e: print(type(e).__name__)
attempt(lambda: Definitions(jobs=[needs]))
attempt(lambda: Definitions(jobs=[needs]).get_repository_def())
attempt(lambda: Definitions(jobs=[same(), same()]).get_repository_def())
attempt(lambda: Definitions(jobs=[g]))
attempt(lambda: Definitions(jobs=[]).get_repository_def().get_job("zz"))
attempt(lambda: Definitions.merge(Definitions(resources={"a": 1}), Definitions(resources={"a": 2})))
attempt(lambda: Definitions.validate_loadable(Definitions(jobs=[needs])))
def r_number(): return [3]
def r_key(): return {"zz": {}}
def r_arg(x): return []
attempt(lambda: repository(r_number)); attempt(lambda: repository(r_key)); attempt(lambda: repository(r_arg))
