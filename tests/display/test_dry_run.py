"""What `run -n` tells: for each op what would happen, why, and where its inputs come from."""

from dagjob import DynamicOut, DynamicOutput, In, Nothing, RetryPolicy, graph, job, op
from dagjob.display.dry_run import plan_json, plan_lines
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve


@op(out=DynamicOut())
def parts():
    yield DynamicOutput(1, "a")


@op(tags={"dagster/priority": "2"}, retry_policy=RetryPolicy(max_retries=3))
def work(x, by: int = 1): ...


@op
def gather(xs): ...


@op(ins={"after": In(Nothing)})
def notify(text: str): ...


@graph
def inner(x):
    return work(x)


@job
def everything():
    made = parts()
    notify(after=gather(made.map(work).collect()))
    inner(gather.alias("all")([work.alias("one")(), work.alias("two")()]))


CONFIG = {
    "ops": {name: {"inputs": {"x": {"value": 1}}} for name in ("one", "two")} | {"notify": {"inputs": {"text": "t"}}}
}


def shown(**selection):
    subset = everything.get_subset(**selection)
    plan = build_plan(subset, resolve(subset, CONFIG, environ={}))
    told = plan_json(subset, plan, "in_process")
    return {one["key"]: one for one in told["ops"]}, plan_lines(subset, plan, "in_process")


def test_the_json_has_for_each_op_what_it_needs_and_where_its_inputs_come_from():
    ops, _ = shown()
    assert {one["action"] for one in ops.values()} == {"run"}
    assert ops["work[?]"]["mapped"] and ops["work[?]"]["needs"] == ["parts"]
    assert (ops["work[?]"]["priority"], ops["work[?]"]["retries"]) == (2, 3)
    inputs = {key: {one["name"]: one["from"] for one in ops[key]["inputs"]} for key in ops}
    assert inputs["work[?]"] == {"x": "output", "by": "default"}
    assert inputs["gather"] == {"xs": "collect"}
    assert inputs["all"] == {"xs": "list"}
    assert inputs["one"] == {"x": "config", "by": "default"}
    assert inputs["notify"] == {"text": "config", "after": "order"}


def test_what_would_not_run_is_told_with_the_reason():
    ops, lines = shown(op_selection=["one", "two", "all", "notify"], exclude=["two"])
    skipped = {key: one["reason"] for key, one in ops.items() if one["action"] == "skip"}
    assert skipped == {
        "parts": "not selected",
        "work": "not selected",
        "gather": "not selected",
        "inner.work": "not selected",
        "two": "excluded by --exclude",
    }
    assert lines[0] == " everything, 3 ops, in_process, -s one,two,all,notify --exclude two    nothing is run (-n)"
    assert " run    all     needs one" in lines and " skip   two: excluded by --exclude" in lines


def test_a_copy_says_what_it_is_made_for():
    _, lines = shown(op_selection=["parts+"])
    assert any(line.endswith("one for each element of parts") for line in lines)
