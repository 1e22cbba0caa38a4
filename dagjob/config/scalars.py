"""The kinds of config schema for values without parts: scalars, environment sources, choices; and what a schema is.

The other kinds, which are made from what a user writes, are in `schema.py`, from where all of them are imported.
"""

from __future__ import annotations

import typing
from collections.abc import Sequence
from typing import ClassVar

from dagjob.errors import CheckError


class Schema:
    """One kind of config value. `kind` is its line in the tables of `validate.py` and `describe.py`."""

    __slots__ = ()
    kind: ClassVar[str] = ""

    def __repr__(self) -> str:
        from dagjob.config.describe import type_name

        return f"<{type(self).__name__} {type_name(self)}>"


# -- scalars -------------------------------------------------------------------------------------------------------


LEVEL_NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "WARN", "FATAL")
"""The log levels; the last two are other names of what is there."""


class Scalar(Schema):
    """`int`, `float`, `bool` or `str`: the value itself, never coerced (but an int is a float)."""

    __slots__ = ("kind",)
    kind: str  # type: ignore[misc]

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __reduce__(self) -> tuple[typing.Any, ...]:
        return _scalar, (self.kind,)


def _scalar(kind: str) -> Scalar:
    """The one scalar schema of that kind; what a pickled one comes back as."""
    kinds = (INT, COUNT, LOG_LEVEL, FLOAT, BOOL, STRING)
    return next(each for each in kinds if each.kind == kind)


class AnyValue(Schema):
    """Everything, None too, kept as it is."""

    __slots__ = ()
    kind = "any"


class Source(Schema):
    """A str, int or bool, or `{"env": "NAME"}` for the variable's value at run."""

    __slots__ = ("kind", "scalar")
    kind: str  # type: ignore[misc]

    def __init__(self, scalar: Scalar) -> None:
        self.kind = f"{scalar.kind}_source"
        self.scalar = scalar


# -- choices -------------------------------------------------------------------------------------------------------


class EnumValue:
    """One choice of an `Enum`: what the config says, and what the op gets (by default the same string)."""

    __slots__ = ("config_value", "description", "python_value")

    def __init__(self, config_value: str, python_value: object = None, description: str | None = None) -> None:
        if not isinstance(config_value, str):
            raise CheckError(f"EnumValue: config_value must be a str, not {config_value!r}")
        self.config_value = config_value
        self.python_value = config_value if python_value is None else python_value
        self.description = description


class Enum(Schema):
    """One of a few named values, given by name."""

    __slots__ = ("enum_values", "name", "values")
    kind = "enum"

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


INT = Scalar("int")
COUNT = Scalar("count")
"""An integer of 0 or more. For schemas of our own: what a user writes cannot say it."""
LOG_LEVEL = Scalar("log_level")
"""The name of a log level, in any case. To the check it is text: who makes the logger refuses another one, as in Dagster."""
FLOAT = Scalar("float")
BOOL = Scalar("bool")
STRING = Scalar("str")
ANY = AnyValue()
StringSource = Source(STRING)
IntSource = Source(INT)
BoolSource = Source(BOOL)
