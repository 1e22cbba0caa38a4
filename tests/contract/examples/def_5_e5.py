"""def-5, E5: Failures"""
from dagjob import ConfigurableResource, job, op, resource
@resource
def broken(_): raise ValueError("no db")
@resource(required_resource_keys={"b"})
def a(_): ...
@resource(required_resource_keys={"a"})
def b(_): ...
@resource
def bad_down(_):
    yield 1
    raise ValueError("teardown")
@op(required_resource_keys={"r"})
def f(context): ...
def attempt(res, **kw):
    try:
        @job(name="j", resource_defs=res)
        def j(): f()
        print(j.execute_in_process(**kw).success)
    except Exception as e: print(type(e).__name__, type(e.__cause__).__name__)
attempt({"r": broken}); attempt({"r": broken}, raise_on_error=False); attempt({"r": 1, "a": a, "b": b}); attempt({"q": 1}); attempt({"r": bad_down})
