"""exe-1, 10: Definition errors of dynamic graphs"""
from dagjob import DagjobInvalidDefinitionError, DynamicOut, DynamicOutput, job, op
@op(out=DynamicOut())
def outer(): yield DynamicOutput(1, "a")
@op(out=DynamicOut())
def inner(x): yield DynamicOutput(x, "b")
@op
def use(x): return x
@op
def gather(xs): return xs
def attempt(body, *names):
    try:
        @job
        def j(): body()
        print("defined")
    except DagjobInvalidDefinitionError as err:
        print(type(err).__name__, [n for n in names if n in str(err)])
attempt(lambda: gather(outer().map(lambda x: inner(x)).collect()), "gather", "inner", "outer")
attempt(lambda: use(outer()), "outer", "result")
