"""One set of rules for what an op hands back: a run and a direct call refuse the same things, with the same words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from inspect import isasyncgen, iscoroutine
from types import GeneratorType
from typing import Any

import pytest

from dagjob.definitions.dagjob_type import DagjobType
from dagjob.definitions.inputs import In
from dagjob.definitions.jobs import job
from dagjob.definitions.ops import OpDefinition, op
from dagjob.definitions.outputs import DynamicOut, Out
from dagjob.engine.direct import build_op_context
from dagjob.errors import (
    DagjobInvalidDefinitionError,
    DagjobInvalidPropertyError,
    DagjobInvariantViolationError,
    DagjobStepOutputNotFoundError,
    DagjobTypeCheckDidNotPass,
)
from dagjob.values.observations import AssetMaterialization, TypeCheck
from dagjob.values.results import DynamicOutput, Nothing, Output

TWO = {"a": Out(int), "b": Out()}


def in_a_run(definition: OpDefinition) -> dict[Any, Any]:
    """What the op has handed back, by output and mapping key."""

    @job
    def j() -> None:
        definition()

    result = j.execute_in_process()
    data = [e.step_output_data for e in result.all_events if e.is_successful_output]
    values = {out.output_name: result.output_for_node(definition.name, out.output_name) for out in data}
    return {
        (out.output_name, out.mapping_key): values[out.output_name][out.mapping_key]
        if out.mapping_key
        else values[out.output_name]
        for out in data
    }


def directly(definition: OpDefinition) -> dict[Any, Any]:
    """The same by a direct call, whose generator is consumed."""
    handed = definition()
    if iscoroutine(handed):
        handed = asyncio.run(handed)
    elif isasyncgen(handed):
        handed = asyncio.run(_collected(handed))
    elif isinstance(handed, GeneratorType):
        handed = list(handed)
    outs = list(definition.outs)
    things = handed if isinstance(handed, list) else list(zip(outs, handed if len(outs) > 1 else [handed], strict=True))
    found = {}
    for thing in things:
        if isinstance(thing, (Output, DynamicOutput)):
            found[thing.output_name, getattr(thing, "mapping_key", None)] = thing.value
        elif isinstance(thing, tuple):
            found[thing[0], None] = thing[1].value if isinstance(thing[1], Output) else thing[1]
    return found


async def _collected(things: Any) -> list[Any]:
    return [thing async for thing in things]


BOTH = pytest.mark.parametrize("outcome_of", [in_a_run, directly], ids=["run", "direct"])


# -- what passes ---------------------------------------------------------------------------------------------------


def a_value() -> int:
    return 1


def an_output() -> Output[int]:
    return Output(1)


def a_stream() -> Iterator[Any]:
    yield AssetMaterialization("seen")
    yield Output(1)


async def an_async_value() -> int:
    return 1


async def an_async_stream() -> Any:
    yield Output(1)


def a_returned_stream() -> Any:
    return a_stream()


SHAPES = [a_value, an_output, a_stream, an_async_value, an_async_stream, a_returned_stream]


@BOTH
@pytest.mark.parametrize("body", SHAPES, ids=lambda body: body.__name__)
def test_an_output_comes_out_whatever_the_shape_of_the_body(outcome_of: Callable[..., Any], body: Any) -> None:
    assert outcome_of(op(body)) == {("result", None): 1}


@BOTH
def test_an_output_without_a_value_is_added(outcome_of: Callable[..., Any]) -> None:
    @op(out={"done": Out(Nothing), "n": Out(int), "maybe": Out(Nothing, is_required=False)})
    def f() -> Iterator[Any]:
        yield Output(1, "n")

    assert outcome_of(f) == {("n", None): 1, ("done", None): None}


@BOTH
def test_optional_and_dynamic_outputs_may_be_missing(outcome_of: Callable[..., Any]) -> None:
    @op(out={"many": DynamicOut(), "maybe": Out(is_required=False), "n": Out()})
    def f() -> Iterator[Any]:
        yield DynamicOutput(1, "k", "many")
        yield Output(1, "n")

    assert outcome_of(f) == {("many", "k"): 1, ("n", None): 1}


# -- what is refused -----------------------------------------------------------------------------------------------


def bare() -> Iterator[Any]:
    yield 3


def unknown() -> Iterator[Any]:
    yield Output(1, "c")


def twice() -> Iterator[Any]:
    yield Output(1, "a")
    yield Output(1, "a")


def of_the_other_kind() -> Iterator[Any]:
    yield DynamicOutput(1, "k", "a")


def incomplete() -> Iterator[Any]:
    yield Output(1, "a")


def wrong_type() -> Iterator[Any]:
    yield Output("one", "a")


def too_short() -> Any:
    return (1,)


def a_list() -> Any:
    return [1, 2]


def crossed() -> Any:
    return Output(1, "b"), Output(2, "a")


def under_another_name() -> Any:
    return Output(1, "c"), 2


def a_mistyped_value() -> Any:
    return "one", 2


REFUSED = {
    bare: (DagjobInvariantViolationError, "yielded a int"),
    unknown: (DagjobInvariantViolationError, '"c"'),
    twice: (DagjobInvariantViolationError, "twice"),
    of_the_other_kind: (DagjobInvariantViolationError, "a DynamicOutput for the output"),
    incomplete: (DagjobStepOutputNotFoundError, '"b"'),
    wrong_type: (DagjobTypeCheckDidNotPass, 'output "a" of .* is not of type "Int"'),
    too_short: (DagjobInvariantViolationError, "a tuple of 1"),
    a_list: (DagjobInvariantViolationError, "a list"),
    crossed: (DagjobInvariantViolationError, "item 0"),
    under_another_name: (DagjobInvariantViolationError, 'item 0 .* is for the output "a", but names "c"'),
    a_mistyped_value: (DagjobTypeCheckDidNotPass, "'one'"),
}


@BOTH
@pytest.mark.parametrize("body", list(REFUSED), ids=lambda body: body.__name__)
def test_a_broken_rule_is_the_same_error(outcome_of: Callable[..., Any], body: Any) -> None:
    kind, words = REFUSED[body]
    if kind is DagjobStepOutputNotFoundError and outcome_of is directly:  # as Dagster names it outside of a run
        kind = DagjobInvariantViolationError
    with pytest.raises(kind, match=words):
        outcome_of(op(out=TWO)(body))


@BOTH
def test_the_name_of_the_only_output_is_right_or_left_out(outcome_of: Callable[..., Any]) -> None:
    def named(*name: str) -> Any:
        return op(name="f", out={"x": Out()})(lambda: Output(1, *name))

    def listed(*name: str) -> Any:
        return op(name="f", out={"x": DynamicOut()})(lambda: [DynamicOutput(1, "k", *name)])

    assert outcome_of(named()) == outcome_of(named("x")) == outcome_of(named("result"))
    outcome_of(listed())
    outcome_of(listed("x"))
    for wrong in (named("y"), listed("y")):
        with pytest.raises(DagjobInvariantViolationError, match='names "y"'):
            outcome_of(wrong)


def test_a_missing_output_names_the_op_of_a_direct_call() -> None:
    with pytest.raises(DagjobInvariantViolationError, match=r'"incomplete" .* output "b"'):
        directly(op(out=TWO)(incomplete))


# -- types of the user ---------------------------------------------------------------------------------------------


def checked_by(check: Callable[[Any, Any], Any], **parameters: Any) -> OpDefinition:
    kind = DagjobType(check, name="Checked", **parameters)

    @op(out=Out(kind))
    def f() -> Any:
        return 5

    return f


@BOTH
def test_a_type_that_refuses_says_why(outcome_of: Callable[..., Any]) -> None:
    definition = checked_by(lambda _, value: TypeCheck(False, "too small", {"least": 6}))
    with pytest.raises(DagjobTypeCheckDidNotPass, match='"Checked": too small') as caught:
        outcome_of(definition)
    assert caught.value.metadata["least"].value == 6


@BOTH
def test_what_a_check_raises_comes_out(outcome_of: Callable[..., Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        outcome_of(checked_by(lambda _, value: 1 / 0))


@BOTH
def test_a_check_may_ask_for_the_op_and_its_config(outcome_of: Callable[..., Any]) -> None:
    asked = []

    def check(context: Any, value: Any) -> bool:
        asked.append((context.op_def.name, context.op_config, context.step_key, context.get_tag("none")))
        return True

    assert outcome_of(checked_by(check)) == {("result", None): 5}
    assert asked == [("f", None, "f", None)]


def test_a_check_in_a_direct_call_gets_the_resources_of_its_type_and_no_run() -> None:
    asked = []

    def check(context: Any, value: Any) -> bool:
        asked.append((context.resources.db, context.run_id))
        with pytest.raises(DagjobInvalidPropertyError, match="job_name"):
            _ = context.job_name
        return True

    kind = DagjobType(check, name="Checked", required_resource_keys={"db"})

    @op(ins={"x": In(kind)})
    def f(context: Any, x: Any) -> Any:
        return x

    assert f(build_op_context(resources={"db": "base"}), 1) == 1
    assert asked == [("base", "EPHEMERAL")]
    with pytest.raises(DagjobInvalidDefinitionError, match='"db"'):
        f(build_op_context(), 1)


def test_metadata_is_added_before_the_output_in_a_direct_call_too() -> None:
    @op(out=TWO)
    def f(context: Any) -> Iterator[Any]:
        yield Output(1, "a")
        context.add_output_metadata({"late": 1}, "a")
        yield Output(2, "b")

    with pytest.raises(DagjobInvariantViolationError, match="already"):
        list(f(None))


def test_metadata_of_an_op_that_returns_nothing_is_kept() -> None:
    @op
    def f(context: Any) -> None:
        context.add_output_metadata({"rows": 3})

    @job
    def j() -> None:
        f()

    (made,) = [e.step_output_data for e in j.execute_in_process().all_events if e.is_successful_output]
    assert made.metadata["rows"].value == 3
