"""exe-3, 9: Misuse"""
from dagjob import DynamicOut, Out, Output, job, op
@op
def bare(): yield 5
@op
def wrong_name(): yield Output(1, "nope")
@op
def nothing_yielded():
    if False: yield Output(1)
@op(out={"a": Out(), "b": Out()})
def listed(): return [1, 2]
@op
def annotated() -> int: return "x"
for o, names in ((bare, "bare int"), (wrong_name, "wrong_name nope result"), (nothing_yielded, "nothing_yielded result"), (listed, "listed list"), (annotated, "result Int str")):
    @job(name="j")
    def j(): o()
    e = j.execute_in_process(raise_on_error=False).failure_data_for_node(o.name).error
    print(o.name, e.cls_name, [n for n in names.split() if n in e.message])
