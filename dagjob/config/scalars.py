"""The kinds of config for values without parts: scalars, environment sources, choices, and anything at all."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum as PythonEnum
from typing import ClassVar

from dagjob.config.kind import PYTHON_TYPES, Schema
from dagjob.config.runconfig import EnvVar, FromEnvironment, IntEnvVar
from dagjob.errors import CheckError, ParameterCheckError

if typing.TYPE_CHECKING:
    from dagjob.config.json_schema import Drawing, JsonSchema
    from dagjob.config.kind import Walk


class AnyValue(Schema):
    """Everything, None too, kept as it is, but for each `EnvVar` of the code, at any depth."""

    __slots__ = ()

    def accept(self, value: object, walk: Walk) -> object:
        if isinstance(value, EnvVar | IntEnvVar):
            return walk.mismatch(self, value)
        if walk.resolving and isinstance(value, dict | list) and any(_variables(value)):
            return self._read(value, walk)
        return value

    def _read(self, value: object, walk: Walk) -> object:
        """The same with what the variables hold."""
        if isinstance(value, FromEnvironment):
            return (IntSource if value.is_int else StringSource).accept(value, walk)
        if isinstance(value, dict):
            return {key: walk.inside("field", key, self, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [walk.inside("item", at, self, inner) for at, inner in enumerate(value)]
        return value

    def type_name(self, depth: int = 3) -> str:
        return "Any"

    def expectation(self) -> str:
        return "a value"


def _variables(value: object) -> Iterator[bool]:
    """True for each `EnvVar` that stands in a value. A part that stands there twice is looked into once."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, FromEnvironment):
            yield True
        elif isinstance(here, dict | list) and id(here) not in seen:
            seen.add(id(here))
            waiting += here.values() if isinstance(here, dict) else here


# -- scalars -------------------------------------------------------------------------------------------------------


class Scalar(Schema):
    """One number, text, or true or false: the value itself, never coerced (but an int is a float)."""

    __slots__ = ()

    name: ClassVar[str]
    wanted: ClassVar[str]
    sample: ClassVar[object]
    form: ClassVar[Mapping[str, object]]
    """Its JSON Schema."""
    key_form: ClassVar[Mapping[str, object] | None] = None
    """The JSON Schema of the text that stands for it as a key of JSON."""

    def from_text(self, text: str) -> object:
        """What the text of an environment variable means. Raises ValueError where it means nothing."""
        return text

    def type_name(self, depth: int = 3) -> str:
        return self.name

    def expectation(self) -> str:
        return self.wanted

    def example(self) -> object:
        return self.sample

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return dict(self.form)


def _is_int(value: object) -> typing.TypeGuard[int]:
    return type(value) is int or (isinstance(value, int) and not isinstance(value, bool | IntEnvVar))


class Int(Scalar):
    """An integer; true and false are none."""

    __slots__ = ()
    name, wanted, sample = "int", "an integer", 0
    form: ClassVar = {"type": "integer"}
    key_form: ClassVar = {"pattern": r"^[-+]?[0-9]+$"}

    def accept(self, value: object, walk: Walk) -> object:
        return value if _is_int(value) else walk.mismatch(self, value)

    def from_text(self, text: str) -> object:
        return int(text)


class Count(Int):
    """An integer of 0 or more. For schemas of our own: what a user writes cannot say it."""

    __slots__ = ()
    name, wanted = "int >= 0", "an integer of 0 or more"
    form: ClassVar = {"type": "integer", "minimum": 0}

    def accept(self, value: object, walk: Walk) -> object:
        return value if _is_int(value) and value >= 0 else walk.mismatch(self, value)


class AtLeastOne(Count):
    """An integer of 1 or more; like `Count`, for schemas of our own."""

    __slots__ = ()
    name, wanted, sample = "int >= 1", "an integer of 1 or more", 1
    form: ClassVar = {"type": "integer", "minimum": 1}

    def accept(self, value: object, walk: Walk) -> object:
        return value if _is_int(value) and value >= 1 else walk.mismatch(self, value)


class Float(Scalar):
    """A number. True and false pass too, as in Dagster, and only here."""

    __slots__ = ()
    name, wanted, sample = "float", "a number", 0.0
    form: ClassVar = {"type": ["number", "boolean"]}
    key_form: ClassVar = {"pattern": r"^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$"}

    def accept(self, value: object, walk: Walk) -> object:
        if isinstance(value, float | int) and not isinstance(value, IntEnvVar):
            if not walk.resolving:
                return value
            try:
                return float(value)
            except OverflowError:
                pass
        return walk.mismatch(self, value)

    def from_text(self, text: str) -> object:
        return float(text)


class Bool(Scalar):
    """True or false."""

    __slots__ = ()
    name, wanted, sample = "bool", "true or false", True
    form: ClassVar = {"type": "boolean"}
    key_form: ClassVar = {"enum": ["true", "false"]}

    def accept(self, value: object, walk: Walk) -> object:
        return value if isinstance(value, bool) else walk.mismatch(self, value)

    def from_text(self, text: str) -> object:
        return text.lower() not in ("false", "none", "0", "")


class String(Scalar):
    """Text."""

    __slots__ = ()
    name, wanted, sample = "str", "text", "..."
    form: ClassVar = {"type": "string"}

    def accept(self, value: object, walk: Walk) -> object:
        if type(value) is str or (isinstance(value, str) and not isinstance(value, EnvVar)):
            return value
        return walk.mismatch(self, value)


LEVEL_NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "WARN", "FATAL")
"""The log levels; the last two are other names of what is there."""


class LogLevel(String):
    """The name of a log level, in any case.

    To the check it is text: who makes the logger refuses another one, as in Dagster.
    """

    __slots__ = ()
    wanted, sample = f"one of {', '.join(LEVEL_NAMES[:5])}", "INFO"

    def choices(self) -> tuple[str, ...]:
        return LEVEL_NAMES

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        in_any_case = ("".join(f"[{sign}{sign.lower()}]" for sign in name) for name in LEVEL_NAMES)
        return {"type": "string", "pattern": f"^({'|'.join(in_any_case)})$", "examples": [self.sample]}


# -- sources and choices -------------------------------------------------------------------------------------------


class Source(Schema):
    """A str, int or bool, or `{"env": "NAME"}` for the variable's value at run."""

    __slots__ = ("scalar",)

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = scalar

    def accept(self, value: object, walk: Walk) -> object:
        if not isinstance(value, dict):
            return self.scalar.accept(value, walk)
        if value.keys() == {"env"}:
            return self._from_environment(value, walk)
        from dagjob.config.problems import no_source

        walk.add(no_source(tuple(walk.trail), list(value), self))
        return value

    def _from_environment(self, value: dict[typing.Any, object], walk: Walk) -> object:
        name = value["env"]
        text = None
        if type(name) is str:
            if walk.environ is None:
                return value
            text = walk.environ.get(name)
            if text is not None:
                walk.read.append((str(next((at for kind, at in reversed(walk.trail) if kind != "item"), "")), name))
                try:
                    return self.scalar.from_text(text)
                except ValueError:
                    pass
        self._refuse(name, text, walk)
        return value

    def _refuse(self, name: object, text: str | None, walk: Walk) -> None:
        from dagjob.config import problems

        if type(name) is not str:
            must = "the name of an environment variable"
            walk.add(problems.mismatch((*walk.trail, ("field", "env")), self, name, must=must))
        elif text is None:
            walk.add(problems.not_in_environment(tuple(walk.trail), name))
        else:
            walk.add(problems.unreadable_environment(tuple(walk.trail), name, self))

    def type_name(self, depth: int = 3) -> str:
        return self.scalar.type_name(depth)

    def expectation(self) -> str:
        return self.scalar.expectation()

    def example(self) -> object:
        return self.scalar.example()

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return {"anyOf": [drawing.of(self.scalar), drawing.environment_variable()]}


class EnumValue:
    """One choice of an `Enum`: what the config says, and what the op gets (by default the same string)."""

    __slots__ = ("config_value", "description", "python_value")

    def __init__(self, config_value: str, python_value: object = None, description: str | None = None) -> None:
        if not isinstance(config_value, str):
            raise ParameterCheckError(f"EnumValue: config_value must be a str, not {config_value!r}")
        self.config_value = config_value
        self.python_value = config_value if python_value is None else python_value
        self.description = description


class Enum(Schema):
    """One of a few named values, given by name."""

    __slots__ = ("enum_values", "name", "values")

    def __init__(self, name: str, enum_values: Sequence[EnumValue]) -> None:
        self.name = name
        self.enum_values = list(enum_values)
        self.values: dict[str, object] = {}
        for choice in self.enum_values:
            if not isinstance(choice, EnumValue):
                raise CheckError(f"Enum {name!r}: {choice!r} is no EnumValue")
            if choice.config_value in self.values:
                raise CheckError(f"Enum {name!r} has the value {choice.config_value!r} twice")
            self.values[choice.config_value] = choice.python_value

    @property
    def config_values(self) -> list[str]:
        """What the config may say."""
        return list(self.values)

    @classmethod
    def from_python_enum(cls, enum: type[typing.Any], name: str | None = None) -> Enum:
        """The members of a Python enum by name; the op gets the member."""
        return cls(name or enum.__name__, [EnumValue(m.name, python_value=m) for m in enum])

    @classmethod
    def from_python_enum_direct_values(cls, enum: type[typing.Any], name: str | None = None) -> Enum:
        """The members of a Python enum by name; the op gets the member's value."""
        return cls(name or enum.__name__, [EnumValue(m.name, python_value=m.value) for m in enum])

    def accept(self, value: object, walk: Walk) -> object:
        if isinstance(value, PythonEnum):
            value = self._name_of(value)
        if isinstance(value, str) and value in self.values:
            return self.values[value] if walk.resolving else value
        return walk.mismatch(self, value)

    def _name_of(self, member: PythonEnum) -> object:
        """The name by which a config would give this member; the member itself where it is no choice."""
        for name, meant in self.values.items():
            if meant is member or (name == member.name and meant == member.value):
                return name
        return member

    def type_name(self, depth: int = 3) -> str:
        from dagjob.config.describe import MOST

        return self.name if len(self.values) > MOST else f"{self.name} ({', '.join(self.values)})"

    def expectation(self) -> str:
        from dagjob.config.describe import listed

        return f"one of {listed(self.values)}"

    def choices(self) -> tuple[str, ...]:
        return tuple(self.values)

    def example(self) -> object:
        return next(iter(self.values), "...")

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return {"type": "string", "enum": list(self.values)}


ANY = AnyValue()
INT = Int()
COUNT = Count()
AT_LEAST_ONE = AtLeastOne()
FLOAT = Float()
BOOL = Bool()
STRING = String()
LOG_LEVEL = LogLevel()
StringSource = Source(STRING)
IntSource = Source(INT)
BoolSource = Source(BOOL)

PYTHON_TYPES.update({int: INT, float: FLOAT, bool: BOOL, str: STRING, typing.Any: ANY})
