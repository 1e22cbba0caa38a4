"""A resolved config becomes an object of its `Config` class, by validating what was given and nothing else. Loads pydantic.

Defaults are pydantic's business. An object that its user has built is not built again; where it must be, since it is a
resource or waits for the environment, it is made of what its constructor was given, so that a validator that changes a
value changes it once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any

from pydantic import BaseModel, ValidationError, create_model
from pydantic import Field as PydanticField
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from dagjob.config.runconfig import ClassValues, EnvVar, IntEnvVar, Origin

Values = dict[str, Any]

PART = "dagjob resource dependency"
"""Marks the annotation of a field that holds another object, whatever it is."""


class Given:
    """What the constructor of an object was given, by key. It takes no part in whether two objects are equal."""

    __slots__ = ("values",)

    def __init__(self, values: Values) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def build_instance(cls: type[BaseModel], resolved: Any, parts: Mapping[str, Any] | None = None) -> Any:
    """The object that an op or a resource gets for a resolved config. Runs the validators on what was given.

    `parts` are the objects for fields that no config reaches. Raises pydantic's `ValidationError`.
    """
    origin = resolved.origin if isinstance(resolved, ClassValues) else None
    if not isinstance(resolved, ClassValues):
        return cls(**(resolved or {}), **(parts or {}))
    if origin is None or not issubclass(origin.cls, cls):
        origin = Origin(cls)
    if origin.made is not None and origin.raw is None:
        return _copied(origin.made)
    cls = origin.cls
    fields = fields_by_key(cls)
    settled = {key: held for key, held in origin.settled.items() if not holds_env(held)}
    raw = origin.raw
    given = {} if raw is None else {key: held for key, held in raw.items() if not holds_env(held)}
    for key, value in resolved.items():
        if key in given or key in settled:
            continue
        info = fields.get(key)
        is_given = key in (resolved.given if raw is None else raw)
        if is_given or info is None or info.is_required() or holds_env(info.default) or key in origin.settled:
            given[key] = _given_value(value, key)
    settled = {field_name(cls, key): held for key, held in settled.items() if key not in given}
    return assembled(cls, {**given, **(parts or {})}, settled) if settled else cls(**given, **(parts or {}))


def _given_value(value: object, *loc: str | int) -> Any:
    """A value of a resolved config, as pydantic is given it: parts that need not be built apart are dicts of what was given."""
    if isinstance(value, ClassValues):
        origin = value.origin
        if origin is None or not (origin.made is not None or origin.settled):
            kept = (value.given | _required(origin.cls)) if origin is not None else value.given
            return {key: _given_value(inner, *loc, key) for key, inner in value.items() if key in kept}
        try:
            return build_instance(origin.cls, value)
        except ValidationError as error:
            raise _moved(error, loc) from None
    if isinstance(value, dict):
        return {key: _given_value(inner, *loc, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_given_value(inner, *loc, index) for index, inner in enumerate(value)]
    return value


def _required(cls: type) -> frozenset[str]:
    """The keys that pydantic must be given: what is required, and defaults that wait for the environment."""
    return frozenset(key for key, info in fields_by_key(cls).items() if info.is_required() or holds_env(info.default))


def _moved(error: ValidationError, loc: tuple[str | int, ...]) -> ValidationError:
    """The same error of an object that stands at `loc` of another."""
    told = [
        InitErrorDetails(
            type=PydanticCustomError(each["type"], "{said}", {"said": each["msg"]}),
            loc=(*loc, *each["loc"]),
            input=each["input"],
        )
        for each in error.errors(include_url=False, include_context=False)
    ]
    return ValidationError.from_exception_data(error.title, told)


def _copied(made: Any) -> Any:
    """The object as it is, with lists and dicts of its own."""
    new = copy.copy(made)
    new.__dict__.update({name: fresh(value) for name, value in new.__dict__.items() if isinstance(value, list | dict)})
    return new


def fresh(value: Any) -> Any:
    """A value whose lists and dicts can be changed without changing the original's."""
    if isinstance(value, dict):
        return {key: fresh(inner) for key, inner in value.items()} if type(value) is dict else copy.copy(value)
    return [fresh(inner) for inner in value] if type(value) is list else value


# -- questions about a class ---------------------------------------------------------------------------------------


def fields_by_key(cls: type) -> dict[str, FieldInfo]:
    """The fields of a class by the name that a config uses."""
    if not issubclass(cls, BaseModel):
        return {}
    return {info.alias or name: info for name, info in cls.model_fields.items()}


def field_name(cls: type[BaseModel], key: str) -> str:
    """The field that a config calls `key`."""
    return next((name for name, info in cls.model_fields.items() if key == (info.alias or name)), key)


def holds_env(value: object) -> bool:
    """Whether an `EnvVar` stands in a value, at any depth."""
    if isinstance(value, EnvVar | IntEnvVar):
        return True
    if isinstance(value, dict):
        return any(holds_env(inner) for inner in value.values())
    if isinstance(value, BaseModel):
        return any(holds_env(inner) for inner in (*value.__dict__.values(), *(value.model_extra or {}).values()))
    return isinstance(value, list | tuple) and any(holds_env(inner) for inner in value)


# -- objects with fields that are not judged -----------------------------------------------------------------------

_STAND_INS: dict[tuple[type[BaseModel], frozenset[str]], type[BaseModel]] = {}
_IS_STAND_IN: set[type[BaseModel]] = set()
_HELD: ContextVar[Mapping[str, Any]] = ContextVar("dagjob_settled_fields")


def is_stand_in(cls: type[BaseModel]) -> bool:
    """Whether `stand_in` has made the class."""
    return cls in _IS_STAND_IN


def assembled(cls: type[BaseModel], given: Values, settled: Values) -> Any:
    """An object of the class; what it is `given` is validated, by key, what is `settled` is taken as it is, by field."""
    with settling(settled):
        made = stand_in(cls, settled)(**given)
    object.__setattr__(made, "__class__", cls)
    return made


@contextmanager
def settling(settled: Mapping[str, Any]) -> Iterator[None]:
    """What the fields hold that a stand-in does not judge, while it makes an object."""
    token = _HELD.set(settled)
    try:
        yield
    finally:
        _HELD.reset(token)


def stand_in(cls: type[BaseModel], settled: Iterable[str]) -> type[BaseModel]:
    """The same class for making an object of it in which some fields are not judged.

    Parts are taken as they are; what is settled is a default, which no validator of the field sees.
    """
    key = cls, frozenset(settled)
    made = _STAND_INS.get(key)
    if made is None:
        parts: Iterable[str] = cls._parts() if hasattr(cls, "_parts") else ()
        fields: dict[str, Any] = {name: (Annotated[Any, PART], _part_field(cls.model_fields[name])) for name in parts}
        fields.update({name: (Any, _settled_field(name)) for name in key[1]})
        made = _STAND_INS[key] = create_model(cls.__name__, __base__=cls, **fields)
        _IS_STAND_IN.add(made)
    return made


def _part_field(info: FieldInfo) -> Any:
    return PydanticField() if info.is_required() else PydanticField(default=info.default)


def _settled_field(name: str) -> Any:
    return PydanticField(default_factory=lambda: fresh(_HELD.get()[name]), validate_default=False)
