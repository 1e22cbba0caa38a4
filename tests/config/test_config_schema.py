"""What a user may write for a schema, and what is said about the rest."""

import enum
import subprocess
import sys
import typing

import pytest

from dagjob.config.runconfig import EnvVar
from dagjob.config.schema import (
    ANY,
    Array,
    Enum,
    EnumValue,
    Field,
    Map,
    Noneable,
    Permissive,
    Selector,
    Shape,
    StringSource,
    to_field,
    to_schema,
)
from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigDefinitionError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
)


def test_short_forms_mean_their_long_ones():
    assert repr(to_schema({"a": [int], "b": {str: float}, "c": list, "d": dict, "e": typing.Any})) == repr(
        Shape({"a": Array(int), "b": Map(str, float), "c": Array(ANY), "d": Permissive(), "e": ANY})
    )
    assert to_schema(None) is ANY


def test_a_dict_with_one_named_key_is_a_shape():
    assert isinstance(to_schema({"a": int}), Shape)
    assert isinstance(to_schema({int: str}), Map)


@pytest.mark.parametrize(
    ("thing", "error", "tells"),
    [
        ({"a": {"b": None}}, DagjobInvalidConfigDefinitionError, ["a:b", "Noneable"]),
        ({"a": [int, str]}, DagjobInvalidConfigDefinitionError, ["a", "one element"]),
        ((int,), DagjobInvalidConfigDefinitionError, ["tuple"]),
        ({"x": object()}, DagjobInvalidConfigDefinitionError, ["x", "object"]),
        ({"x": "int"}, DagjobInvalidConfigDefinitionError, ["'int'"]),
        ({1: int}, DagjobInvalidConfigDefinitionError, ["1"]),
        ({"x": [Field(int)]}, DagjobInvalidConfigDefinitionError, ["Field"]),
        (int | None, DagjobInvalidDefinitionError, ["Noneable(int)"]),
        ({"x": typing.List[int]}, DagjobInvalidDefinitionError, ["x", "[int]"]),  # noqa: UP006
        (list[int], DagjobInvalidDefinitionError, ["[int]"]),
        (typing.Optional[int], DagjobInvalidDefinitionError, ["Noneable(int)"]),  # noqa: UP045
        (Permissive, DagjobInvalidDefinitionError, ["Permissive("]),
        (enum.Enum, DagjobInvalidConfigDefinitionError, ["Enum"]),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place_and_what_to_write(thing, error, tells):
    with pytest.raises(error) as raised:
        to_schema(thing)
    assert type(raised.value) is error
    for word in tells:
        assert word in str(raised.value)


def test_a_schema_class_inside_another_is_refused():
    with pytest.raises(DagjobInvalidDefinitionError, match=r"Permissive\("):
        Noneable(Permissive)


def test_the_keys_of_a_map_are_scalars():
    with pytest.raises(DagjobInvalidConfigDefinitionError):
        Map([int], int)


def test_an_enum_has_each_value_once():
    with pytest.raises(CheckError, match="'A' twice"):
        Enum("E", [EnumValue("A"), EnumValue("A")])


@pytest.mark.parametrize(
    ("schema", "required", "default"),
    [
        (int, True, None),
        (Noneable(int), False, None),
        ({"a": Noneable(int)}, False, {"a": None}),
        ({"a": int}, True, None),
        (Permissive(), False, {}),
        (Selector({"a": Field(int, default_value=1)}), False, {"a": 1}),
        (Selector({"a": int}), True, None),
        (Selector({"a": Noneable(int), "b": Noneable(int)}), True, None),
        ([int], True, None),
        ({str: int}, True, None),
        (typing.Any, True, None),
        (StringSource, True, None),
    ],
)
def test_a_field_is_required_unless_its_schema_says_what_nothing_means(schema, required, default):
    field = to_field(schema)
    assert (field.is_required, field.default_provided) == (required, not required)
    if not required:
        assert field.default_value == default


def test_a_default_makes_a_field_optional_and_a_requirement_with_default_is_refused():
    assert not Field(int, default_value=3).is_required
    assert not Field(int, is_required=False).default_provided
    with pytest.raises(CheckError):
        Field(int, default_value=3, is_required=True)
    with pytest.raises(CheckError):
        Field(int, default_value=lambda: 3)


def test_a_field_without_default_has_none_to_read():
    with pytest.raises(DagjobInvalidDefinitionError):
        Field(int).default_value


def test_a_default_is_checked_where_it_is_written():
    with pytest.raises(DagjobInvalidConfigError) as raised:
        Field({"a": int}, default_value={"a": "x", "b": 1})
    assert [problem.reason.name for problem in raised.value.errors] == ["FIELD_NOT_DEFINED", "RUNTIME_TYPE_MISMATCH"]


def test_the_default_of_an_enum_is_a_name_not_a_python_member():
    class Color(enum.Enum):
        RED = 1

    schema = Enum.from_python_enum(Color)
    assert Field(schema, default_value="RED").default_value == "RED"
    with pytest.raises(DagjobInvalidDefinitionError, match="'RED'"):
        Field(schema, default_value=Color.RED)


def test_an_env_var_default_is_read_at_run():
    assert Field(StringSource, default_value=EnvVar("X")).default_value == {"env": "X"}


def test_schemas_load_neither_pydantic_nor_dataclasses():
    code = (
        "import sys, dagjob.config.schema\n"
        "print([m for m in ('pydantic', 'dataclasses', 'inspect', 'difflib', 'json') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
