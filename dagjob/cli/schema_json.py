"""A config schema as plain data and as lines: what `show` tells about the config of ops and resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagjob.config.describe import type_name
from dagjob.config.secrets import masked

_INNER = {"noneable": "inner_type", "array": "inner_type", "map": "inner_type"}


def schema_json(schema: Any) -> dict[str, Any] | None:
    """The schema as a tree of `type`, and of `fields` with `required`, `default` and `description`."""
    if schema is None:
        return None
    schema = getattr(schema, "outer", schema)
    if schema.kind == "field":
        return _field_json(schema)
    told: dict[str, Any] = {"type": type_name(schema)}
    fields = getattr(schema, "fields", None)
    if fields:
        told["fields"] = {name: _field_json(field) for name, field in fields.items()}
    inner = getattr(schema, _INNER.get(schema.kind, ""), None)
    if inner is not None and getattr(getattr(inner, "config_type", inner), "fields", None):
        told["items"] = schema_json(inner)
    return told


def _field_json(field: Any) -> dict[str, Any]:
    told = schema_json(field.config_type) or {}
    told["required"] = bool(field.is_required)
    if field.default_provided and not field.is_secret:
        told["default"] = plain_default(field)
    if field.description:
        told["description"] = field.description
    if field.is_secret:
        told["secret"] = True
    return told


def plain_default(field: Any) -> Any:
    """The default as a value for JSON, secrets in it masked."""
    value = masked(field, field.default_value)
    return value if isinstance(value, str | int | float | bool | list | dict | type(None)) else str(value)


def field_lines(schema: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """The options of a schema for people, nested ones by their dotted name: (`limit`, `int = 10`)."""
    schema = getattr(schema, "outer", schema)
    if schema is None:
        return
    if schema.kind == "field":
        schema = schema.config_type
    fields = getattr(schema, "fields", None)
    if not fields:
        if not above and schema.kind != "any":
            yield "", type_name(schema)
        return
    for name, field in fields.items():
        inner = getattr(field.config_type, "fields", None)
        if inner and field.config_type.kind != "selector":
            yield from field_lines(field.config_type, f"{above}{name}.")
            continue
        text = type_name(field.config_type)
        if field.is_secret:
            text += " (secret)"
        elif field.default_provided:
            text += f" = {plain_default(field)!r}"
        elif field.is_required:
            text += " (required)"
        yield above + name, text
