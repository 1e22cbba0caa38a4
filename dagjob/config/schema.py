"""The kinds of config schema that have parts, and how what a user writes becomes a schema.

A schema is a tree of these classes; it says what a value may be and knows nothing of any value. Checking one is
`validate.py`, describing one to a person is `describe.py`; both find their way by `kind`. Defining a schema happens at
the import of every job module that has one, so nothing here costs more than a few attribute assignments: the classes
are plain, and what is only needed to explain a mistake is imported when there is one.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol, TypeGuard

from dagjob.config.scalars import (
    ANY,
    BOOL,
    COUNT,
    FLOAT,
    INT,
    STRING,
    AnyValue,
    BoolSource,
    Enum,
    EnumValue,
    IntSource,
    Scalar,
    Schema,
    Source,
    StringSource,
)
from dagjob.errors import (
    CheckError,
    DagjobError,
    DagjobInvalidConfigDefinitionError,
    DagjobInvalidDefinitionError,
    ParameterCheckError,
)

__all__ = [
    "ANY",
    "BOOL",
    "COUNT",
    "FIELD_NO_DEFAULT_PROVIDED",
    "FLOAT",
    "INT",
    "NO_DEFAULT",
    "STRING",
    "AnyValue",
    "Array",
    "BoolSource",
    "ConfigSchema",
    "ConfiguredSchema",
    "Enum",
    "EnumValue",
    "Field",
    "IntSource",
    "Map",
    "Noneable",
    "NullTolerant",
    "Permissive",
    "Scalar",
    "ScalarUnion",
    "Schema",
    "Selector",
    "Shape",
    "Source",
    "StringSource",
    "config_class",
    "is_config_class",
    "to_field",
    "to_schema",
]

Where = tuple[str, ...]
"""Where in a dict schema something stands, for messages."""


class ConfigClass(Protocol):
    """What `Config` classes have, so that their file, which loads pydantic, need not be known here."""

    @classmethod
    def __dagjob_schema__(cls) -> Schema: ...


# -- values with parts ---------------------------------------------------------------------------------------------


class Noneable(Schema):
    """None, or what `inner_type` accepts."""

    __slots__ = ("inner_type",)
    kind = "noneable"
    silent: ClassVar[bool] = False
    """Whether descriptions pass over the None."""

    def __init__(self, inner_type: object) -> None:
        self.inner_type = _part(inner_type, "Noneable")


class NullTolerant(Noneable):
    """As Dagster does for a `Config` field with a default, lets a null pass, which the class itself then judges."""

    __slots__ = ()
    silent = True


class Array(Schema):
    """A list (not a tuple) whose elements are all of `inner_type`. `[T]` is short for it."""

    __slots__ = ("inner_type",)
    kind = "array"

    def __init__(self, inner_type: object) -> None:
        self.inner_type = _part(inner_type, "Array")


class Map(Schema):
    """A dict with any keys of a scalar type, all values of one type. `{K: V}` is short for it."""

    __slots__ = ("inner_type", "key_label_name", "key_type")
    kind = "map"

    def __init__(self, key_type: object, inner_type: object, key_label_name: str | None = None) -> None:
        self.key_type = _part(key_type, "Map")
        self.inner_type = _part(inner_type, "Map")
        self.key_label_name = key_label_name
        if not isinstance(self.key_type, Scalar):
            raise DagjobInvalidConfigDefinitionError(
                f"The keys of a Map must be of a scalar type (str, int, float, bool), not {key_type!r}."
            )


class Shape(Schema):
    """A dict with exactly these fields. `{name: schema}` is short for it.

    `field_aliases` maps a field's name to another key under which the config may give it. `config_class` is the
    `Config` class that this shape was made from, if it was.
    """

    __slots__ = ("config_class", "description", "field_aliases", "fields")
    kind = "shape"
    open: ClassVar[bool] = False

    def __init__(
        self,
        fields: Mapping[str, object],
        description: str | None = None,
        field_aliases: Mapping[str, str] | None = None,
        *,
        config_class: type | None = None,
        _where: Where = (),
    ) -> None:
        self.fields = _fields(fields, type(self).__name__, _where)
        self.description = description
        self.field_aliases = dict(field_aliases or {})
        self.config_class = config_class
        for name in self.field_aliases:
            if name not in self.fields:
                raise CheckError(f"field_aliases names {name!r}, which is not a field; fields: {sorted(self.fields)}")


class Permissive(Shape):
    """A dict with these fields and any others, which are kept untouched."""

    __slots__ = ()
    kind = "permissive"
    open = True

    def __init__(
        self,
        fields: Mapping[str, object] | None = None,
        description: str | None = None,
        *,
        config_class: type | None = None,
    ) -> None:
        super().__init__(fields or {}, description, config_class=config_class)


class Selector(Schema):
    """A dict with exactly one of these keys."""

    __slots__ = ("description", "fields")
    kind = "selector"

    def __init__(self, fields: Mapping[str, object], description: str | None = None) -> None:
        self.fields = _fields(fields, "Selector", ())
        self.description = description


class ScalarUnion(Schema):
    """A scalar, or the structure `non_scalar_schema` when a dict or a list is given."""

    __slots__ = ("non_scalar_type", "scalar_type")
    kind = "scalar_union"

    def __init__(self, scalar_type: object, non_scalar_schema: object) -> None:
        self.scalar_type = _part(scalar_type, "ScalarUnion")
        self.non_scalar_type = _part(non_scalar_schema, "ScalarUnion")
        if not isinstance(self.scalar_type, Scalar | Source):
            raise CheckError(f"ScalarUnion: scalar_type must be a scalar such as str or int, not {scalar_type!r}")
        if isinstance(self.non_scalar_type, Scalar | Source):
            raise CheckError(f"ScalarUnion: non_scalar_schema must be a dict, list or the like: {non_scalar_schema!r}")


class ConfiguredSchema(Schema):
    """`outer` is what the user gives; `config_fn` turns it, resolved, into a value for `inner`.

    What `.configured(...)` puts in the place of the definition's own schema: whoever resolves it gets the value that
    the definition always asked for. With a fixed value (`config_fn` None) any outer config is accepted and ignored.
    """

    __slots__ = ("config_fn", "fixed", "inner", "made_by", "outer")
    kind = "configured"

    def __init__(
        self,
        inner: Schema,
        outer: Schema,
        config_fn: Callable[[typing.Any], object] | None,
        fixed: object = None,
        made_by: str = "configured()",
    ) -> None:
        self.inner = inner
        self.outer = outer
        self.config_fn = config_fn
        self.fixed = fixed
        self.made_by = made_by


# -- fields --------------------------------------------------------------------------------------------------------


class _NoDefault:
    """The type of `NO_DEFAULT`, so that None can be a default."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<no default>"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "NO_DEFAULT"


NO_DEFAULT = _NoDefault()
FIELD_NO_DEFAULT_PROVIDED = NO_DEFAULT
"""Dagster's name of the same thing."""


class Field(Schema):
    """A value of a dict: its schema, whether it may be absent, and what it is then.

    Without `is_required`, a field may be absent when it has a default, when it may be None (then it is), or when it
    is a dict all of whose fields may be absent (then it holds their defaults). `is_required=False` without a default
    leaves the key out. A default is checked here; an `EnvVar` becomes `{"env": ...}`.
    """

    __slots__ = ("config_type", "default", "description", "is_required", "is_secret")
    kind = "field"

    def __init__(
        self,
        config: object,
        default_value: object = NO_DEFAULT,
        is_required: bool | None = None,
        description: str | None = None,
        is_secret: bool | None = False,
    ) -> None:
        self.config_type = _part(config, "Field")
        self.description = description
        self.is_secret = bool(is_secret)
        if default_value is not NO_DEFAULT:
            if is_required:
                raise ParameterCheckError("Field: is_required=True and a default_value exclude each other")
            self.default = _checked_default(self.config_type, default_value)
        else:
            self.default = _implied_default(self.config_type) if is_required is None else NO_DEFAULT
        self.is_required = self.default is NO_DEFAULT if is_required is None else is_required

    @property
    def default_provided(self) -> bool:
        """Whether an absent field gets a value."""
        return self.default is not NO_DEFAULT

    @property
    def default_value(self) -> object:
        """What an absent field gets, in the form that a config would give it, with inner defaults filled in."""
        if self.default is NO_DEFAULT:
            raise DagjobInvalidDefinitionError("This field has no default value; see `default_provided`.")
        from dagjob.config.validate import check

        return check(self.config_type, self.default).value

    @property
    def default_value_as_json_str(self) -> str:
        """The default as JSON."""
        import json

        return json.dumps(self.default_value, default=str)


_EXACT = {"int": int, "float": float, "bool": bool, "str": str}


def _checked_default(schema: Schema, value: object) -> object:
    if callable(value):
        raise CheckError(f"Field: default_value cannot be a function: {value!r}")
    if type(value) is _EXACT.get(schema.kind.removesuffix("_source")):
        return value  # the usual default: fits without loading what checks it
    from dagjob.config.sources import to_config
    from dagjob.config.validate import check

    value = to_config(value)
    if schema.kind == "enum":
        from enum import Enum as PythonEnum

        if isinstance(value, PythonEnum):
            raise DagjobInvalidDefinitionError(
                f"The default of an Enum field is the name that a config would give, such as {value.name!r}, "
                f"not the Python value {value!r}."
            )
    checked = check(schema, value)
    if checked.problems:
        from dagjob.config.report import invalid_config

        raise invalid_config("The default_value of a Field does not fit its schema.", checked.problems, value)
    return value


def _implied_default(schema: Schema) -> object:
    """The default of a field whose schema says what nothing means; else `NO_DEFAULT`."""
    match schema:
        case Noneable():
            return None
        case Shape() if not any(field.is_required for field in schema.fields.values()):
            return {}
        case Selector() if len(schema.fields) == 1 and not next(iter(schema.fields.values())).is_required:
            return {}
        case Field():
            return schema.default
        case ConfiguredSchema():
            return _implied_default(schema.outer)
    return NO_DEFAULT


# -- what a user may write for a schema ----------------------------------------------------------------------------


def to_schema(thing: object) -> Schema:
    """The schema that `thing` stands for: a type, a dict of fields, `[T]`, a `Config` class, a schema itself.

    None is Any. A `Field` stays a field, for the sake of its default.
    """
    return ANY if thing is None else _convert(thing, ())


def to_field(thing: object) -> Field:
    """`thing` as a field: required unless its schema says what nothing means."""
    schema = to_schema(thing)
    return schema if isinstance(schema, Field) else Field(schema)


def _part(thing: object, of: str) -> Schema:
    """The schema of an element; a field has no meaning there."""
    schema = ANY if thing is None else _convert(thing, ())
    if isinstance(schema, Field):
        raise DagjobInvalidConfigDefinitionError(f"A Field can only stand in a dict, not inside {of}: {thing!r}.")
    return schema


def _fields(fields: Mapping[str, object], of: str, where: Where) -> dict[str, Field]:
    if not isinstance(fields, dict | Mapping):
        raise CheckError(f"{of}: fields must be a dict, not {fields!r}")
    made = {}
    for name, thing in fields.items():
        if not isinstance(name, str):
            raise DagjobInvalidConfigDefinitionError(
                f"A dict schema has names for keys, not {name!r}{_at(where)}. "
                "For a dict with any keys of one type write {str: T}, with this one entry."
            )
        schema = thing if isinstance(thing, Schema) else _convert(thing, (*where, name))
        made[name] = schema if isinstance(schema, Field) else Field(schema)
    return made


def _convert(thing: object, where: Where) -> Schema:
    if isinstance(thing, Schema):
        return thing
    if isinstance(thing, dict):
        if len(thing) == 1:
            ((key, value),) = thing.items()
            if not isinstance(key, str) and isinstance(_known(key), Scalar):
                return Map(key, _convert(value, (*where, "<value>")))
        return Shape(thing, _where=where)
    if isinstance(thing, list):
        if len(thing) != 1:
            raise DagjobInvalidConfigDefinitionError(
                f"A list schema has one element, the type of all elements; {thing!r}{_at(where)} has {len(thing)}."
            )
        return Array(_convert(thing[0], (*where, "<element>")))
    known = _known(thing)
    if known is not None:
        return known
    if is_config_class(thing):
        return thing.__dagjob_schema__()
    raise _refusal(thing, where)


def _known(thing: object) -> Schema | None:
    if isinstance(thing, Schema):
        return thing
    try:
        return _PYTHON.get(thing)
    except TypeError:  # not hashable
        return None


def is_config_class(thing: object) -> TypeGuard[type[ConfigClass]]:
    """Whether `thing` is a `Config` class or a configurable resource class. Does not load pydantic."""
    return isinstance(thing, type) and hasattr(thing, "__dagjob_schema__")


def config_class(schema: Schema | None) -> type[typing.Any] | None:
    """The `Config` class of what resolving `schema` gives, if it was made from one."""
    while isinstance(schema, Field | ConfiguredSchema):
        schema = schema.config_type if isinstance(schema, Field) else schema.inner
    return schema.config_class if isinstance(schema, Shape) else None


ConfigSchema = Schema | type | Mapping[str, typing.Any] | list[typing.Any] | None
"""What may be written for a schema, as an annotation for functions that pass one on."""


def _refusal(thing: object, where: Where) -> DagjobError:
    from dagjob.config.refusals import refusal

    return refusal(thing, where)


def _at(where: Where) -> str:
    return f" at {':'.join(where)}" if where else ""


_PYTHON: dict[object, Schema] = {
    int: INT,
    float: FLOAT,
    bool: BOOL,
    str: STRING,
    typing.Any: ANY,
    list: Array(ANY),
    dict: Permissive(),
}
