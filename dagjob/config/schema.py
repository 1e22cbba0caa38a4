"""The kinds of config that stand around others or hold many alike, how what a user writes becomes a schema, and all names.

What a kind is, and how to write one of your own, is said at the head of `kind.py`.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping

from dagjob.config.fields import Field, Permissive, Selector, Shape, part_of, to_field
from dagjob.config.kind import (
    EACH,
    ITSELF,
    NO_DEFAULT,
    PYTHON_TYPES,
    SHORT_FORMS,
    Parts,
    Schema,
    Where,
    Wrapper,
    at,
    convert,
    known_type,
    to_schema,
)
from dagjob.config.scalars import (
    ANY,
    AT_LEAST_ONE,
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
    Source,
    StringSource,
)
from dagjob.errors import DagjobInvalidConfigDefinitionError, ParameterCheckError

if typing.TYPE_CHECKING:
    from dagjob.config.json_schema import Drawing, JsonSchema
    from dagjob.config.kind import Walk

__all__ = [
    "ANY",
    "AT_LEAST_ONE",
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
    "is_configured",
    "own_schema",
    "to_field",
    "to_schema",
]

FIELD_NO_DEFAULT_PROVIDED = NO_DEFAULT
"""Dagster's name of the same thing."""

ConfigSchema = Schema | type | Mapping[str, typing.Any] | list[typing.Any] | None
"""What may be written for a schema, as an annotation for functions that pass one on."""


# -- around other kinds --------------------------------------------------------------------------------------------


class Noneable(Wrapper):
    """None, or what `inner_type` accepts."""

    __slots__ = ("inner_type",)

    def __init__(self, inner_type: object) -> None:
        self.inner_type = part_of(inner_type, "Noneable")

    def wrapped(self) -> Schema:
        return self.inner_type

    def accept(self, value: object, walk: Walk) -> object:
        return None if value is None else self.inner_type.accept(value, walk)

    def type_name(self, depth: int = 3) -> str:
        return f"{self.inner_type.type_name(depth)} | None"

    def expectation(self) -> str:
        return f"{self.inner_type.expectation()} or null"

    def example(self) -> object:
        return None

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return {"anyOf": [drawing.of(self.inner_type), {"type": "null"}]}

    def implied_default(self) -> object:
        return None

    def needs(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        yield path, self.type_name(1)


class NullTolerant(Noneable):
    """As Dagster does for a `Config` field with a default, lets a null pass, which the class itself then refuses.

    So nothing that is told or drawn speaks of the null.
    """

    __slots__ = ()
    type_name = Wrapper.type_name
    expectation = Wrapper.expectation
    json_schema = Wrapper.json_schema


class ConfiguredSchema(Wrapper):
    """`outer` is what the user gives; `config_fn` turns it, resolved, into a value for `inner`.

    What `.configured(...)` puts in the place of the definition's own schema: whoever resolves it gets the value that
    the definition always asked for. With a fixed value (`config_fn` None) any outer config is accepted and ignored.
    """

    __slots__ = ("config_fn", "fixed", "inner", "made_by", "outer")

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

    def wrapped(self) -> Schema:
        return self.outer

    def accept(self, value: object, walk: Walk) -> object:
        before = len(walk.problems)
        value = self.outer.accept(value, walk)
        if not walk.resolving or len(walk.problems) > before:
            return value
        made = self.fixed if self.config_fn is None else self.config_fn(value)
        result = self.inner.accept(made, walk)
        if len(walk.problems) > before:
            note = f"in what {self.made_by} returned"
            walk.problems[before:] = [problem.noting(note) for problem in walk.problems[before:]]
        return result


def own_schema(schema: Schema) -> Schema:
    """The schema of what resolving gives: behind `configured` that of the definition itself."""
    while isinstance(schema, ConfiguredSchema) or (isinstance(schema, Field) and not schema.is_secret):
        schema = schema.inner if isinstance(schema, ConfiguredSchema) else schema.config_type
    return schema


def is_configured(schema: Schema | None) -> bool:
    """Whether `configured` has made it: what is given is another thing than what the definition gets."""
    while isinstance(schema, Field):
        schema = schema.config_type
    return isinstance(schema, ConfiguredSchema)


def config_class(schema: Schema | None) -> type[typing.Any] | None:
    """The `Config` class of what resolving `schema` gives, if it was made from one."""
    while isinstance(schema, Field | ConfiguredSchema):
        schema = schema.config_type if isinstance(schema, Field) else schema.inner
    return schema.config_class if schema is not None else None


class ScalarUnion(Schema):
    """A scalar, or the structure `non_scalar_schema` when a dict or a list is given."""

    __slots__ = ("non_scalar_type", "scalar_type")

    def __init__(self, scalar_type: object, non_scalar_schema: object) -> None:
        scalar = part_of(scalar_type, "ScalarUnion")
        self.non_scalar_type = part_of(non_scalar_schema, "ScalarUnion")
        if not isinstance(scalar, Scalar | Source):
            raise ParameterCheckError(
                f"ScalarUnion: scalar_type must be a scalar such as str or int, not {scalar_type!r}"
            )
        if isinstance(self.non_scalar_type, Scalar | Source):
            raise ParameterCheckError(
                f"ScalarUnion: non_scalar_schema must be a dict, list or the like: {non_scalar_schema!r}"
            )
        self.scalar_type = scalar

    def accept(self, value: object, walk: Walk) -> object:
        if isinstance(value, dict | list):
            return self.non_scalar_type.accept(value, walk)
        # None is neither; let the message speak of both.
        return walk.mismatch(self, value) if value is None else self.scalar_type.accept(value, walk)

    def parts(self) -> Parts:
        return {ITSELF: self.non_scalar_type}

    def type_name(self, depth: int = 3) -> str:
        return f"{self.scalar_type.type_name()} | {self.non_scalar_type.type_name(depth)}"

    def expectation(self) -> str:
        return f"{self.scalar_type.expectation()} or {self.non_scalar_type.expectation()}"

    def example(self) -> object:
        return self.scalar_type.example()

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        # A mapping is always the other structure here, so a source has no `{env: NAME}`.
        scalar = self.scalar_type.scalar if isinstance(self.scalar_type, Source) else self.scalar_type
        return {"anyOf": [drawing.of(scalar), drawing.of(self.non_scalar_type)]}

    def needs(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        yield path, self.scalar_type.type_name()


# -- many alike ----------------------------------------------------------------------------------------------------


class Array(Schema):
    """A list (not a tuple) whose elements are all of `inner_type`. `[T]` is short for it."""

    __slots__ = ("inner_type",)

    def __init__(self, inner_type: object) -> None:
        self.inner_type = part_of(inner_type, "Array")

    def accept(self, value: object, walk: Walk) -> object:
        if not isinstance(value, list):
            return walk.mismatch(self, value)
        return [walk.inside("item", index, self.inner_type, item) for index, item in enumerate(value)]

    def parts(self) -> Parts:
        return {EACH: self.inner_type}

    def type_name(self, depth: int = 3) -> str:
        return f"[{self.inner_type.type_name(depth)}]"

    def expectation(self) -> str:
        return "a list"

    def empty(self) -> object:
        return []

    def example(self) -> object:
        return []

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return {"type": "array", "items": drawing.of(self.inner_type)}


_ONCE_BOOLS = {
    form: word in ("yes", "on") for word in ("yes", "on", "no", "off") for form in (word, word.title(), word.upper())
}
"""Keys that YAML 1.1 means for true and false. They are read as text, for the sake of options called `on`."""


class Map(Schema):
    """A dict with any keys of a scalar type, all values of one type. `{K: V}` is short for it."""

    __slots__ = ("inner_type", "key_label_name", "key_type")

    def __init__(self, key_type: object, inner_type: object, key_label_name: str | None = None) -> None:
        keys = part_of(key_type, "Map")
        self.inner_type = part_of(inner_type, "Map")
        self.key_label_name = key_label_name
        if not isinstance(keys, Scalar):
            raise DagjobInvalidConfigDefinitionError(
                f"The keys of a Map must be of a scalar type (str, int, float, bool), not {key_type!r}."
            )
        self.key_type = keys

    def accept(self, value: object, walk: Walk) -> object:
        if not isinstance(value, dict):
            return walk.mismatch(self, value)
        if self.key_type is BOOL and any(isinstance(key, str) for key in value):
            value = {_ONCE_BOOLS.get(key, key) if isinstance(key, str) else key: item for key, item in value.items()}
        for key in value:
            walk.inside("key", key, self.key_type, key)
        return {key: walk.inside("value", key, self.inner_type, item) for key, item in value.items()}

    def parts(self) -> Parts:
        return {EACH: self.inner_type}

    def type_name(self, depth: int = 3) -> str:
        return f"{{{self.key_label_name or self.key_type.type_name()}: {self.inner_type.type_name(depth)}}}"

    def expectation(self) -> str:
        return "a mapping"

    def empty(self) -> object:
        return {}

    def example(self) -> object:
        return {}

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        made: JsonSchema = {"type": "object", "additionalProperties": drawing.of(self.inner_type)}
        keys = self.key_type.key_form
        return made if keys is None else {**made, "propertyNames": dict(keys)}


# -- the short forms -----------------------------------------------------------------------------------------------


def _of_dict(thing: dict[typing.Any, typing.Any], where: Where) -> Schema:
    if len(thing) == 1:
        ((key, value),) = thing.items()
        if not isinstance(key, str) and isinstance(known_type(key), Scalar):
            return Map(key, convert(value, (*where, "<value>")))
    return Shape(thing, _where=where)


def _of_list(thing: list[typing.Any], where: Where) -> Schema:
    if len(thing) != 1:
        raise DagjobInvalidConfigDefinitionError(
            f"A list schema has one element, the type of all elements; {thing!r}{at(where)} has {len(thing)}."
        )
    return Array(convert(thing[0], (*where, "<element>")))


SHORT_FORMS.update({dict: _of_dict, list: _of_list})
PYTHON_TYPES.update({list: Array(ANY), dict: Permissive()})
