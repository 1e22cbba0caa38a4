"""Which values of a config are secrets: to leave them out where a config is shown, and to find them in free text.

A secret is the value of a field that says so. One that comes from the environment is named by its variable, which is no
secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MASK = "******"


def masked(schema: Any, value: Any) -> Any:
    """The value of a checked config with every secret replaced."""
    kind = schema.kind
    if kind == "field":
        if schema.is_secret and value is not None and not is_env(value):
            return MASK
        return masked(schema.config_type, value)
    if kind == "configured":
        return masked(schema.outer, value)
    if kind == "noneable":
        return None if value is None else masked(schema.inner_type, value)
    if kind in ("shape", "permissive", "selector") and isinstance(value, dict):
        return {key: masked(schema.fields[key], item) if key in schema.fields else item for key, item in value.items()}
    if kind == "array" and isinstance(value, list):
        return [masked(schema.inner_type, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: masked(schema.inner_type, item) for key, item in value.items()}
    if kind == "scalar_union" and isinstance(value, dict | list):
        return masked(schema.non_scalar_type, value)
    return value


def is_env(value: Any) -> bool:
    """Whether a value is the form `{env: NAME}`."""
    return isinstance(value, dict) and value.keys() == {"env"}


def secrets_in(schema: Any, value: Any) -> Iterator[str]:
    """The text of every secret in a resolved config, wherever it came from."""
    kind = schema.kind
    if kind == "field":
        if schema.is_secret:
            yield from _texts(value)
        else:
            yield from secrets_in(schema.config_type, value)
    elif kind == "configured":
        yield from secrets_in(schema.outer, value)
    elif kind == "noneable":
        if value is not None:
            yield from secrets_in(schema.inner_type, value)
    elif kind in ("shape", "permissive", "selector") and isinstance(value, dict):
        for key, item in value.items():
            if key in schema.fields:
                yield from secrets_in(schema.fields[key], item)
    elif kind == "array" and isinstance(value, list):
        for item in value:
            yield from secrets_in(schema.inner_type, item)
    elif kind == "map" and isinstance(value, dict):
        for item in value.values():
            yield from secrets_in(schema.inner_type, item)
    elif kind == "scalar_union" and isinstance(value, dict | list):
        yield from secrets_in(schema.non_scalar_type, value)


def holds_secrets(schema: Any, _seen: frozenset[int] = frozenset()) -> bool:
    """Whether a config of this schema can hold a secret at all."""
    if schema.kind == "field" and schema.is_secret:
        return True
    if id(schema) in _seen:
        return False
    seen = _seen | {id(schema)}
    fields = getattr(schema, "fields", None)
    if fields is not None:
        return any(holds_secrets(field, seen) for field in fields.values())
    inner = [getattr(schema, name, None) for name in ("config_type", "outer", "inner_type", "non_scalar_type")]
    return any(part is not None and holds_secrets(part, seen) for part in inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
