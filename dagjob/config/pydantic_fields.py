"""The fields of a pydantic class as a schema: which annotation is which kind, and what its default means.

Reads the class only. Constraints and validators are left to pydantic; a field of a kind that no schema has is an
error that names the class, the field and the kinds there are, raised when the class is first used.
"""

from __future__ import annotations

import collections.abc
import enum
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from dagjob.config.runconfig import AsConfig, ClassValues, EnvVar, IntEnvVar, to_config
from dagjob.config.schema import (
    ANY,
    FLOAT,
    INT,
    NO_DEFAULT,
    STRING,
    AnyValue,
    Array,
    BoolSource,
    Enum,
    EnumValue,
    Field,
    IntSource,
    Map,
    Noneable,
    NullTolerant,
    Permissive,
    Schema,
    Selector,
    Shape,
    StringSource,
)
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvalidPythonicConfigDefinitionError

_SIMPLE: dict[Any, Schema] = {
    str: StringSource,
    int: IntSource,
    bool: BoolSource,
    float: FLOAT,
    Any: ANY,
    SecretStr: StringSource,
}
_LISTS = (list, typing.List)  # noqa: UP006  (what a user may have written)
_DICTS = (dict, collections.abc.Mapping, typing.Dict, typing.Mapping)  # noqa: UP006
_KEYS: dict[Any, Schema] = {str: STRING, int: INT, float: FLOAT}

_schemas: dict[type, Shape] = {}


def schema_of(cls: type[BaseModel]) -> Shape:
    """The schema of a `Config` class, made when first asked for."""
    known = _schemas.get(cls)
    if known is None:
        known = _schemas[cls] = _schema_of(cls, (cls,))
    return known


def schema_of_annotation(annotation: object, owner: str, name: str) -> Schema:
    """The schema of an annotation that stands outside of a class, as if it were the field `name` of `owner`."""
    return _schema(annotation, _Place(type(owner, (BaseModel,), {}), name, ()))


def allows_none(annotation: object) -> bool:
    """Whether an annotation is `Optional[...]` (or Any, or None itself)."""
    return annotation is Any or annotation is None or type(None) in get_args(annotation)


def choices(info: FieldInfo) -> dict[str, type[BaseModel]]:
    """The classes of a discriminated union by the value of the discriminator."""
    found = {}
    for member in get_args(info.annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            tag = member.model_fields.get(str(info.discriminator))
            for value in get_args(tag.annotation) if tag is not None else ():
                found[str(value.name if isinstance(value, enum.Enum) else value)] = member
    return found


class _Place(typing.NamedTuple):
    """Which field is being read, for messages, and the classes around it."""

    cls: type[BaseModel]
    name: str
    within: tuple[type, ...]

    def refuse(self, annotation: object, hint: str = "") -> DagjobInvalidPythonicConfigDefinitionError:
        kind = getattr(annotation, "__name__", None) if isinstance(annotation, type) else None
        return DagjobInvalidPythonicConfigDefinitionError(
            f"{self.cls.__name__}.{self.name} is of the type {kind or repr(annotation)}, which a config cannot hold. "
            + (hint or "Possible are str, int, bool, float, list, dict, Optional, Any, Enum, Literal of strings, ")
            + ("" if hint else "Config classes, and unions of Config classes with a discriminator.")
        )


def _schema_of(cls: type[BaseModel], within: tuple[type, ...], leave_out: str | None = None) -> Shape:
    if not cls.__pydantic_complete__:
        cls.model_rebuild(raise_errors=False)
    parts = cls._parts() if hasattr(cls, "_parts") else ()
    fields = {
        info.alias or name: _field(info, _Place(cls, name, within))
        for name, info in cls.model_fields.items()
        if name != leave_out and name not in parts
    }
    description = cls.__doc__ if "__doc__" in cls.__dict__ else None
    if cls.model_config.get("extra") == "allow":
        return Permissive(fields, description, config_class=cls)
    return Shape(fields, description, config_class=cls)


def _field(info: FieldInfo, place: _Place) -> Field:
    default = NO_DEFAULT if info.is_required() or info.default_factory is not None else info.default
    if isinstance(default, Schema):
        raise DagjobInvalidDefinitionError(
            f"{place.cls.__name__}.{place.name} has a Field of dagjob for its default. That is for config schemas that are "
            "dicts: in a class write pydantic's Field(...)."
        )
    secret = _is_secret(info)
    annotation = _plain(info.annotation)
    factory = _factory(info)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        schema: Schema = _nested(annotation, place)
        if isinstance(default, annotation):
            # The values of the default instance are the defaults of the inner fields.
            schema, default = with_defaults(schema, _config_of(default, info)), NO_DEFAULT
        required = None if info.default_factory is None else False
        return Field(schema, default, required, info.description, secret, factory=factory)
    schema = _union(info, place) if info.discriminator is not None else _schema(annotation, place)
    if info.is_required():
        return Field(schema, description=info.description, is_secret=secret)
    if not isinstance(schema, Noneable | AnyValue) and get_origin(annotation) is not Literal:
        # Dagster accepts null for every other field with a default; pydantic then has the last word.
        schema = NullTolerant(schema)
    if default is NO_DEFAULT:
        return Field(schema, is_required=False, description=info.description, is_secret=secret, factory=factory)
    return Field(schema, _config_of(default, info), description=info.description, is_secret=secret)


def _factory(info: FieldInfo) -> Callable[[], tuple[object, object]] | None:
    """What makes the default; None where it makes it of the other values, which are known only to pydantic."""
    make = info.default_factory
    if make is None or info.default_factory_takes_validated_data:
        return None

    def draw() -> tuple[object, object]:
        drawn = typing.cast("Callable[[], object]", make)()
        return drawn, as_config_value(drawn, info.discriminator)

    return draw


def _schema(annotation: object, place: _Place) -> Schema:
    annotation = _plain(annotation)
    try:
        if annotation in _SIMPLE:
            return _SIMPLE[annotation]
    except TypeError:  # not hashable
        raise place.refuse(annotation) from None
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in _LISTS or origin is list:
        return Array(_schema(args[0], place) if args else ANY)
    if annotation in _DICTS or origin in _DICTS:
        return _dict(annotation, args, place)
    if origin in (Union, types.UnionType):
        return _optional(annotation, args, place)
    if origin is Literal and all(isinstance(value, str) for value in args):
        return Enum(place.name, [EnumValue(value) for value in args])
    if isinstance(annotation, enum.EnumType):
        return Enum.from_python_enum(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _nested(annotation, place)
    raise place.refuse(annotation)


def _dict(annotation: object, args: tuple[Any, ...], place: _Place) -> Schema:
    if not args:
        return Permissive()
    key = _KEYS.get(_plain(args[0]))
    if key is None:
        raise place.refuse(annotation, "The keys of a dict in a config are str, int or float.")
    return Map(key, _schema(args[1], place))


def _optional(annotation: object, args: tuple[Any, ...], place: _Place) -> Schema:
    rest = [arg for arg in args if arg is not type(None)]
    if len(rest) == len(args) or len(rest) != 1 or get_origin(rest[0]) is Literal:
        hint = "A union needs a discriminator: Field(discriminator=...), and Config classes that differ in it."
        raise place.refuse(annotation, hint if len(rest) > 1 else "")
    return Noneable(_schema(rest[0], place))


def _nested(annotation: type[BaseModel], place: _Place) -> Shape:
    if not hasattr(annotation, "__dagjob_schema__"):
        raise place.refuse(annotation, "Derive it from Config instead of pydantic's BaseModel.")
    if annotation in place.within:
        raise place.refuse(annotation, "A class cannot hold itself.")
    return _schemas.get(annotation) or _schema_of(annotation, (*place.within, annotation))


def _union(info: FieldInfo, place: _Place) -> Schema:
    tags = choices(info)
    if not isinstance(info.discriminator, str) or not tags:
        raise place.refuse(info.annotation, "The discriminator must be a field with a Literal in every class.")
    selector = Selector(
        {tag: _schema_of(member, (*place.within, member), leave_out=info.discriminator) for tag, member in tags.items()}
    )
    return Noneable(selector) if allows_none(info.annotation) else selector


def with_defaults(schema: Schema, values: object, *, given: bool = False) -> Schema:
    """The same shape, whose fields have these values for defaults, where there is one; the others keep theirs.

    `given`: the values count as if the config had given them. Else they are those of a default object, and settled.
    """
    if not isinstance(schema, Shape) or not isinstance(values, dict):
        return schema
    fields: dict[str, object] = {}
    for name, field in schema.fields.items():
        inner = field.config_type
        value = values.get(name, field.default_value if field.default_provided else NO_DEFAULT)
        if isinstance(inner, Shape) and isinstance(value, dict):
            inner, value = with_defaults(inner, value, given=given), NO_DEFAULT
        required = None if value is not NO_DEFAULT or isinstance(inner, Shape) else field.is_required
        factory = None if name in values else field.factory
        fields[name] = Field(inner, value, required, field.description, field.is_secret, factory=factory)
    make = Permissive if isinstance(schema, Permissive) else Shape
    made = make(fields, schema.description, config_class=schema.config_class)
    model = values.origin.made if isinstance(values, ClassValues) and values.origin is not None else None
    if isinstance(model, BaseModel):
        made.settled = {
            info.alias or name: getattr(model, name)
            for name, info in type(model).model_fields.items()
            if name in model.model_fields_set or info.default_factory is not None
        }
    elif given:
        made.preset = frozenset(values) & set(fields)
    return made


def _config_of(default: Any, info: FieldInfo) -> Any:
    """A default as a config would give it."""
    return as_config_value(default, info.discriminator)


def as_config_value(value: object, discriminator: object = None) -> Any:
    """What stands in a field, as a config would give it."""
    if isinstance(value, EnvVar | IntEnvVar):
        return to_config(value)
    if isinstance(value, AsConfig):
        made = value._convert_to_config_dictionary()
        return {made.pop(discriminator): made} if isinstance(discriminator, str) else made
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, SecretStr | SecretBytes):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {key: as_config_value(inner) for key, inner in value.items()}
    return [as_config_value(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(annotation: object) -> Any:
    """Without `Annotated`: constraints are pydantic's business."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _is_secret(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    marked = isinstance(extra, dict) and bool(extra.get("dagster__is_secret") or extra.get("dagjob__is_secret"))
    return marked or _names_secret(info.annotation)


def _names_secret(annotation: object) -> bool:
    """Whether there is a `SecretStr` in an annotation, at any depth; the fields of other classes are their own."""
    return annotation is SecretStr or any(_names_secret(part) for part in get_args(annotation))
