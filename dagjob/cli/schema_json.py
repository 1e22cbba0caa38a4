"""A config schema as plain data and as lines: what `show` tells about the config of ops and resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dagjob.config.fields import FieldsByName
from dagjob.config.kind import EACH, ITSELF
from dagjob.config.schema import AnyValue, ConfiguredSchema, Field, Noneable, Schema, Shape
from dagjob.config.secrets import masked


def schema_json(schema: Schema | None) -> dict[str, Any] | None:
    """The schema as a tree of `type`, and of `fields` with `required`, `default` and `description`."""
    if schema is None:
        return None
    schema = _given(schema)
    if isinstance(schema, Field):
        return _field_json(schema)
    made: dict[str, Any] = {"type": schema.type_name()}
    if isinstance(schema, FieldsByName):
        if schema.fields:
            made["fields"] = {name: _field_json(field) for name, field in schema.fields.items()}
        return made
    inner = schema.parts().get(ITSELF if isinstance(schema, Noneable) else EACH)
    if isinstance(inner, FieldsByName) and inner.fields:
        made["items"] = schema_json(inner)
    return made


GIVEN = object()


def _field_json(field: Field) -> dict[str, Any]:
    made = schema_json(field.config_type) or {}
    made["required"] = field.is_required
    if field.default_provided and not field.is_secret:
        made["default"] = plain_default(field)
    if field.description:
        made["description"] = field.description
    if field.is_secret:
        made["secret"] = True
    return made


def _given(schema: Schema) -> Schema:
    """What the user gives."""
    return schema.outer if isinstance(schema, ConfiguredSchema) else schema


def plain_default(field: Field) -> object:
    """The default as a value for JSON, secrets in it masked."""
    value = masked(field, field.default_value)
    return value if isinstance(value, str | int | float | bool | list | dict | type(None)) else str(value)


def field_lines(schema: Schema | None, above: str = "", given: object = None) -> Iterator[tuple[str, str]]:
    """The options of a schema for people, nested ones by their dotted name: (`limit`, `int = 10`).

    `given` is the config that the job itself has for them; `GIVEN`: something that is only known when it runs.
    """
    if schema is None:
        return
    schema = _given(schema)
    if isinstance(schema, Field):
        schema = schema.config_type
    if not isinstance(schema, FieldsByName) or not schema.fields:
        if not above and not isinstance(schema, AnyValue):
            yield "", schema.type_name()
        return
    for name, field in schema.fields.items():
        if isinstance(field.config_type, Shape) and field.config_type.fields:
            inner = given.get(name) if isinstance(given, Mapping) else given
            yield from field_lines(field.config_type, f"{above}{name}.", inner)
            continue
        text = field.config_type.type_name()
        if given is GIVEN or (isinstance(given, Mapping) and name in given):
            text += " (given by the job)"
        elif field.is_secret:
            text += " (secret)"
        elif field.default_provided:
            text += f" = {plain_default(field)!r}"
        elif field.is_required:
            text += " (required)"
        yield above + name, text
