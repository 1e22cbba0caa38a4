"""From a job and its resolved config to a plan: one step for each op invocation, at any depth, and how each is fed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from dagjob import (
    DagjobInvalidDefinitionError,
    DynamicOut,
    DynamicOutput,
    GraphDefinition,
    GraphOut,
    In,
    JobDefinition,
    Nothing,
    Out,
    RetryPolicy,
    graph,
    input_manager,
    job,
    op,
)
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.steps import FromConfig, FromDefault, FromDirect, FromManager, Plan, Port, Step, Wire


@op
def one() -> int:
    return 1


@op
def inc(x: int) -> int:
    return x + 1


@op
def add(x: int, y: int = 5) -> int:
    return x + y


@op
def total(xs: list[int]) -> int:
    return sum(xs)


@op(out={"low": Out(int), "high": Out(int)})
def split(x: int) -> tuple[int, int]:
    return x - 1, x + 1


@op(out=DynamicOut(int))
def many():
    for n in range(3):
        yield DynamicOutput(n, f"k{n}")


@op(out=DynamicOut(int, is_required=False))
def perhaps_many():
    yield from ()


@op(ins={"after": In(Nothing)}, out=Out(Nothing))
def waits() -> None: ...


def plan_of(job_def: JobDefinition, config: dict[str, Any] | None = None, **input_values: object) -> Plan:
    return build_plan(job_def, resolve(job_def, config or {}, input_values=input_values), input_values)


def made(body: Callable[..., object], **options: Any) -> JobDefinition:
    """The job `daily` with that body."""

    def composed() -> None:
        body()

    return job(name="daily", **options)(composed)


def shown(plan: Plan) -> dict[str, str]:
    """For each step, in plan order, what feeds it."""
    return {step.key: ", ".join(map(_wire, step.wires)) for step in plan.steps}


def _wire(wire: Wire) -> str:
    members = [_port(port) for port in wire.ports]
    for place, given in reversed(wire.given):
        members.insert(place, _value(given))
    if wire.many:
        text = f"[{', '.join(members)}]"
        if wire.collects is not None:
            text = f"{_port(wire.collects)} collected as {text}"
    else:
        text = members[0] if members else _value(wire.value)
    return f"{wire.input}={text}"


def _port(port: Port) -> str:
    return port.step if port.output == "result" else f"{port.step}.{port.output}"


def _value(value: object) -> str:
    match value:
        case FromConfig(given):
            return f"config {given!r}"
        case FromDirect(name):
            return f"given {name}"
        case FromDefault():
            return "default"
        case FromManager(key):
            return f"manager {key}"
    raise AssertionError(value)


def step_of(plan: Plan, key: str) -> Step:
    (found,) = [step for step in plan.steps if step.key == key]
    return found


# -- order ---------------------------------------------------------------------------------------------------------


def test_steps_stand_in_the_order_of_their_levels_and_by_key_in_each() -> None:
    def body() -> None:
        z = one.alias("z")()
        add.alias("b")(inc.alias("a")(z), one.alias("y")())

    assert [step.key for step in plan_of(made(body)).steps] == ["y", "z", "a", "b"]


def test_the_steps_of_a_nested_graph_stand_where_the_graph_stands() -> None:
    @graph
    def inner(x: Any) -> Any:
        one.alias("free")()
        return inc(x)

    def body() -> None:
        last = inner.alias("early")(one.alias("z")())
        inc.alias("after")(last)
        one.alias("y")()

    keys = [step.key for step in plan_of(made(body)).steps]
    assert keys == ["y", "z", "early.free", "early.inc", "after"]
    run = [e.step_key for e in made(body).execute_in_process().get_step_success_events()]
    assert run == ["y", "z", "early.free", "early.inc", "after"]


def test_a_chain_of_thousands_of_ops_is_no_recursion() -> None:
    def body() -> None:
        value = one()
        for _ in range(3000):
            value = inc(value)

    plan = plan_of(made(body))
    assert len(plan.steps) == 3001
    assert plan.steps[-1].upstream == {"inc_2999"}


# -- what feeds an input -------------------------------------------------------------------------------------------


def test_an_input_is_fed_by_the_output_that_it_names() -> None:
    def body() -> None:
        low, high = split(one())
        add(high, low)

    assert shown(plan_of(made(body))) == {"one": "", "split": "x=one", "add": "x=split.high, y=split.low"}


def test_an_input_that_nothing_feeds_takes_its_default() -> None:
    assert shown(plan_of(made(lambda: add(one()))))["add"] == "x=one, y=default"


def test_a_value_in_the_config_stands_above_the_default() -> None:
    config = {"ops": {"add": {"inputs": {"y": 9}}}}
    assert shown(plan_of(made(lambda: add(one())), config))["add"] == "x=one, y=config 9"


def test_a_list_of_outputs_keeps_its_order() -> None:
    def body() -> None:
        first, second = one.alias("first")(), one.alias("second")()
        total([second, first])

    assert shown(plan_of(made(body)))["total"] == "xs=[second, first]"


def test_an_empty_list_is_a_list_of_nothing() -> None:
    assert shown(plan_of(made(lambda: total([])))) == {"total": "xs=[]"}


def test_an_order_only_input_waits_and_reads_nothing() -> None:
    def body() -> None:
        waits(one())

    (_, step) = plan_of(made(body)).steps
    assert step.upstream == {"one"}
    assert [wire.reads for wire in step.wires] == [False]


def test_an_order_only_input_without_a_source_is_no_wire() -> None:
    assert plan_of(made(waits)).steps[0].wires == ()


def test_an_input_manager_makes_what_nothing_feeds() -> None:
    @input_manager
    def table(context: object) -> int:
        return 3

    @op(ins={"x": In(int, input_manager_key="tables")})
    def reads(x: int) -> int:
        return x

    job_def = made(reads, resource_defs={"tables": table})
    assert shown(plan_of(job_def)) == {"reads": "x=manager tables"}


# -- graphs --------------------------------------------------------------------------------------------------------


@graph
def twice(x: int) -> int:
    return inc(inc(x))


@graph(out={"low": GraphOut(), "high": GraphOut()})
def outer(x: int):
    low, high = split(twice(x))
    return {"low": low, "high": twice.alias("again")(high)}


def test_a_graph_has_no_step_and_gives_its_name_to_those_inside() -> None:
    def body() -> None:
        sides = outer(one())
        add(sides.low, sides.high)

    assert shown(plan_of(made(body))) == {
        "one": "",
        "outer.twice.inc": "x=one",
        "outer.twice.inc_2": "x=outer.twice.inc",
        "outer.split": "x=outer.twice.inc_2",
        "outer.again.inc": "x=outer.split.high",
        "outer.again.inc_2": "x=outer.again.inc",
        "add": "x=outer.split.low, y=outer.again.inc_2",
    }


def test_a_step_knows_where_its_op_stands() -> None:
    step = step_of(plan_of(made(lambda: outer(one()))), "outer.again.inc_2")
    assert step.node == ("outer", "again", "inc_2")
    assert step.op == "inc"


def test_a_value_for_the_input_of_a_graph_reaches_the_ops_inside() -> None:
    @job
    def daily(x: int) -> None:
        outer(x)

    assert shown(plan_of(daily, {"inputs": {"x": 4}}))["outer.twice.inc"] == "x=config 4"
    assert shown(plan_of(daily, x=4))["outer.twice.inc"] == "x=given x"


def test_config_for_the_input_of_a_nested_graph_reaches_the_ops_inside() -> None:
    job_def = made(lambda: twice())
    assert shown(plan_of(job_def, {"ops": {"twice": {"inputs": {"x": 4}}}}))["twice.inc"] == "x=config 4"


def test_values_and_outputs_mix_in_a_list_in_their_order() -> None:
    def composed(x: int) -> None:
        total([x, one(), x, one.alias("last")()])

    plan = plan_of(job(name="daily")(composed), {"inputs": {"x": 4}})
    assert shown(plan)["total"] == "xs=[config 4, one, config 4, last]"


# -- dynamic outputs -----------------------------------------------------------------------------------------------


def test_what_is_mapped_is_a_template_and_what_collects_waits_for_the_dynamic_op() -> None:
    plan = plan_of(made(lambda: total(many().map(inc).collect())))
    assert shown(plan) == {
        "many": "",
        "inc[?]": "x=many",
        "total": "xs=many collected as [inc[?]]",
    }
    assert step_of(plan, "inc[?]").maps == Port("many")
    assert step_of(plan, "total").maps is None
    assert step_of(plan, "total").upstream == {"many", "inc[?]"}


def test_templates_chain_over_the_same_dynamic_op() -> None:
    plan = plan_of(made(lambda: total(many().map(lambda x: inc.alias("next")(inc(x))).collect())))
    assert [(step.key, step.maps) for step in plan.steps if step.maps] == [
        ("inc[?]", Port("many")),
        ("next[?]", Port("many")),
    ]
    assert shown(plan)["total"] == "xs=many collected as [next[?]]"


def test_a_template_may_read_what_is_not_mapped() -> None:
    def body() -> None:
        fixed = one()
        many().map(lambda x: add(x, fixed))

    plan = plan_of(made(body))
    assert shown(plan)["add[?]"] == "x=many, y=one"
    assert step_of(plan, "add[?]").maps == Port("many")


def test_every_step_of_a_mapped_graph_is_a_template_with_the_key_at_its_end() -> None:
    plan = plan_of(made(lambda: total(many().map(twice).collect())))
    assert shown(plan) == {
        "many": "",
        "twice.inc[?]": "x=many",
        "twice.inc_2[?]": "x=twice.inc[?]",
        "total": "xs=many collected as [twice.inc_2[?]]",
    }


def test_a_dynamic_output_may_be_collected_as_it_is() -> None:
    assert shown(plan_of(made(lambda: total(many().collect()))))["total"] == "xs=many collected as [many]"


@pytest.mark.parametrize(("source", "empty_is_fine"), [(many, True), (perhaps_many, False)])
def test_no_item_at_all_is_an_empty_list_only_where_the_output_is_required(source: Any, empty_is_fine: bool) -> None:
    plan = plan_of(made(lambda: total(source().map(inc).collect())))
    assert [wire.empty_is_fine for wire in step_of(plan, "total").wires] == [empty_is_fine]


def test_a_dynamic_op_inside_a_graph_can_be_mapped_outside_of_it() -> None:
    source = graph(name="source")(lambda: many())
    plan = plan_of(made(lambda: total(source().map(inc).collect())))
    assert step_of(plan, "inc[?]").maps == Port("source.many")
    assert shown(plan)["total"] == "xs=source.many collected as [inc[?]]"


# -- what an invocation says of its step ---------------------------------------------------------------------------


def test_the_retry_policy_of_the_invocation_stands_above_that_of_the_op_and_that_above_the_jobs() -> None:
    of_job, of_op, of_invocation = (RetryPolicy(max_retries=number) for number in (1, 2, 3))

    @op(retry_policy=of_op)
    def flaky() -> None: ...

    def body() -> None:
        one()
        flaky()
        flaky.with_retry_policy(of_invocation).alias("both")()

    plan = plan_of(made(body, op_retry_policy=of_job))
    assert {step.key: step.retry for step in plan.steps} == {"one": of_job, "flaky": of_op, "both": of_invocation}


def test_tags_of_op_and_invocation_give_priority_and_timeout() -> None:
    @op(tags={"dagster/priority": "3", "db": "x"})
    def urgent() -> None: ...

    def body() -> None:
        urgent()
        urgent.tag({"dagster/priority": "-1", "dagjob/timeout": "1m30s"}).alias("later")()

    plan = plan_of(made(body))
    assert [(step.key, step.priority, step.timeout) for step in plan.steps] == [
        ("later", -1, 90.0),
        ("urgent", 3, None),
    ]
    assert [step.tags["db"] for step in plan.steps] == ["x", "x"]


@pytest.mark.parametrize(("tag", "text"), [("dagster/priority", "high"), ("dagjob/timeout", "soon")])
def test_a_tag_that_means_nothing_is_refused_with_the_step(tag: str, text: str) -> None:
    job_def = made(lambda: twice.alias("outside")(one.tag({tag: text})()))
    with pytest.raises(DagjobInvalidDefinitionError) as caught:
        plan_of(job_def)
    assert all(word in str(caught.value) for word in ('"one"', tag, text))


def test_each_step_carries_the_config_of_its_own_op() -> None:
    @op(config_schema={"n": int})
    def configured(context: Any) -> int:
        return int(context.op_config["n"])

    pair = GraphDefinition("pair", node_defs=[configured])

    def body() -> None:
        pair()
        configured.alias("alone")()

    config = {"ops": {"pair": {"ops": {"configured": {"config": {"n": 1}}}}, "alone": {"config": {"n": 2}}}}
    plan = plan_of(made(body), config)
    assert {step.key: step.config for step in plan.steps} == {"alone": {"n": 2}, "pair.configured": {"n": 1}}


def test_a_plan_is_plain_data_that_compares_and_travels() -> None:
    job_def = made(lambda: total(many().map(inc).collect()))
    assert plan_of(job_def) == plan_of(job_def)
    assert pickle.loads(pickle.dumps(plan_of(job_def))) == plan_of(job_def)
