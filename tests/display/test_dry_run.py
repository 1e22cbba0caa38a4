"""What `run -n` tells: for each op what would happen, why, and where its inputs come from."""

from dagjob import DynamicOut, DynamicOutput, In, Nothing, RetryPolicy, graph, job, op
from dagjob.display.dry_run import Planned, plan_json, plan_lines
from dagjob.plan.again import Continued
from dagjob.plan.build import build_plan
from dagjob.plan.cost import cost_of
from dagjob.plan.forecast import Usual
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
    planned = Planned(subset, plan, "in_process")
    return {one["key"]: one for one in plan_json(planned)["ops"]}, plan_lines(planned)


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


def test_people_read_of_all_copies_as_on_other_screens():
    _, lines = shown()
    (line,) = [line for line in lines if "work[*]" in line and "each element" in line]
    assert line.split()[:2] == ["run", "work[*]"]
    assert not any("[?]" in line for line in lines)


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
    assert lines[0] == " everything, 8 ops, in_process                       nothing is run (-n)"
    assert " run    all         needs one" in lines and " skip   two         excluded by --exclude" in lines


def test_a_copy_says_what_it_is_made_for():
    _, lines = shown(op_selection=["parts+"])
    assert any(line.endswith("one for each element of parts") for line in lines)


# -- what it costs -------------------------------------------------------------------------------------------------

# DISPLAY 11; ops of one level stand in the order of their names.
MOCK_UP = """\
 etl, 6 ops, 4 workers, partition 2026-11-21         nothing is run (-n)

 run    extract       ~2s   config changed: limit
 reuse  lookup              from e9b2c7fd
 run    score        ~41s   inputs from elsewhere now
 run    transform     ~9s   needs extract
 run    load          ~3s   needs score, transform
 skip   notify              excluded by --exclude

 about 44s with -j 4 (9 runs); critical path score > load
 more than 2 workers would not help
"""


@op
def rows(): ...


@op
def step(a): ...


@op
def both(a, b): ...


@job
def etl():
    lookup = rows.alias("lookup")()
    load = both.alias("load")(step.alias("transform")(rows.alias("extract")()), step.alias("score")(lookup))
    step.alias("notify")(load)


USUAL = Usual(
    {"extract": 2.1, "lookup": 9.0, "transform": 9.2, "score": 41.0, "load": 3.2},
    9,
)


def planned(usual: Usual = USUAL, workers: int = 4) -> Planned:
    subset = etl.get_subset(exclude=["notify"])
    plan = build_plan(subset, resolve(subset, {}, environ={}))
    why = {"extract": "config changed: limit", "score": "inputs from elsewhere now"}
    continued = Continued(plan, {"lookup": ()}, {"lookup": "e9b2c7fd-0f0e"}, frozenset(), why)
    runs = {"extract": 1, "transform": 1, "score": 1, "load": 1}
    cost = cost_of(plan, usual, workers, runs)
    return Planned(subset, plan, "multiprocess", "2026-11-21", continued, cost)


def test_the_screen_is_that_of_the_design():
    assert "\n".join(plan_lines(planned())) + "\n" == MOCK_UP


def test_few_workers_are_told_how_many_would_help():
    assert plan_lines(planned(workers=1))[-2:] == [
        " about 56s with -j 1 (9 runs); critical path score > load",
        " -j 2 would make it about 44s",
    ]


def test_an_op_that_is_not_known_yet_is_named_instead_of_a_guess():
    usual = Usual({"extract": 2.1}, 3)
    assert plan_lines(planned(usual))[-1] == (
        " how long it takes is not known yet: score, transform, load ran fewer than 3 times"
    )
    assert plan_json(planned(usual))["forecast"]["seconds"] is None
    assert "known" not in "".join(plan_lines(planned(Usual())))  # the first runs of a job need no such line


def test_the_json_has_the_same():
    told = plan_json(planned())
    assert {one["key"]: one.get("expected_seconds") for one in told["ops"]} == {
        "extract": 2.1, "lookup": None, "transform": 9.2, "score": 41.0, "load": 3.2, "notify": None,
    }  # fmt: skip
    assert told["forecast"] == {
        "seconds": 44.2, "workers": 4, "critical_path": ["score", "load"], "useful_workers": 2,
        "least_seconds": 44.2, "runs": 9, "unknown": [],
    }  # fmt: skip
