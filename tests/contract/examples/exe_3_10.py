"""exe-3, 10: Hooks run after the step, skipped ones are recorded too"""
from dagjob import failure_hook, job, op, success_hook
seen = []
@success_hook
def good(context): seen.append(("good", context.op.name, context.op_output_values["result"]))
@failure_hook
def bad(context): seen.append(("bad", context.op.name, repr(context.op_exception)))
@op
def ok(): return 1
@op
def ko(): raise ValueError("x")
@job(hooks={good, bad})
def j():
    ok(); ko()
r = j.execute_in_process(raise_on_error=False)
print(sorted(seen))
print(sorted(e.event_type.name for e in r.all_events if e.event_type.name.startswith("HOOK")))
