"""A class in quotes inside another type: read where the function stands, as a class in quotes by itself is."""

from typing import Any, List, Optional  # noqa: UP035

import pytest

from dagjob import DagjobInvalidDefinitionError, DynamicOutput, In, Output, job, op


def types_of(definition: Any) -> list[str]:
    parts = [*definition.ins.values(), *definition.outs.values()]
    return [part.dagster_type.display_name for part in parts]


def test_a_class_in_quotes_may_stand_inside() -> None:
    @op
    def listed(a: List["Row"], b: list["Row"], c: Optional["Row"] = None) -> Output["Row"]:  # noqa: UP006
        return Output(Row())

    @op
    def mapped(a: "dict[str, 'Row']", *, b: "Row | None" = None) -> list[DynamicOutput["Row"]]:
        return [DynamicOutput(Row(), "k")]

    assert types_of(listed) == ["[Row]", "[Row]", "Row?", "Row"]
    assert types_of(mapped) == ["Dict[String,Row]", "Row?", "Row"]
    assert mapped.outs["result"].is_dynamic


def test_a_class_of_the_function_around_may_stand_inside() -> None:
    class Local: ...

    @op
    def make() -> list["Local"]:
        return [Local()]

    @op
    def use(rows: List["Local"]) -> int:  # noqa: UP006
        return len(rows)

    @job
    def j() -> None:
        use(make())

    assert j.execute_in_process().output_for_node("use") == 1


def test_a_name_that_there_is_not_is_told() -> None:
    def f(x: list["Nope"]) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(DagjobInvalidDefinitionError, match=r"list\['Nope'\].*parameter \"x\".*'Nope' is not defined"):
        op(f)


def test_in_has_no_function_to_look_around_in() -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="in quotes is read in the annotations of a function"):
        In(List["Row"])  # noqa: UP006


class Row: ...
