"""A value against a schema: what it becomes, and everything that is wrong with it."""

import enum

import pytest

from dagjob.config.kind import check, resolve
from dagjob.config.problems import DagjobEvaluationErrorReason as Reason
from dagjob.config.runconfig import EnvVar
from dagjob.config.schema import (
    ANY,
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
    Selector,
    Shape,
    StringSource,
    to_schema,
)


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


ALL = {
    "i": int,
    "f": float,
    "n": Noneable(int),
    "l": [str],
    "m": {str: int},
    "p": Permissive({"k": int}),
    "d": Field(int, default_value=4),
    "s": Selector({"file": str, "db": {"url": str}}),
    "e": Enum("Color", [EnumValue("RED", 1), EnumValue("BLUE")]),
    "u": ScalarUnion(str, {"x": int}),
    "o": {"q": Field(bool, default_value=True)},
}
FITS = {
    "i": 1,
    "f": 2,
    "n": None,
    "l": ["a"],
    "m": {"a": 1},
    "p": {"k": 1, "z": [1]},
    "s": {"db": {"url": "x"}},
    "e": "RED",
    "u": {"x": 1},
}


def value_of(schema, value, environ=None):
    checked = check(to_schema(schema), value) if environ is None else resolve(to_schema(schema), value, environ)
    assert checked.success, [problem.message for problem in checked.problems]
    return checked.value


def problems_of(schema, value, environ=None):
    checked = check(to_schema(schema), value) if environ is None else resolve(to_schema(schema), value, environ)
    return [(problem.reason.name, problem.path) for problem in checked.problems]


def test_every_kind_is_filled_in_and_resolved_in_the_order_of_the_schema():
    resolved = value_of(ALL, FITS, {})
    assert resolved == {**FITS, "f": 2.0, "d": 4, "e": 1, "o": {"q": True}}
    assert list(resolved) == list(ALL)
    assert type(resolved["f"]) is float


def test_checking_alone_keeps_names_of_enums_and_environment_forms():
    schema = {"e": Enum.from_python_enum(Color), "s": StringSource}
    assert value_of(schema, {"e": "RED", "s": {"env": "X"}}) == {"e": "RED", "s": {"env": "X"}}
    assert value_of(schema, {"e": "RED", "s": {"env": "X"}}, {"X": "x"}) == {"e": Color.RED, "s": "x"}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (int, [0, -1], [True, 1.0, "1", None, []]),
        (float, [0, 1.5, True], ["1", None]),
        (str, ["", "x"], [1, None, b"x"]),
        (bool, [True, False], [0, "true", None]),
        (ANY, [None, 1, "x", [object]], []),
        (Noneable(int), [None, 1], ["x"]),
        ([int], [[], [1]], [(1,), None, {}, 1]),
        ({str: int}, [{}, {"a": 1}], [[], None]),
        (list, [[], [1, "x", None]], [(1,), None]),
        (dict, [{}, {"a": object}], [[], None]),
        (ScalarUnion(str, [int]), ["x", [1]], [1, None, {}]),
        (Enum("E", [EnumValue("A")]), ["A"], ["B", 1, None]),
        (Selector({"a": int, "b": int}), [{"a": 1}], [{}, {"a": 1, "b": 1}, {"c": 1}, None, "a"]),
        (StringSource, ["x", {"env": "X"}], [1, None, {"env": 1}, {"enw": "X"}, {}, {"env": "X", "y": 1}]),
        (IntSource, [1, {"env": "X"}], ["1", True, None]),
        (BoolSource, [True, {"env": "X"}], ["true", None]),
    ],
)
def test_what_each_kind_accepts(schema, good, bad):
    made = to_schema(schema)
    assert [value for value in good if check(made, value).problems] == []
    assert [value for value in bad if not check(made, value).problems] == []


def test_an_env_var_object_is_no_raw_config_and_the_message_says_what_to_write():
    for schema in (str, ANY, StringSource):
        (problem,) = check(to_schema(schema), EnvVar("DB_URL")).problems
        assert problem.reason is Reason.RUNTIME_TYPE_MISMATCH
        assert '{"env": "DB_URL"}' in problem.message
    assert problems_of(IntSource, EnvVar.int("N")) == [("RUNTIME_TYPE_MISMATCH", ())]


def test_sources_read_the_environment_that_they_are_given():
    schema = {"s": StringSource, "i": IntSource, "b": BoolSource}
    config = {"s": {"env": "S"}, "i": {"env": "I"}, "b": {"env": "B"}}
    assert value_of(schema, config, {"S": "", "I": "42", "B": "None"}) == {"s": "", "i": 42, "b": False}
    assert value_of(schema, config, {"S": "x", "I": "-1", "B": "no"}) == {"s": "x", "i": -1, "b": True}
    assert problems_of(schema, config, {"I": "4x", "B": "1"}) == [
        ("FAILED_POST_PROCESSING", ("i",)),
        ("FAILED_POST_PROCESSING", ("s",)),
    ]


def test_the_message_about_an_unset_variable_names_it_and_its_path():
    (problem,) = resolve(to_schema({"a": [StringSource]}), {"a": [{"env": "UNSET_X"}]}, {}).problems
    assert problem.code == "DJ204"
    assert "UNSET_X" in problem.message and "root:a[0]" in problem.message


def test_no_environment_is_read_inside_the_extra_keys_of_a_permissive():
    assert value_of(Permissive(), {"x": {"env": "NOT_SET"}}, {}) == {"x": {"env": "NOT_SET"}}


def test_a_selector_of_one_optional_field_may_be_empty():
    assert value_of(Selector({"only": Field(int, default_value=3)}), {}) == {"only": 3}
    assert problems_of(Selector({"only": int}), {}) == [("SELECTOR_FIELD_ERROR", ())]


def test_null_under_a_selected_key_stands_for_an_empty_dict():
    schema = Selector({"a": {"x": Field(int, default_value=1)}, "b": Permissive()})
    assert value_of(schema, {"a": None}) == {"a": {"x": 1}}
    assert problems_of(Selector({"a": int, "b": int}), {"a": None}) == [("RUNTIME_TYPE_MISMATCH", ("a",))]


def test_a_field_without_default_that_need_not_be_there_is_left_out():
    assert value_of({"x": Field(int, is_required=False)}, {}) == {}


def test_a_default_is_a_new_object_each_time():
    schema = to_schema({"x": Field(list, default_value=[[1]]), "y": Field(ANY, default_value={"k": []})})
    first, second = check(schema, {}).value, check(schema, {}).value
    first["x"][0].append(2)
    first["y"]["k"].append(2)
    assert second == {"x": [[1]], "y": {"k": []}}


def test_a_field_may_be_given_by_its_alias_but_not_twice():
    schema = Shape({"a": int, "c": int}, field_aliases={"a": "b"})
    assert value_of(schema, {"b": 1, "c": 2}) == {"a": 1, "c": 2}
    assert value_of(schema, {"a": 1, "c": 2}) == {"a": 1, "c": 2}
    (problem,) = check(schema, {"a": 1, "b": 1, "c": 2}).problems
    assert problem.reason is Reason.FIELD_ALIAS_COLLISION
    assert '"a"' in problem.message and '"b"' in problem.message


def test_all_problems_are_told_at_once_unknown_then_missing_then_fields_by_name():
    schema = {"n": int, "rows": [{"x": int}], "m": {str: int}, "gone": str, "also": str}
    found = check(to_schema(schema), {"n": "s", "zz": 1, "rows": [{"x": 1}, {}], "m": {"k": "v"}, "yy": 1}).problems
    assert [(problem.reason.name, problem.stack.levels) for problem in found] == [
        ("FIELDS_NOT_DEFINED", []),
        ("MISSING_REQUIRED_FIELDS", []),
        ("RUNTIME_TYPE_MISMATCH", ["m"]),
        ("RUNTIME_TYPE_MISMATCH", ["n"]),
        ("MISSING_REQUIRED_FIELD", ["rows"]),
    ]
    assert "root:rows[1]" in found[4].message
    assert "root:m:'k':value" in found[2].message
    assert found[4].stack.entries[1].list_index == 1


def test_a_problem_of_a_map_tells_key_from_value():
    bad_key, bad_value = check(Map(str, int), {1: "x"}).problems
    assert (bad_key.path, bad_key.at) == ((1,), "key")
    assert (bad_value.path, bad_value.at) == ((1,), "value")


def test_an_unknown_key_is_addressed_itself_and_its_neighbour_suggested():
    (problem,) = check(to_schema({"limit": Field(int, default_value=1)}), {"limitt": 5}).problems
    assert (problem.code, problem.path, problem.at, problem.suggestion) == ("DJ201", ("limitt",), "key", "limit")


def test_several_keys_can_be_told_one_by_one():
    unknown, missing = check(to_schema({"a": int, "b": {"c": str}}), {"x": 1, "y": 2}).problems
    assert [one.path for one in unknown.split()] == [("x",), ("y",)]
    assert {one.reason for one in unknown.split()} == {Reason.FIELD_NOT_DEFINED}
    assert [(one.keys, one.needs) for one in missing.split()] == [
        (("a",), ((("a",), "int"),)),
        (("b",), ((("b", "c"), "str"),)),
    ]


def test_a_missing_key_comes_with_an_example_to_paste():
    (problem,) = check(to_schema({"config": {"n": int, "s": str, "o": Noneable(str)}}), {}).problems
    assert "{'config': {'n': 0, 's': '...'}}" in problem.message


def test_the_value_of_a_secret_field_is_in_no_message():
    schema = to_schema({"token": Field({"a": int}, is_secret=True), "e": Field(str, is_secret=True)})
    for problem in check(schema, {"token": {"a": "hunter2"}, "e": 77777}).problems:
        assert "hunter2" not in problem.message + problem.got
        assert "77777" not in problem.message + problem.got


def test_values_whose_repr_raises_are_still_told():
    class Rude:
        def __repr__(self):
            raise ValueError

    (problem,) = check(to_schema(int), Rude()).problems
    assert "Rude" in problem.message


def test_keys_that_are_no_strings_are_unknown_keys():
    assert problems_of({"a": int}, {"a": 1, 2: 3}) == [("FIELD_NOT_DEFINED", (2,))]
    assert problems_of({"a": int}, {"a": 1, 2: 3, None: 4}) == [("FIELDS_NOT_DEFINED", ())]


def test_an_integer_too_large_for_a_float_is_a_mismatch():
    assert problems_of(float, 10**400, {}) == [("RUNTIME_TYPE_MISMATCH", ())]


def test_the_elements_of_arrays_may_be_anything_that_is_no_field():
    assert value_of(Array({"a": Noneable([int])}), [{"a": [1]}, {}]) == [{"a": [1]}, {"a": None}]


def test_what_an_empty_selector_holds_depends_on_its_one_field():
    def empty(schema):
        return resolve(Selector({"a": Field(schema, is_required=False)}), {}, {}).value

    assert [empty(schema) for schema in (str, [int], {str: int}, {"b": Field(int, default_value=2)})] == [
        {"a": None},
        {"a": []},
        {"a": {}},
        {"a": {"b": 2}},
    ]


def test_the_keys_of_a_map_are_told_before_its_values():
    problems = check(Map(int, int), {"x": "y", "z": 1}).problems
    assert [problem.trail[-1] for problem in problems] == [("key", "x"), ("key", "z"), ("value", "x")]


def test_a_source_with_several_keys_selects_badly_and_with_a_wrong_one_has_an_unknown_key():
    def reason(value):
        (problem,) = check(StringSource, value).problems
        return problem.reason.name

    assert [reason(value) for value in ({}, {"env": "A", "x": 1}, {"envv": "A"})] == [
        "SELECTOR_FIELD_ERROR",
        "SELECTOR_FIELD_ERROR",
        "FIELD_NOT_DEFINED",
    ]
