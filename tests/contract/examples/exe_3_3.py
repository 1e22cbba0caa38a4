"""exe-3, 3: Events from user code, in order"""
from dagjob import AssetMaterialization, AssetObservation, ExpectationResult, Output, job, op
@op
def report(context):
    yield ExpectationResult(success=False, label="row_count", metadata={"rows": 0})
    context.log_event(AssetObservation("table"))
    yield Output(5, metadata={"unit": "rows"})
    yield AssetMaterialization(["db", "table"], metadata={"path": "t.csv"})
@job
def j(): report()
r = j.execute_in_process()
print(r.success, [e.event_type.name for e in r.events_for_node("report")])
print(r.asset_materializations_for_node("report")[0].asset_key.to_user_string(), r.expectation_results_for_node("report")[0].success)
