"""exe-1, 8: A failure does not stop the other branch; what is below it is untouched"""
from dagjob import job, op
@op
def broken(): raise ValueError("no")
@op
def below(x): return x
@op
def fine(): return 1
@job
def two_branches():
    below(broken())
    fine()
r = two_branches.execute_in_process(raise_on_error=False)
print(r.success, r.is_node_failed("broken"), r.is_node_success("fine"), r.is_node_untouched("below"))
f = r.get_run_failure_event()
print([n for n in ("two_branches", "broken") if n in f.message], f.job_failure_data.failure_reason.value)
