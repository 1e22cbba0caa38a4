"""exe-3, 6: Failure with metadata, and an ordinary exception"""
from dagjob import Failure, job, op
@op
def deliberate(): raise Failure("bad file", metadata={"line": 3})
@op
def accident(): return {}["missing"]
@job
def j():
    deliberate(); accident()
r = j.execute_in_process(raise_on_error=False)
f = r.failure_data_for_node("deliberate")
print(f.user_failure_data.label, f.user_failure_data.description, f.user_failure_data.metadata["line"].value, f.error.cls_name)
f = r.failure_data_for_node("accident")
print(f.error.cls_name, f.error.cause.cls_name, f.error_source.value, f.user_failure_data)
