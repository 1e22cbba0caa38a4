"""A config schema as JSON Schema: it is one, and it judges documents as dagjob does.

Where the two cannot agree the generators keep away, and the reasons are written beside them and in the docs.
"""

from __future__ import annotations

import enum
import json
from typing import Any, Literal, Optional

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field as PydanticField
from pydantic import SecretStr

from dagjob.config.json_schema import to_json_schema
from dagjob.config.kind import check, resolve
from dagjob.config.pydantic_config import Config, PermissiveConfig
from dagjob.config.pydantic_fields import schema_of
from dagjob.config.pydantic_problems import instance_problems
from dagjob.config.schema import (
    Array,
    BoolSource,
    Enum,
    EnumValue,
    Field,
    IntSource,
    Map,
    Noneable,
    Permissive,
    ScalarUnion,
    Schema,
    Selector,
    Shape,
    StringSource,
    to_schema,
)

Validator = jsonschema.Draft202012Validator


def accepts(made: dict[str, Any], document: Any) -> bool:
    return bool(Validator(made).is_valid(document))


# -- generated schemas and documents -------------------------------------------------------------------------------

NAMES = ("a", "b", "c", "d")
SCALARS: list[Any] = [int, float, bool, str, Any, StringSource, IntSource, BoolSource]


def _fields(inner: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    field = st.builds(
        lambda schema, required: Field(schema, is_required=required), inner, st.sampled_from([None, True, False])
    )
    return st.dictionaries(st.sampled_from(NAMES), st.one_of(inner, field), min_size=least, max_size=3)


def _with_parts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        inner.map(Noneable),
        inner.map(Array),
        inner.map(lambda schema: Map(str, schema)),
        _fields(inner).map(Shape),
        _fields(inner).map(Permissive),
        _fields(inner, 1).map(Selector),
        st.builds(ScalarUnion, st.sampled_from([int, str, StringSource]), _fields(inner, 2).map(Shape)),
        st.builds(ScalarUnion, st.sampled_from([int, str]), inner.map(Array)),
        st.builds(lambda name: Enum(name, [EnumValue("RED"), EnumValue("BLUE")]), st.sampled_from(NAMES)),
    )


SCHEMAS = st.recursive(st.sampled_from(SCALARS), _with_parts, max_leaves=8)

# An integral float is an integer to JSON Schema, and none to dagjob; keys of JSON are text; NaN is no JSON.
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.floats(-9, 9, allow_nan=False).filter(lambda number: number != int(number)),
    st.sampled_from(["", "RED", "BLUE", "text"]),
    st.just({"env": "SET"}),
)
KEYS = st.sampled_from([*NAMES, "env"])
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=8
)


def fitting(schema: Any, draw: st.DrawFn) -> Any:
    """A document that fits a schema, or nearly: what is random alone would hardly ever fit."""
    if draw(st.integers(0, 9)) == 0:
        return draw(DOCUMENTS)
    match schema:
        case Field():
            return fitting(schema.config_type, draw)
        case Noneable():
            return None if draw(st.booleans()) else fitting(schema.inner_type, draw)
        case Array():
            return [fitting(schema.inner_type, draw) for _ in range(draw(st.integers(0, 2)))]
        case Map():
            return {name: fitting(schema.inner_type, draw) for name in NAMES[: draw(st.integers(0, 2))]}
        case Shape():
            left_out = draw(st.sets(st.sampled_from(NAMES), max_size=1))
            return {name: fitting(field, draw) for name, field in schema.fields.items() if name not in left_out}
        case Selector():
            name = draw(st.sampled_from(list(schema.fields)))
            return {name: None if draw(st.integers(0, 4)) == 0 else fitting(schema.fields[name], draw)}
        case ScalarUnion():
            return fitting(draw(st.sampled_from([schema.scalar_type, schema.non_scalar_type])), draw)
        case Enum():
            return draw(st.sampled_from(["RED", "BLUE", "red"]))
    return draw(LEAVES)


@st.composite  # Once: Hypothesis parses what it is made of.
def documents(draw: Any, schema: Schema) -> Any:
    return fitting(schema, draw)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_json_schema_and_dagjob_agree(data: st.DataObject) -> None:
    schema = to_schema(data.draw(SCHEMAS))
    made = to_json_schema(schema)
    Validator.check_schema(made)
    for _ in range(3):
        document = data.draw(documents(schema))
        ours = not check(schema, document).problems
        assert accepts(made, document) == ours, (json.dumps(made), document)


# -- Config classes ------------------------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Cat(Config):
    kind: Literal["cat"] = "cat"
    lives: int = PydanticField(9, ge=0, le=9)


class Dog(Config):
    kind: Literal["dog"] = "dog"
    name: str = PydanticField(min_length=2, pattern="^[a-z]+$")


class Open(PermissiveConfig):
    known: int = 1


class Everything(Config):
    """All kinds of fields."""

    path: str = PydanticField(description="where it lies", examples=["a.csv"])
    limit: int = PydanticField(10, gt=0, multiple_of=5)
    ratio: Optional[float] = PydanticField(None, lt=1)  # noqa: UP045
    flag: bool = False
    color: Color = Color.RED
    mode: Literal["fast", "slow"] = "fast"
    numbers: list[int] = PydanticField([], max_length=2)
    by_name: dict[str, list[int]] = {}
    pet: Cat | Dog = PydanticField(discriminator="kind")
    nested: Cat = Cat()
    more: Open = Open()
    token: SecretStr = SecretStr("secret")
    renamed: int = PydanticField(1, alias="other")


WHOLE = {"path": "x", "pet": {"cat": {}}}


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"limit": 15}, True),
        ({"limit": 0}, False),
        ({"limit": 12}, False),
        ({"limit": None}, False),
        ({"limit": {"env": "N"}}, True),
        ({"ratio": None}, True),
        ({"ratio": 2.5}, False),
        ({"ratio": {"env": "N"}}, False),
        ({"color": "RED"}, True),
        ({"color": "r"}, False),
        ({"mode": "slow"}, True),
        ({"mode": "slower"}, False),
        ({"numbers": [1, 2]}, True),
        ({"numbers": [1, 2, 3]}, False),
        ({"numbers": ["1"]}, False),
        ({"by_name": {"a": [1]}}, True),
        ({"by_name": {"a": 1}}, False),
        ({"pet": {"cat": {"lives": 3}}}, True),
        ({"pet": {"cat": None}}, True),
        ({"pet": {"cat": {"lives": 10}}}, False),
        ({"pet": {"dog": {"name": "rex"}}}, True),
        ({"pet": {"dog": {"name": "R"}}}, False),
        ({"pet": {"dog": None}}, False),
        ({"pet": {"kind": "cat"}}, False),
        ({"pet": {}}, False),
        ({"nested": {"lives": 1}}, True),
        ({"nested": {"lifes": 1}}, False),
        ({"more": {"known": 2, "unknown": [1]}}, True),
        ({"token": "x"}, True),
        ({"token": 3}, False),
        ({"other": 3}, True),
        ({"renamed": 3}, False),
        ({"unknown": 3}, False),
        ({"path": None}, False),
    ],
)
def test_a_config_class_is_judged_as_pydantic_judges_it(changes: dict[str, Any], fits: bool) -> None:
    document = {**WHOLE, **changes}
    schema: Schema = schema_of(Everything)
    assert accepts(to_json_schema(schema), document) == fits
    found = resolve(schema, document, {"N": "5"})
    assert (not found.problems and not instance_problems(Everything, found.value)) == fits


def test_the_words_of_a_class_and_its_fields_are_in_the_schema() -> None:
    made = to_json_schema(schema_of(Everything))
    properties = made["properties"]
    assert made["description"] == "All kinds of fields."
    assert properties["path"]["description"] == "where it lies"
    assert properties["path"]["examples"] == ["a.csv"]
    assert properties["limit"]["default"] == 10
    assert properties["color"] == {"type": "string", "enum": ["RED", "BLUE"], "default": "RED"}
    assert properties["token"]["writeOnly"] is True
    assert "secret" not in json.dumps(made)
    assert made["required"] == ["path", "pet"]


def test_a_shape_that_is_used_twice_stands_once() -> None:
    made = to_json_schema(Shape({"one": schema_of(Cat), "two": Array(schema_of(Cat))}))
    assert made["properties"]["one"] == {"$ref": "#/$defs/Cat"}
    assert made["properties"]["two"]["items"] == {"$ref": "#/$defs/Cat"}
    assert accepts(made, {"two": [{"lives": 1}]})
    assert not accepts(made, {"two": [{"lives": 99}]})


def test_aliases_of_a_shape() -> None:
    made = to_json_schema(Shape({"a": int}, field_aliases={"a": "b"}))
    assert [accepts(made, one) for one in ({"a": 1}, {"b": 1}, {}, {"a": 1, "b": 2})] == [True, True, False, False]


def test_keys_that_are_no_text_are_judged_by_what_they_look_like() -> None:
    made = to_json_schema(Map(int, str))
    assert accepts(made, {"1": "x"})
    assert not accepts(made, {"one": "x"})
