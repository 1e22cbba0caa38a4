"""The kinds of config for a dict with named keys, and `Field`, which says what a key may hold."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from dagjob.config.kind import NO_DEFAULT, Parts, Schema, Walk, Where, Wrapper, at, check, convert, to_schema
from dagjob.config.runconfig import ClassValues, FromEnvironment, Origin, to_config
from dagjob.config.scalars import ANY, Enum
from dagjob.errors import (
    CheckError,
    DagjobInvalidConfigDefinitionError,
    DagjobInvalidDefinitionError,
    ParameterCheckError,
)
from dagjob.values.checks import brief

if typing.TYPE_CHECKING:
    from dagjob.config.json_schema import Drawing, JsonSchema

AnyDict = dict[typing.Any, typing.Any]
"""A dict of the user's, whose keys may be anything."""


def part_of(thing: object, kind: str) -> Schema:
    """The schema of an element of a `kind`; a field has no meaning there."""
    schema = thing if isinstance(thing, Schema) else to_schema(thing)
    if isinstance(schema, Field):
        raise DagjobInvalidConfigDefinitionError(f"A Field can only stand in a dict, not inside {kind}: {thing!r}.")
    return schema


def to_field(thing: object) -> Field:
    """`thing` as a field: required unless its schema says what nothing means."""
    schema = to_schema(thing)
    return schema if isinstance(schema, Field) else Field(schema)


class Field(Wrapper):
    """A value of a dict: its schema, whether it may be absent, and what it is then.

    Without `is_required`, a field may be absent when it has a default, when it may be None (then it is), or when it
    is a dict all of whose fields may be absent (then it holds their defaults). `is_required=False` without a default
    leaves the key out. A default is checked here; an `EnvVar` becomes `{"env": ...}`.
    """

    __slots__ = ("config_type", "default", "description", "factory", "is_required", "is_secret")
    is_secret: bool
    factory: Callable[[], tuple[object, object]] | None
    """What makes a new default for each run, as Python code wants it and as a config holds it; of `Config` classes only."""

    def __init__(
        self,
        config: object,
        default_value: object = NO_DEFAULT,
        is_required: bool | None = None,
        description: str | None = None,
        is_secret: bool | None = False,
        *,
        factory: Callable[[], tuple[object, object]] | None = None,
    ) -> None:
        self.config_type = part_of(config, "Field")
        self.factory = factory
        self.description = description
        self.is_secret = bool(is_secret) or self.config_type.is_secret
        if default_value is not NO_DEFAULT:
            if is_required:
                raise ParameterCheckError("Field: is_required=True and a default_value exclude each other")
            self.default = _checked_default(self.config_type, default_value)
        else:
            self.default = self.config_type.implied_default() if is_required is None else NO_DEFAULT
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
        return check(self.config_type, self.default).value

    @property
    def default_value_as_json_str(self) -> str:
        """The default as JSON."""
        import json

        return json.dumps(self.default_value, default=str)

    def wrapped(self) -> Schema:
        return self.config_type

    def accept(self, value: object, walk: Walk) -> object:
        if not self.is_secret:
            return self.config_type.accept(value, walk)
        walk.secrets += 1
        result = self.config_type.accept(value, walk)
        walk.secrets -= 1
        return result

    def when_absent(self, name: str, walk: Walk) -> object:
        """What a dict whose key `name` is absent holds there, for a field that has a default."""
        return walk.inside("field", name, self.config_type, _fresh(self.default))

    def implied_default(self) -> object:
        return self.default

    def option(self) -> str:
        """What is said of the field in a list of options: `str, required`."""
        name = self.type_name(1)
        if self.is_required:
            return f"{name}, required"
        if not self.default_provided or self.default in ({}, None):
            return name
        from dagjob.config.describe import shown
        from dagjob.config.secrets import masked

        return f"{name} = {shown(masked(self, self.default), 40)}"

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return drawing.field(self)


def _checked_default(schema: Schema, value: object) -> object:
    if callable(value):
        raise ParameterCheckError(f"Field: default_value cannot be a function: {value!r}")
    value = to_config(value)
    if isinstance(schema, Enum) and not (type(value) is str and value in schema.values):
        from enum import Enum as PythonEnum

        if isinstance(value, PythonEnum):
            raise DagjobInvalidDefinitionError(
                f"The default of an Enum field is the name that a config would give, such as {value.name!r}, "
                f"not the Python value {brief(value)}."
            )
    walk = Walk(None)
    schema.accept(value, walk)
    if walk.problems:
        from dagjob.config.report import invalid_config

        raise invalid_config("The default_value of a Field does not fit its schema.", walk.problems, value)
    return value


def _fresh(value: object) -> object:
    """A default that its user may change without changing the next one's."""
    if isinstance(value, FromEnvironment):
        return value
    if isinstance(value, dict):
        made = {key: _fresh(inner) for key, inner in value.items()}
        return value.having(made) if isinstance(value, ClassValues) else made
    return [_fresh(inner) for inner in value] if isinstance(value, list) else value


# -- dicts with named keys -----------------------------------------------------------------------------------------


class FieldsByName(Schema):
    """What a `Shape` and a `Selector` have in common: fields by name."""

    __slots__ = ("description", "fields")
    between: ClassVar[str] = ", "
    """What stands between the fields in the type's name."""
    open: ClassVar[bool] = False
    """Whether other keys may be given too."""

    def __init__(self, fields: Mapping[str, object], description: str | None = None, *, _where: Where = ()) -> None:
        self.fields = _fields(fields, type(self).__name__, _where)
        self.description = description

    def parts(self) -> Parts:
        return self.fields

    def __eq__(self, other: object) -> bool:
        return _alike(self, other) if isinstance(other, FieldsByName) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self.fields)))

    def type_name(self, depth: int = 3) -> str:
        if not depth:
            return "{...}"
        from dagjob.config.describe import MOST

        shown = [
            f"{name}{'' if field.is_required else '?'}: {field.type_name(depth - 1)}"
            for name, field in list(self.fields.items())[:MOST]
        ]
        if self.open or len(self.fields) > MOST:
            shown.append("...")
        return "{" + self.between.join(shown) + "}"

    def expectation(self) -> str:
        return "a mapping"

    def empty(self) -> object:
        return {}

    def options(self) -> str:
        """The fields in one line: `path (str, required), limit (int = 10)`; empty if there are none."""
        from dagjob.config.describe import MOST

        parts = [f"{name} ({field.option()})" for name, field in list(self.fields.items())[:MOST]]
        return ", ".join(parts) + (f" and {len(self.fields) - MOST} more" if len(self.fields) > MOST else "")


def _alike(one: object, other: object) -> bool:
    """Do two schemas say the same? Modules compare dicts of fields, which Dagster makes once for all that are alike."""
    if one is other or type(one) is not type(other):
        return one is other
    if isinstance(one, Schema):
        slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
        return all(_alike(getattr(one, name, None), getattr(other, name, None)) for name in slots) and _alike(
            getattr(one, "__dict__", {}), getattr(other, "__dict__", {})
        )
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    return one == other


class Shape(FieldsByName):
    """A dict with exactly these fields. `{name: schema}` is short for it.

    `field_aliases` maps a field's name to another key under which the config may give it. `config_class` is the
    `Config` class that this shape was made from, if it was; then `preset` are the keys whose default counts as given, and
    `settled` what the other fields hold that have another default than the class says.
    """

    __slots__ = ("config_class", "field_aliases", "preset", "settled")

    def __init__(
        self,
        fields: Mapping[str, object],
        description: str | None = None,
        field_aliases: Mapping[str, str] | None = None,
        *,
        config_class: type | None = None,
        _where: Where = (),
    ) -> None:
        super().__init__(fields, description, _where=_where)
        self.field_aliases = dict(field_aliases or {})
        self.config_class = config_class
        self.preset: frozenset[str] = frozenset()
        self.settled: Mapping[str, object] = {}
        for name in self.field_aliases:
            if name not in self.fields:
                raise CheckError(f"field_aliases names {name!r}, which is not a field; fields: {sorted(self.fields)}")

    def accept(self, value: object, walk: Walk) -> object:
        if not isinstance(value, dict):
            return walk.mismatch(self, value)
        before = len(walk.problems)
        written: dict[str, str] = {}
        """The fields that were given by another name, under which their problems are told."""
        if self.field_aliases:
            written = {name: alias for name, alias in self.field_aliases.items() if alias in value}
            value = self._by_own_names(value, walk)
        result: AnyDict = {}
        missing = []
        drawn: AnyDict = {}
        for name, field in self.fields.items():
            if name in value:
                result[name] = walk.inside("field", written.get(name, name), field, value[name])
            elif field.is_required:
                missing.append(name)
            elif field.default is not NO_DEFAULT:
                result[name] = field.when_absent(name, walk)
            elif field.factory is not None and walk.resolving:
                try:
                    drawn[name], result[name] = field.factory()
                except Exception as error:
                    from dagjob.config.problems import factory_failed

                    walk.add(factory_failed(name, error, tuple(walk.trail)))
        extra = [key for key in value if key not in self.fields]
        if self.open:
            result.update((key, walk.inside("field", key, ANY, value[key])) for key in extra)
            extra = []
        if extra or missing or len(walk.problems) > before:
            self._report(walk, before, extra, missing)
        return result if self.config_class is None else self._of_class(self.config_class, value, result, drawn)

    def _of_class(self, cls: type, value: AnyDict, result: AnyDict, drawn: AnyDict) -> ClassValues:
        """The result, with what the class needs to know of it."""
        settled = {**{key: held for key, held in self.settled.items() if key not in value}, **drawn}
        if isinstance(value, ClassValues):
            origin = value.origin
            if origin is not None and issubclass(origin.cls, cls):
                settled.update(origin.settled)
                return ClassValues(
                    result,
                    value.given,
                    Origin(origin.cls, origin.made, origin.raw, settled, origin.drawn | drawn.keys()),
                )
        return ClassValues(result, {*value, *self.preset}, Origin(cls, settled=settled, drawn=frozenset(drawn)))

    def _report(self, walk: Walk, before: int, extra: Sequence[object], missing: Sequence[str]) -> None:
        """Put the problems of one dict in Dagster's order: unknown keys, missing keys, then its fields by name."""
        from dagjob.config.problems import missing_keys, unknown_keys

        inner = walk.problems[before:]
        del walk.problems[before:]
        here = tuple(walk.trail)
        if extra:
            walk.add(unknown_keys(here, extra, self))
        if missing:
            walk.add(missing_keys(here, {name: self.fields[name] for name in missing}, self))
        depth = len(here)
        walk.problems += sorted(inner, key=lambda each: str(each.trail[depth][1]) if each.trail[depth:] else "")

    def _by_own_names(self, value: AnyDict, walk: Walk) -> AnyDict:
        """The same dict with each alias replaced by the name of its field."""
        names = {alias: name for name, alias in self.field_aliases.items()}
        for alias, name in names.items():
            if alias in value and name in value and alias != name:
                from dagjob.config.problems import alias_collision

                walk.add(alias_collision(tuple(walk.trail), name, alias))
        return {names.get(key, key): item for key, item in value.items()}

    def parts(self) -> Parts:
        if not self.field_aliases:
            return self.fields
        return self.fields | {alias: self.fields[name] for name, alias in self.field_aliases.items()}

    def implied_default(self) -> object:
        return NO_DEFAULT if any(field.is_required for field in self.fields.values()) else {}

    def example(self) -> object:
        return {name: field.example() for name, field in self.fields.items() if field.is_required}

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return drawing.shape(self)

    def needs(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        required = [(name, field) for name, field in self.fields.items() if field.is_required]
        if not required:
            yield from super().needs(path)
        for name, field in required:
            yield from field.needs((*path, name))


class Permissive(Shape):
    """A dict with these fields and any others, which are kept untouched."""

    __slots__ = ()
    open = True

    def __init__(
        self,
        fields: Mapping[str, object] | None = None,
        description: str | None = None,
        *,
        config_class: type | None = None,
    ) -> None:
        super().__init__(fields or {}, description, config_class=config_class)


class Selector(FieldsByName):
    """A dict with exactly one of these keys."""

    __slots__ = ()
    between = " | "

    def accept(self, value: object, walk: Walk) -> object:
        if not isinstance(value, dict):
            return walk.mismatch(self, value)
        if not value and self._only_optional() is not None:
            ((name, field),) = self.fields.items()
            return {name: self._nothing_selected(name, field, walk)}
        if len(value) != 1:
            from dagjob.config.problems import selected_badly

            walk.add(selected_badly(tuple(walk.trail), value, self))
            return value
        ((name, item),) = value.items()
        if name not in self.fields:
            from dagjob.config.problems import unknown_keys

            walk.add(unknown_keys(tuple(walk.trail), [name], self))
            return value
        field = self.fields[name]
        if item is None and isinstance(field.config_type, FieldsByName):
            item = {}
        return {name: walk.inside("field", name, field, item)}

    def _nothing_selected(self, name: str, field: Field, walk: Walk) -> object:
        """What the one optional field of a selector holds when nothing is said."""
        if field.default is not NO_DEFAULT:
            return field.when_absent(name, walk)
        empty = field.config_type.empty()
        return None if empty is None else walk.inside("field", name, field, empty)

    def _only_optional(self) -> Field | None:
        """The field of a selector that has only one, and needs none."""
        if len(self.fields) != 1:
            return None
        (field,) = self.fields.values()
        return None if field.is_required else field

    def implied_default(self) -> object:
        return NO_DEFAULT if self._only_optional() is None else {}

    def example(self) -> object:
        return {name: field.example() for name, field in list(self.fields.items())[:1]}

    def json_schema(self, drawing: Drawing) -> JsonSchema:
        return drawing.selector(self)


def _fields(fields: Mapping[str, object], kind: str, where: Where) -> dict[str, Field]:
    if not isinstance(fields, dict | Mapping):
        raise ParameterCheckError(f"{kind}: fields must be a dict, not {fields!r}")
    made = {}
    for name, thing in fields.items():
        if not isinstance(name, str):
            raise DagjobInvalidConfigDefinitionError(
                f"A dict schema has names for keys, not {name!r}{at(where)}. "
                "For a dict with any keys of one type write {str: T}, with this one entry."
            )
        schema = thing if isinstance(thing, Schema) else convert(thing, (*where, name))
        made[name] = schema if isinstance(schema, Field) else Field(schema)
    return made
