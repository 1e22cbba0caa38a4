"""def-3, E2: Tags and run tags"""
from dagjob import job, op
@op
def t(context): return dict(context.run_tags)
@job(tags={"team": "x", "n": 2})
def a(): t()
@job(tags={"team": "x"}, run_tags={"prio": "1"})
def b(): t()
@job(tags={"team": "x"}, run_tags={})
def c(): t()
for jj in (a, b, c):
    print(dict(jj.tags), dict(jj.run_tags), jj.execute_in_process(tags={"prio": "9"}).output_for_node("t"))
