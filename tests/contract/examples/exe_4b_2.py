"""exe-4b, 2: Events and metadata through the context"""
from dagjob import AssetMaterialization, ExpectationResult, job, op
@op
def work(context):
    context.log_event(AssetMaterialization("table"))
    context.log_event(ExpectationResult(success=True))
    context.add_output_metadata({"rows": 1, "a": 1})
    context.add_output_metadata({"rows": 2})
    print(context.has_events(), context.get_output_metadata("result"))
    return 5
@op
def bad_event(context): context.log_event(5)
@op
def bad_name(context): context.add_output_metadata({"a": 1}, output_name="zz"); return 1
@job
def j():
    work(); bad_event(); bad_name()
r = j.execute_in_process(raise_on_error=False)
print([e.event_type_value for e in r.events_for_node("work")])
for n in ("bad_event", "bad_name"):
    e = r.failure_data_for_node(n).error; e = e.cause or e
    print(n, e.cls_name, [x for x in ("5", "bad_name", "zz") if x in e.message])
