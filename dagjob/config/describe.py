"""What a schema says, in words: for error messages, for `dagjob show`, for an example to paste.

Each question is one function; schemas are known by `kind`, so nothing is imported. Texts are bounded: a schema of ten
thousand fields is described by its first few.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagjob.config.schema import Field, Schema

MOST = 12
"""How many names a list in a message holds."""

_SCALAR_WORDS = {
    "int": "an integer",
    "count": "an integer of 0 or more",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "any": "a value",
    "log_level": "one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
}
_SCALAR_EXAMPLES = {"int": 0, "count": 0, "float": 0.0, "bool": True, "str": "...", "any": "...", "log_level": "INFO"}
_DICTS = ("shape", "permissive", "selector", "map")


def type_name(schema: Schema, depth: int = 3) -> str:
    """The schema as a user would write it: `int`, `[str]`, `{path: str, limit?: int}` (`?`: may be absent)."""
    s: Any = schema
    match schema.kind:
        case "field":
            return type_name(s.config_type, depth)
        case "configured":
            return type_name(s.outer, depth)
        case "any":
            return "Any"
        case "count":
            return "int >= 0"
        case "log_level":
            return "str"
        case "noneable":
            return type_name(s.inner_type, depth) + ("" if s.silent else " | None")
        case "array":
            return f"[{type_name(s.inner_type, depth)}]"
        case "map":
            return f"{{{s.key_label_name or type_name(s.key_type)}: {type_name(s.inner_type, depth)}}}"
        case "shape" | "permissive" | "selector":
            return _fields_name(s, depth)
        case "enum":
            return s.name if len(s.values) > MOST else f"{s.name} ({', '.join(s.values)})"
        case "scalar_union":
            return f"{type_name(s.scalar_type)} | {type_name(s.non_scalar_type, depth)}"
        case kind:
            return kind.removesuffix("_source")


def _fields_name(schema: Any, depth: int) -> str:
    if not depth:
        return "{...}"
    parts = [
        f"{name}{'' if field.is_required else '?'}: {type_name(field, depth - 1)}"
        for name, field in list(schema.fields.items())[:MOST]
    ]
    if len(schema.fields) > MOST or schema.kind == "permissive":
        parts.append("...")
    return "{" + (" | " if schema.kind == "selector" else ", ").join(parts) + "}"


def core(schema: Schema) -> Any:
    """What a value is when it is not null, seen through fields, `Noneable` and `configured`."""
    s: Any = schema
    while s.kind in ("field", "noneable", "configured"):
        s = s.config_type if s.kind == "field" else s.outer if s.kind == "configured" else s.inner_type
    return s


def part(schema: Schema, at: object) -> Any:
    """The schema of what stands at a key or index of a value; None where it says nothing about that."""
    s = core(schema)
    return (getattr(s, "fields", None) or {}).get(at) or getattr(s, "inner_type", None)


def expectation(schema: Schema) -> str:
    """What a value must be, as the end of a sentence: `an integer`, `text`, `one of RED, BLUE`."""
    s: Any = schema
    match schema.kind:
        case "field":
            return expectation(s.config_type)
        case "configured":
            return expectation(s.outer)
        case "noneable":
            return expectation(s.inner_type) + ("" if s.silent else " or null")
        case "array":
            return "a list"
        case "shape" | "permissive" | "selector" | "map":
            return "a mapping"
        case "enum":
            return f"one of {listed(s.values)}"
        case "scalar_union":
            return f"{expectation(s.scalar_type)} or {expectation(s.non_scalar_type)}"
        case kind:
            return _SCALAR_WORDS[kind.removesuffix("_source")]


def found(value: object, secret: bool = False) -> str:
    """What a value is, as the end of `..., not ...`: `text`, `null`, `5`, `a list`."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false" if secret else str(value).lower()
    if isinstance(value, int | float):
        return "a number" if secret else shown(value)
    for kind, words in ((list, "a list"), (dict, "a mapping"), (tuple, "a tuple (a list is needed)")):
        if isinstance(value, kind):
            return words
    return f"a Python object of type {type(value).__name__}"


def shown(value: object, most: int = 80) -> str:
    """The value's repr on one line, cut in the middle; its type where the repr raises."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= most else f"{text[: most * 2 // 3]}...{text[-most // 4 :]}"


def listed(names: Any) -> str:
    """The first few names, separated by commas."""
    first = [str(name) for name, _ in zip(names, range(MOST), strict=False)]
    rest = len(names) - len(first)
    return ", ".join(first) + (f" and {rest} more" if rest else "")


def options(schema: Schema) -> str:
    """The fields of a dict, one line: `path (str, required), limit (int = 10)`; empty if it has none."""
    fields: dict[str, Field] = getattr(schema, "fields", {})
    parts = [f"{name} ({_option(field)})" for name, field in list(fields.items())[:MOST]]
    return ", ".join(parts) + (f" and {len(fields) - MOST} more" if len(fields) > MOST else "")


def _option(field: Field) -> str:
    name = type_name(field, 1)
    if field.is_required:
        return f"{name}, required"
    if not field.default_provided or field.default in ({}, None):
        return name
    from dagjob.config.secrets import masked

    return f"{name} = {shown(masked(field, field.default), 40)}"


def example(schema: Schema) -> Any:
    """A smallest value that fits, to paste and change."""
    s: Any = schema
    match schema.kind:
        case "field":
            return example(s.config_type)
        case "configured":
            return example(s.outer)
        case "noneable":
            return None
        case "array":
            return []
        case "map":
            return {}
        case "shape" | "permissive":
            return {name: example(field) for name, field in s.fields.items() if field.is_required}
        case "selector":
            return {name: example(field) for name, field in list(s.fields.items())[:1]}
        case "enum":
            return next(iter(s.values), "...")
        case "scalar_union":
            return example(s.scalar_type)
        case kind:
            return _SCALAR_EXAMPLES[kind.removesuffix("_source")]


def needed(schema: Schema, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The required leaves below a required value, as (path, type): `(("config", "n"), "int")`."""
    s: Any = schema
    while s.kind in ("field", "configured"):
        s = s.config_type if s.kind == "field" else s.outer
    inner = [(n, f) for n, f in s.fields.items() if f.is_required] if s.kind in ("shape", "permissive") else []
    if not inner:
        yield path, type_name(s.scalar_type if s.kind == "scalar_union" else s, 1)
    for name, field in inner:
        yield from needed(field, (*path, name))
