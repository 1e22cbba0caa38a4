"""def-6, E4: Checks that misbehave"""
from dagjob import DagjobType, Failure, Out, job, op
def boom(_, v): raise ValueError("kaboom")
def fail(_, v): raise Failure("no")
def other(_, v): return 5
def run(fn):
    @op(name="f", out=Out(DagjobType(name="T", type_check_fn=fn)))
    def f(): return 1
    @job(name="j")
    def j(): f()
    return j.execute_in_process(raise_on_error=False).failure_data_for_node("f").error
for fn in (boom, fail, other):
    e = run(fn)
    print(e.cls_name, e.cause.cls_name if e.cause else None)
for make in (lambda: DagjobType(name="X", type_check_fn=lambda v: True), lambda: DagjobType(type_check_fn=other)):
    try: make()
    except Exception as e: print(type(e).__name__)
