"""What the result of `execute_in_process` tells of nodes and of the run."""

from __future__ import annotations

import pytest

from dagjob import DagjobInvalidDefinitionError, GraphDefinition, In, OpDefinition, Out, Output, graph, job, op


@op
def five() -> int:
    return 5


@op
def fails() -> None:
    raise ValueError


def test_the_events_of_a_graph_are_those_of_all_in_it() -> None:
    @graph
    def inner() -> int:
        return five()

    @graph
    def outer() -> int:
        five.alias("inner_too")()
        return inner()

    result = outer.execute_in_process()

    def succeeded(name: str) -> list[str | None]:
        return [event.step_key for event in result.events_for_node(name) if event.is_step_success]

    assert succeeded("inner") == succeeded("inner.five") == ["inner.five"]
    assert succeeded("inner_too") == ["inner_too"]
    assert succeeded("inn") == []


def test_the_record_of_a_run_tells_how_it_ended() -> None:
    @job
    def good() -> None:
        five()

    @job
    def bad() -> None:
        fails()

    runs = [each.execute_in_process(raise_on_error=False).dagster_run for each in (good, bad)]
    assert [(run.status, run.is_success, run.is_failure, run.is_finished) for run in runs] == [
        ("SUCCESS", True, False, True),
        ("FAILURE", False, True, True),
    ]


def test_an_op_by_hand_takes_its_function_first() -> None:
    by_hand = OpDefinition(
        lambda _, inputs: iter([Output(inputs["x"] + 1, "out")]), "by_hand", {"x": In(int)}, {"out": Out(int)}
    )

    @job
    def j() -> None:
        by_hand(five())

    assert j.execute_in_process().output_for_node("by_hand", "out") == 6


def test_a_member_of_node_defs_that_is_none_is_a_mistake_in_the_definition() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="'text' in node_defs is neither an op nor a graph"):
        GraphDefinition("g", node_defs=["text"])  # type: ignore[list-item]


def test_a_resource_that_is_missing_is_told_before_what_the_config_lacks() -> None:
    @op(required_resource_keys={"db"}, config_schema={"n": int})
    def needy() -> None: ...

    @job
    def j() -> None:
        needy()

    with pytest.raises(DagjobInvalidDefinitionError, match="db"):
        j.execute_in_process()
