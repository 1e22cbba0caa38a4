"""def-1, E8: Run-time errors of the body"""
from dagjob import Out, Output, job, op
def run(fn, **kw):
    o = op(name="f", **kw)(fn)
    @job(name="j")
    def j(): o()
    try: print("ok", j.execute_in_process().success)
    except Exception as e: print(type(e).__name__)
def bare(): yield 3
def missing(): yield Output(1, "a")
def as_list(): return [1, 2]
def wrong() -> int: return "a"
def twice():
    yield Output(1)
    yield Output(2)
def user(): raise KeyError("mine")
two = {"a": Out(), "b": Out()}
run(bare); run(missing, out=two); run(as_list, out=two); run(wrong); run(twice); run(user)
