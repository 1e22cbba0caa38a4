"""The "Errors" section of contract def-4: what is wrong with a config, as data, and what is no schema."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from mistakes import Mistake, code, ids, make

from dagjob import (
    CheckError,
    Config,
    DagjobConfigMappingFunctionError,
    DagjobInvalidConfigDefinitionError,
    DagjobInvalidConfigError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvalidPythonicConfigDefinitionError,
    DagjobInvariantViolationError,
    Enum,
    EnumValue,
    Field,
    IntSource,
    Noneable,
    Permissive,
    Selector,
    Shape,
    StringSource,
    job,
    op,
    validate_run_config,
)

# -- reasons -------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    reason: str
    schema: Any
    config: Any
    path: str
    """Below `root:ops:f:config`."""
    tells: tuple[str, ...]


COLOR = Enum("Color", [EnumValue("RED"), EnumValue("BLUE")])
ROWS = [
    Row("RUNTIME_TYPE_MISMATCH", {"n": int}, {"n": "s"}, ":n", ("'s'", "str", "int")),
    Row("RUNTIME_TYPE_MISMATCH", {"n": int}, {"n": True}, ":n", ("True", "bool", "int")),
    Row("RUNTIME_TYPE_MISMATCH", {"n": int}, {"n": 1.0}, ":n", ("1.0", "float", "int")),
    Row("RUNTIME_TYPE_MISMATCH", {"n": int}, {"n": None}, ":n", ("None", "int")),
    Row("RUNTIME_TYPE_MISMATCH", {"n": str}, None, "", ("None",)),
    Row("RUNTIME_TYPE_MISMATCH", {"l": [int]}, {"l": (1,)}, ":l", ("(1,)", "tuple")),
    Row("RUNTIME_TYPE_MISMATCH", {"l": [int]}, {"l": [1, "x"]}, ":l[1]", ("'x'", "int")),
    Row("RUNTIME_TYPE_MISMATCH", {"m": {str: int}}, {"m": {"k": "v"}}, ":m:'k':value", ("'v'", "int")),
    Row("RUNTIME_TYPE_MISMATCH", {"m": {str: int}}, {"m": {3: 1}}, ":m:3:key", ("3", "str")),
    Row("RUNTIME_TYPE_MISMATCH", {"e": COLOR}, {"e": "GREEN"}, ":e", ("GREEN", "RED", "BLUE")),
    Row("RUNTIME_TYPE_MISMATCH", {"s": Shape({"a": int})}, {"s": 3}, ":s", ("3",)),
    Row("MISSING_REQUIRED_FIELD", {"n": int, "d": Field(int, default_value=1)}, {}, "", ("n", "{'n': 0}")),
    Row("MISSING_REQUIRED_FIELDS", {"n": int, "s": str}, {}, "", ("n", "s")),
    Row("FIELD_NOT_DEFINED", {"n": int}, {"n": 1, "zz": 1}, "", ("zz", "n")),
    Row("FIELDS_NOT_DEFINED", {"n": int}, {"n": 1, "zz": 1, "yy": 2}, "", ("zz", "yy", "n")),
    Row("FIELD_NOT_DEFINED", {"n": IntSource}, {"n": {"envv": "X"}}, ":n", ("envv", "env")),
    Row("SELECTOR_FIELD_ERROR", Selector({"a": int, "b": int}), {}, "", ("a", "b")),
    Row("SELECTOR_FIELD_ERROR", Selector({"a": int, "b": int}), {"a": 1, "b": 2}, "", ("a", "b")),
    Row("FAILED_POST_PROCESSING", {"s": StringSource}, {"s": {"env": "NOT_SET_ANYWHERE"}}, ":s", ("NOT_SET_ANYWHERE",)),
    Row("FAILED_POST_PROCESSING", {"n": IntSource}, {"n": {"env": "NO_NUMBER"}}, ":n", ("NO_NUMBER", "int")),
    Row("FIELD_ALIAS_COLLISION", Shape({"a": int}, field_aliases={"a": "b"}), {"a": 1, "b": 2}, "", ("a", "b")),
]


def error_of(schema: Any, config: Any) -> DagjobInvalidConfigError:
    @op(config_schema=schema)
    def f(context: Any) -> None: ...

    @job
    def daily() -> None:
        f()

    with pytest.raises(DagjobInvalidConfigError) as caught:
        validate_run_config(daily, {"ops": {"f": {"config": config}}})
    return caught.value


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.reason} {number}" for number, row in enumerate(ROWS)])
def test_a_reason_its_path_and_what_is_told(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_NUMBER", "many")
    error = error_of(row.schema, row.config)
    (problem,) = error.errors
    assert problem.reason.name == row.reason
    address = f"root:ops:f:config{row.path}"
    for text in (problem.message, error.error_messages[0], str(error)):
        assert address in text
        assert [word for word in row.tells if word not in text] == []
    assert problem.stack.levels[:3] == ["ops", "f", "config"]
    assert error.config_value["ops"]["f"]["config"] == row.config


def test_all_errors_of_a_document_come_in_one() -> None:
    error = error_of(
        {"n": int, "rows": [{"x": int}], "m": {str: int}}, {"n": "s", "zz": 1, "rows": [{}], "m": {"k": "v"}}
    )
    assert len(error.errors) == len(error.error_messages) == 4
    assert "daily" in str(error)
    for message in error.error_messages:
        assert message in str(error)


def test_a_variable_is_told_without_a_stack_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET_ANYWHERE", raising=False)
    assert "Traceback" not in str(error_of({"s": StringSource}, {"s": {"env": "NOT_SET_ANYWHERE"}}))


# -- definitions ---------------------------------------------------------------------------------------------------

NO_SCHEMA = DagjobInvalidConfigDefinitionError
BAD = DagjobInvalidDefinitionError
NO_FIELD = DagjobInvalidPythonicConfigDefinitionError
CLASS = """\
import typing, datetime, enum
from pydantic import BaseModel, SecretStr
class Other(BaseModel): n: int = 1
class A(Config): n: int = 1
class B(Config): m: int = 1
"""


def a_class(annotation: str) -> str:
    return f"{CLASS}class C(Config):\n  x: {annotation}\n@op\ndef f(config: C): ..."


DEFINITIONS = [
    Mistake(
        "no schema",
        NO_SCHEMA,
        ("field", "tuple"),
        """
        @op(config_schema={"field": (1, 2)})
        def f(context): ...
        """,
    ),
    Mistake(
        "no schema",
        NO_SCHEMA,
        ("None", "field"),
        """
        @op(config_schema={"field": None})
        def f(context): ...
        """,
    ),
    Mistake(
        "no schema",
        NO_SCHEMA,
        ("2",),
        """
        @op(config_schema={"field": [int, str]})
        def f(context): ...
        """,
    ),
    Mistake(
        "no schema",
        NO_SCHEMA,
        ("Thing",),
        """
        class Thing: ...

        @op(config_schema={"field": Thing})
        def f(context): ...
        """,
    ),
    Mistake(
        "no schema",
        BAD,
        ("Permissive",),
        """
        @op(config_schema=Noneable(Permissive))
        def f(context): ...
        """,
    ),
    Mistake(
        "no schema",
        BAD,
        ("List", "int"),
        """
        import typing

        @op(config_schema={"field": typing.List[int]})
        def f(context): ...
        """,
    ),
    Mistake(
        "no schema",
        BAD,
        ("[Int]",),
        """
        @op(config_schema={"field": List[Int]})
        def f(context): ...
        """,
    ),
    Mistake("bad default", DagjobInvalidConfigError, ("'x'", "int"), "Field(int, default_value='x')"),
    Mistake(
        "bad default",
        BAD,
        ("RED",),
        """
        import enum

        class E(enum.Enum):
            RED = 1

        Field(Enum.from_python_enum(E), default_value=E.RED)
        """,
    ),
    Mistake("bad default", CheckError, ("default_value",), "Field(int, default_value=lambda: 1)"),
    Mistake(
        "bad default", CheckError, ("is_required", "default_value"), "Field(int, default_value=1, is_required=True)"
    ),
    Mistake("enum twice", CheckError, ("Color", "RED"), "Enum('Color', [EnumValue('RED'), EnumValue('RED')])"),
    *(
        Mistake("no field", NO_FIELD, ("C", "x", said), a_class(annotation))
        for annotation, said in {
            "typing.Union[int, str]": "Union",
            "tuple": "tuple",
            "typing.Set[int]": "Set",
            "typing.Sequence[int]": "Sequence",
            "datetime.datetime": "datetime",
            "Other": "BaseModel",
            "typing.Optional[typing.Literal['a']]": "Literal",
            "typing.Literal[1]": "Literal",
        }.items()
    ),
    Mistake(
        "no field",
        BAD,  # as Dagster: its own Field has no place in a class
        ("C", "x"),
        CLASS
        + code(
            """
        class C(Config):
            x: int = Field(int)

        @op
        def f(config: C): ...
        """
        ),
    ),
    Mistake(
        "mapping raises",
        DagjobConfigMappingFunctionError,
        ("boom", "daily"),
        """
        @op
        def f(): ...
        def boom(c):
            raise KeyError("k")

        @job(config=ConfigMapping(boom, config_schema={}))
        def daily():
            f()

        daily.execute_in_process({})
        """,
    ),
    Mistake(
        "configured raises",
        DagjobConfigMappingFunctionError,
        ("g", "KeyError"),
        """
        @op(config_schema={"n": int})
        def f(context): ...
        @configured(f, {"a": int})
        def g(c):
            return c["lost"]

        @job
        def daily():
            g()

        daily.execute_in_process({"ops": {"g": {"config": {"a": 1}}}})
        """,
    ),
    Mistake(
        "configured returns",
        DagjobInvalidConfigError,
        ("g", "n"),
        """
        @op(config_schema={"n": int})
        def f(context): ...
        @configured(f, {"a": int})
        def g(c):
            return {"n": "x"}

        @job
        def daily():
            g()

        daily.execute_in_process({"ops": {"g": {"config": {"a": 1}}}})
        """,
    ),
    Mistake(
        "mapping parameters",
        CheckError,
        ("two", "one"),
        """
        def two(a, b): ...

        ConfigMapping(two, config_schema={})
        """,
    ),
    Mistake(
        "mapping parameters",
        CheckError,
        ("none",),
        """
        def none(): ...

        ConfigMapping(none, config_schema={})
        """,
    ),
    Mistake(
        "frozen",
        DagjobInvalidInvocationError,
        ("C",),
        """
        class C(Config):
            n: int = 1

        C().n = 2
        """,
    ),
    Mistake(
        "EnvVar in a dict",
        DagjobInvalidConfigError,
        ("root:ops:f:config:n", "env", "X"),
        """
        @op(config_schema={"n": StringSource})
        def f(context): ...
        @job
        def daily():
            f()

        validate_run_config(daily, {"ops": {"f": {"config": {"n": EnvVar("X")}}}})
        """,
    ),
    Mistake("EnvVar as text", RuntimeError, ("X",), "str(EnvVar('X'))"),
    Mistake(
        "pattern without a file", DagjobInvariantViolationError, ("none*.yaml",), "config_from_files(['none*.yaml'])"
    ),
    Mistake("empty YAML text", DagjobInvariantViolationError, (), "config_from_yaml_strings([''])"),
]


@pytest.mark.parametrize("mistake", DEFINITIONS, ids=ids(DEFINITIONS))
def test_a_mistake_in_a_schema(mistake: Mistake) -> None:
    make(mistake)


@pytest.mark.parametrize("row", ["mapping raises", "configured raises"])
def test_an_exception_of_the_user_is_the_cause(row: str) -> None:
    error = make(next(each for each in DEFINITIONS if each.row == row))
    assert isinstance(error.__cause__, KeyError)


# -- from Python, and in files -------------------------------------------------------------------------------------


def test_a_secret_is_in_no_message() -> None:
    error = error_of({"token": Field(int, is_secret=True), "n": int}, {"token": "s3cr3t-value", "n": 1})
    assert "s3cr3t-value" not in str(error) + repr(error.errors[0].message)


def test_what_a_validator_refuses_is_found_before_a_run_and_not_by_validate_run_config() -> None:
    from dagjob.plan.resolve import resolve

    class Even(Config):
        n: int

        def model_post_init(self, _: object) -> None:
            if self.n % 2:
                raise ValueError("odd")

    @op
    def f(config: Even) -> int:
        return config.n

    @job
    def daily() -> None:
        f()

    config = {"ops": {"f": {"config": {"n": 3}}}}
    validate_run_config(daily, config)
    with pytest.raises(DagjobInvalidConfigError) as caught:
        resolve(daily, config, check_instances=True)
    (problem,) = caught.value.errors
    assert (problem.reason.name, problem.stack.levels) == ("FAILED_POST_PROCESSING", ["ops", "f", "config"])


def test_every_kind_of_absence() -> None:
    @op(
        config_schema={
            "a": Noneable(int),
            "b": Permissive(),
            "c": Field(int, is_required=False),
            "d": {"e": Field(int, default_value=1)},
        }
    )
    def f(context: Any) -> dict[str, Any]:
        return dict(context.op_config)

    @job
    def daily() -> None:
        f()

    assert daily.execute_in_process().output_for_node("f") == {"a": None, "b": {}, "d": {"e": 1}}
