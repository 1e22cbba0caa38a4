"""def-1, E4: Optional output skips the branch"""
from dagjob import Out, Output, job, op
@op(out={"even": Out(is_required=False), "odd": Out(is_required=False)})
def route():
    yield Output(2, "even")
@op
def on_even(x): return x
@op
def on_odd(x): return x
@job
def j():
    even, odd = route()
    on_even(even), on_odd(odd)
r = j.execute_in_process()
print(r.success, r.is_node_success("on_even"), r.is_node_skipped("on_odd"))
