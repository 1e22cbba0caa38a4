"""exe-1, 5: Optional output, skip, merge of branches"""
from dagjob import Out, Output, job, op
@op(out={"hot": Out(is_required=False), "cold": Out(is_required=False)})
def split(): yield Output(30, "hot")
@op
def on_hot(t): return f"hot {t}"
@op
def on_cold(t): return f"cold {t}"
@op
def merge(parts): return parts
@job
def branch():
    hot, cold = split()
    merge([on_hot(hot), on_cold(cold)])
r = branch.execute_in_process()
print(r.success, r.output_for_node("merge"))
print([e.step_key for e in r.get_step_skipped_events()])
