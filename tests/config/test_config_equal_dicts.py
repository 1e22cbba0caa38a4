"""Two dicts of fields that say the same are equal, as Dagster makes each once."""

from __future__ import annotations

from typing import Any

import pytest

from dagjob import Array, Field, Map, Permissive, Selector, Shape


@pytest.mark.parametrize(
    "make",
    [
        lambda: Shape({"a": int}),
        lambda: Shape({"a": [int], "b": {"c": Field(str, default_value="x")}}),
        lambda: Shape({"b": int, "a": int}),
        lambda: Permissive({"a": int}),
        lambda: Permissive(),
        lambda: Selector({"a": {"b": int}}),
        lambda: Shape({"a": Map(str, int)}),
    ],
)
def test_what_says_the_same_is_equal(make: Any) -> None:
    assert make() == make()
    assert len({make(), make()}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Shape({"a": str}),
        Shape({"b": int}),
        Shape({"a": int, "b": int}),
        Shape({"a": Field(int, default_value=2)}),
        Shape({"a": Field(int, description="words")}),
        Shape({"a": int}, description="words"),
        Shape({"a": int}, field_aliases={"a": "x"}),
        Permissive({"a": int}),
        Shape({"a": [int]}),
        Shape({"a": Array(str)}),
        {"a": int},
    ],
)
def test_what_says_something_else_is_not(other: object) -> None:
    assert Shape({"a": int}) != other


def test_maps_inside_with_other_keys_differ() -> None:
    assert Shape({"a": Map(str, int)}) != Shape({"a": Map(int, int)})


def test_the_order_of_the_fields_does_not_count() -> None:
    assert Shape({"a": int, "b": str}) == Shape({"b": str, "a": int})
