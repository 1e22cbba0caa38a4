"""The annotation of a graph's parameter is the type of that input: the run config may give it as that type says."""

from __future__ import annotations

from typing import Any

import pytest

from dagjob import (
    DagjobInvalidConfigError,
    DagjobTypeCheckDidNotPass,
    GraphDefinition,
    GraphIn,
    In,
    Nothing,
    Output,
    graph,
    job,
    op,
)


@op
def anything(x: Any) -> Any:
    return x


@op
def number(x: int) -> int:
    return x


def kind_of(made: GraphDefinition) -> str:
    return made.input_defs[0].dagster_type.display_name


def test_the_annotation_is_the_type() -> None:
    @graph
    def plain(x: int) -> None:
        anything(x)

    @graph
    def optional(x: int | None) -> None:
        anything(x)

    @graph
    def in_quotes(x: "str") -> None:  # noqa: UP037
        number(x)

    @graph
    def of_output(x: Output[int]) -> None:
        anything(x)

    @graph
    def around(x: Any) -> None:
        plain(x)

    assert [kind_of(each) for each in (plain, optional, in_quotes, of_output, around)] == [
        "Int", "Int?", "String", "Int", "Int",
    ]  # fmt: skip


def test_without_one_it_is_that_of_what_it_feeds() -> None:
    @graph
    def bare(x):  # type: ignore[no-untyped-def]
        number(x)

    @graph
    def of_any(x: Any) -> None:
        number(x)

    @graph
    def of_what_is_no_type(x: int | str) -> None:
        number(x)

    assert {kind_of(each) for each in (bare, of_any, of_what_is_no_type)} == {"Int"}


def test_an_in_says_more_than_the_annotation() -> None:
    @graph(ins={"x": In(int)})
    def described(x: str) -> None:
        anything(x)

    @graph(ins={"x": GraphIn("words")})
    def annotated(x: int) -> None:
        anything(x)

    assert (kind_of(described), kind_of(annotated)) == ("Int", "Int")
    assert annotated.input_defs[0].description == "words"


def test_the_run_config_of_a_job_gives_it_by_its_type() -> None:
    @job
    def top(x: int) -> None:
        anything(x)

    result = top.execute_in_process(run_config={"inputs": {"x": 5}})
    assert result.output_for_node("anything") == 5
    with pytest.raises(DagjobInvalidConfigError):
        top.execute_in_process(run_config={"inputs": {"x": "a"}})


def test_so_does_that_of_a_graph_inside() -> None:
    @graph
    def inner(x: int) -> Any:
        return anything(x)

    @graph
    def of_text(x: str) -> Any:
        return number(x)

    @job
    def outer() -> None:
        inner()

    @job
    def wrong() -> None:
        of_text()

    result = outer.execute_in_process(run_config={"ops": {"inner": {"inputs": {"x": 5}}}})
    assert result.output_for_node("inner") == 5
    with pytest.raises(DagjobTypeCheckDidNotPass):  # as text it is loaded, and the op wants a number
        wrong.execute_in_process(run_config={"ops": {"of_text": {"inputs": {"x": "5"}}}})


def test_a_value_of_another_type_is_the_matter_of_the_ops() -> None:
    @graph
    def inner(x: int) -> Any:
        return anything(x)

    assert inner.to_job().execute_in_process(input_values={"x": "a"}).output_for_node("anything") == "a"


def test_an_input_annotated_as_nothing_still_brings_a_value_to_what_wants_one() -> None:
    @graph
    def inner(x: Nothing) -> Any:  # type: ignore[valid-type]
        return anything(x)

    @job
    def outer() -> None:
        inner(number())

    run_config = {"ops": {"number": {"inputs": {"x": 2}}}}
    assert outer.execute_in_process(run_config=run_config).output_for_node("inner") == 2
