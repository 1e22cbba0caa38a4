# ruff: noqa: UP007, UP045  as job modules write them
"""`Output` in an annotation stands for the value that it carries, wherever it is written."""

from __future__ import annotations

from typing import Any, Optional, Union

import pytest

from dagjob import DagjobInvalidDefinitionError, DagjobTypeCheckDidNotPass, DynamicOutput, In, Out, Output, job, op


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (Optional[Output[int]], "Int?"),
        (Output[int] | None, "Int?"),
        (Optional[Output], "Any?"),
        (list[Output[int]], "[Int]"),
        (dict[str, Output[int]], "Dict[String,Int]"),
        (tuple[Output[int], Output[str]], "Tuple[Int,String]"),
        (Output[int], "Int"),
        (Output, "Any"),
    ],
)
def test_an_input_or_output_has_the_type_inside(annotation: Any, shown: str) -> None:
    assert In(annotation).dagster_type.display_name == shown
    assert Out(annotation).dagster_type.display_name == shown


@pytest.mark.parametrize(
    "annotation", [tuple[Output[int], ...], Union[Output[int], str], DynamicOutput, Optional[DynamicOutput[int]]]
)
def test_what_dagster_refuses_is_refused(annotation: Any) -> None:
    with pytest.raises(DagjobInvalidDefinitionError):
        In(annotation)


def test_an_op_that_may_hand_back_an_output_may_hand_back_none() -> None:
    @op(out={"a": Out(), "b": Out()})
    def pair() -> tuple[Output[int] | None, Output[str]]:
        return None, Output("x")

    @job
    def of_pair() -> None:
        pair()

    result = of_pair.execute_in_process()
    assert (result.output_for_node("pair", "a"), result.output_for_node("pair", "b")) == (None, "x")


def test_an_input_annotated_as_output_gets_the_value() -> None:
    @op
    def number() -> Any:
        return 3

    @op
    def text() -> Any:
        return "x"

    @op
    def taken(value: Output[int]) -> Any:
        return value

    @job
    def fits() -> None:
        taken(number())

    @job
    def does_not() -> None:
        taken(text())

    assert fits.execute_in_process().output_for_node("taken") == 3
    with pytest.raises(DagjobTypeCheckDidNotPass):
        does_not.execute_in_process()
