"""def-7, E3: Hook as decorator and direct call"""
from dagjob import build_hook_context, failure_hook, job, op, success_hook
hits = []
@success_hook(name="nice")
def h(context): hits.append(context.step_key)
@op
def one(): return 1
@h
@job
def j(): one()
@failure_hook(required_resource_keys={"a"})
def fh(context): return context.resources.a, context.op.name, repr(context.op_exception), context.job_name
print(type(j).__name__, h.name, j.execute_in_process().success, hits)
print(fh(build_hook_context(op=one, op_exception=ValueError("q"), job_name="jj", resources={"a": 1})))
for call in (lambda: fh(build_hook_context()), lambda: success_hook(lambda c: 1), lambda: success_hook(name="a b")(lambda context: 1), lambda: one.with_hooks([h])):
    try: call()
    except Exception as e: print(type(e).__name__)
