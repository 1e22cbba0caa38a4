"""def-8, E5: Repository: graphs, lazy jobs, merge of Definitions"""
from dagjob import Definitions, graph, in_process_executor, job, op, repository
@op
def one(): return 1
@graph
def g(): one()
@job
def j(): one()
calls = []
def lazy():
    calls.append("called")
    return j
@repository(name="rr", default_executor_def=in_process_executor)
def r(): return [[j], g]
@repository
def d(): return {"jobs": {"j": lazy}}
print(r.name, sorted(r.job_names), r.get_job("g").executor_def.name)
print(d.job_names, len(calls), d.get_job("j").name, len(calls))
m = Definitions.merge(Definitions(jobs=[j], resources={"a": 1}), Definitions(jobs=[g.to_job(name="other")], resources={"b": 2}))
print(sorted(m.get_repository_def().job_names), sorted(m.resources))
