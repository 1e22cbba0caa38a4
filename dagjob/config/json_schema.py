"""A config schema as JSON Schema (draft 2020-12), for editors and for checks without Python.

What the schema of a field says goes in: kinds, defaults, descriptions, choices, secrets, and of `Config` classes the
constraints and examples that pydantic knows. What JSON Schema cannot say stays with `dagjob validate`: validators
written in Python, the environment, the difference between 1 and 1.0, and keys that are no text.
Source of the vocabulary: https://json-schema.org/draft/2020-12/schema
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from dagjob.config.scalars import LEVEL_NAMES
from dagjob.config.schema import Field, Schema
from dagjob.config.secrets import masked

DIALECT = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, Any]


def _in_any_case(word: str) -> str:
    return "".join(f"[{sign}{sign.lower()}]" for sign in word)


_SCALARS: Mapping[str, JsonSchema] = {
    "int": {"type": "integer"},
    "count": {"type": "integer", "minimum": 0},
    "float": {"type": ["number", "boolean"]},  # a bool passes for a float, as in Dagster
    "bool": {"type": "boolean"},
    "str": {"type": "string"},
    "log_level": {"type": "string", "pattern": f"^({'|'.join(map(_in_any_case, LEVEL_NAMES))})$", "examples": ["INFO"]},
    "any": {},
}
_ENV: JsonSchema = {
    "type": "object",
    "description": "The value of an environment variable, read when a run starts.",
    "properties": {"env": {"type": "string", "description": "The name of the variable."}},
    "required": ["env"],
    "additionalProperties": False,
}
_KEYS: Mapping[str, JsonSchema] = {
    "int": {"pattern": r"^[-+]?[0-9]+$"},
    "float": {"pattern": r"^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$"},
    "bool": {"enum": ["true", "false"]},
}
"""What the keys of a map look like as the text that a key of JSON is."""

_CONSTRAINTS = frozenset(
    (
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
        "pattern", "minItems", "maxItems", "minProperties", "maxProperties",
    )
)  # fmt: skip
_WORDS = ("examples", "deprecated")
_DICTS = frozenset(("shape", "permissive", "selector"))


def to_json_schema(schema: Schema) -> JsonSchema:
    """The JSON Schema of `schema`. A shape that is used more than once stands under `$defs`."""
    translation = _Translation(schema)
    made = {"$schema": DIALECT, **translation.of(schema)}
    if translation.definitions:
        made["$defs"] = dict(sorted(translation.definitions.items()))
    return made


def json_default(field: Field) -> tuple[Any] | None:
    """The default of a field in a tuple, if it is worth saying and JSON can say it."""
    if field.is_secret or not field.default_provided:
        return None
    value = field.default_value
    if value in ({}, []) or value == _defaults_inside(field.config_type) or masked(field, value) != value:
        return None
    return (value,) if _is_json(value) else None


def _defaults_inside(schema: Any) -> JsonSchema | None:
    """What a dict holds that was left out, where its fields say so themselves."""
    if schema.kind not in ("shape", "permissive"):
        return None
    return {name: field.default_value for name, field in schema.fields.items() if field.default_provided}


class _Translation:
    """One translation: which shapes are shared, and what has been put under `$defs`."""

    def __init__(self, root: Schema) -> None:
        uses = Counter(id(shape) for shape in _shapes(root))
        self._shared = {key for key, count in uses.items() if count > 1}
        self._names: dict[int, str] = {}
        self.definitions: dict[str, JsonSchema] = {}

    def of(self, schema: Any) -> JsonSchema:
        """The translation of one schema."""
        kind = schema.kind
        if kind == "field":
            return self._field(schema)
        if kind == "configured":
            return self.of(schema.outer)
        if kind in _SCALARS:
            return dict(_SCALARS[kind])
        if kind in _DICTS:
            return self._shared_dict(schema)
        made: JsonSchema = getattr(self, f"_{'source' if kind.endswith('_source') else kind}")(schema)
        return made

    # -- scalars and choices ---------------------------------------------------------------------------------------

    def _source(self, schema: Any) -> JsonSchema:
        self.definitions["env"] = _ENV
        return {"anyOf": [dict(_SCALARS[schema.scalar.kind]), {"$ref": "#/$defs/env"}]}

    def _enum(self, schema: Any) -> JsonSchema:
        return {"type": "string", "enum": list(schema.values)}

    def _noneable(self, schema: Any) -> JsonSchema:
        inner = self.of(schema.inner_type)
        # A field of a `Config` class that only Dagster lets be null: the class itself refuses it.
        return inner if schema.silent else {"anyOf": [inner, {"type": "null"}]}

    def _scalar_union(self, schema: Any) -> JsonSchema:
        # A mapping is always the other structure here, so a source has no `{env: NAME}`.
        kind = schema.scalar_type.kind.removesuffix("_source")
        return {"anyOf": [dict(_SCALARS[kind]), self.of(schema.non_scalar_type)]}

    # -- values with parts -----------------------------------------------------------------------------------------

    def _array(self, schema: Any) -> JsonSchema:
        return {"type": "array", "items": self.of(schema.inner_type)}

    def _map(self, schema: Any) -> JsonSchema:
        made: JsonSchema = {"type": "object", "additionalProperties": self.of(schema.inner_type)}
        keys = _KEYS.get(schema.key_type.kind)
        return made if keys is None else {**made, "propertyNames": dict(keys)}

    def _shared_dict(self, schema: Any) -> JsonSchema:
        if id(schema) not in self._shared or not schema.fields:
            return self._dict(schema)
        name = self._names.get(id(schema))
        if name is None:
            name = self._names[id(schema)] = self._free_name(schema)
            self.definitions[name] = self._dict(schema)
        return {"$ref": f"#/$defs/{name}"}

    def _free_name(self, schema: Any) -> str:
        cls = getattr(schema, "config_class", None)
        wanted = cls.__name__ if cls is not None else "entry"
        taken = set(self._names.values()) | {"env"}
        number = 2
        name = wanted
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def _dict(self, schema: Any) -> JsonSchema:
        made = self._selector(schema) if schema.kind == "selector" else self._shape(schema)
        text = _clean(schema.description)
        return {"description": text, **made} if text else made

    def _shape(self, schema: Any) -> JsonSchema:
        known = _known_to_pydantic(schema.config_class)
        properties = {name: _narrowed(self.of(field), known.get(name)) for name, field in schema.fields.items()}
        required = [name for name, field in schema.fields.items() if field.is_required]
        made: JsonSchema = {"type": "object", "properties": properties}
        aliases = dict(schema.field_aliases or {})
        every: list[JsonSchema] = []
        for name, alias in aliases.items():
            properties[alias] = properties[name]
            every.append({"not": {"required": [name, alias]}})
            if name in required:
                required.remove(name)
                every.append({"anyOf": [{"required": [name]}, {"required": [alias]}]})
        if required:
            made["required"] = required
        if every:
            made["allOf"] = every
        if not schema.open:
            made["additionalProperties"] = False
        return made

    def _selector(self, schema: Any) -> JsonSchema:
        fields: dict[str, Field] = schema.fields
        may_be_empty = len(fields) == 1 and not next(iter(fields.values())).is_required
        return {
            "type": "object",
            "properties": {name: self._selected(field) for name, field in fields.items()},
            "additionalProperties": False,
            "minProperties": 0 if may_be_empty else 1,
            "maxProperties": 1,
        }

    def _selected(self, field: Field) -> JsonSchema:
        """A key alone (`in_process:`), which YAML reads as null, stands for an empty dict."""
        made = self.of(field)
        inner: Any = field.config_type
        if inner.kind not in _DICTS or not _may_be_empty(inner):
            return made
        return {"anyOf": [made, {"type": "null"}]}

    # -- fields ----------------------------------------------------------------------------------------------------

    def _field(self, field: Field) -> JsonSchema:
        made = dict(self.of(field.config_type))
        text = _clean(field.description)
        if text:
            made["description"] = text
        default = json_default(field)
        if default is not None:
            made["default"] = default[0]
        if field.is_secret:
            made["writeOnly"] = True
        return made


def _may_be_empty(schema: Any) -> bool:
    if schema.kind == "selector":
        return len(schema.fields) == 1 and not next(iter(schema.fields.values())).is_required
    return not any(field.is_required for field in schema.fields.values())


def _shapes(schema: Any) -> Iterator[Any]:
    """Every dict in a schema as often as it is used, but nothing twice below one that was seen."""
    seen: set[int] = set()
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if here.kind in _DICTS:
            yield here
            if id(here) in seen:
                continue
            seen.add(id(here))
            waiting += here.fields.values()
        else:
            waiting += [part for name in _PARTS.get(here.kind, ()) if (part := getattr(here, name)) is not None]


_PARTS = {
    "field": ("config_type",),
    "configured": ("outer",),
    "noneable": ("inner_type",),
    "array": ("inner_type",),
    "map": ("inner_type",),
    "scalar_union": ("non_scalar_type",),
}


def _clean(text: str | None) -> str:
    """A docstring without its indentation."""
    if not text:
        return ""
    from inspect import cleandoc

    return cleandoc(text)


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int | float | bool)


# -- what pydantic knows -------------------------------------------------------------------------------------------


def _known_to_pydantic(cls: Any) -> Mapping[str, JsonSchema]:
    """The properties of a `Config` class in pydantic's own JSON Schema; none for a class that it cannot describe."""
    if cls is None:
        return {}
    try:
        properties: Mapping[str, JsonSchema] = cls.model_json_schema().get("properties", {})
    except Exception:
        return {}
    return properties


def _narrowed(ours: JsonSchema, theirs: JsonSchema | None) -> JsonSchema:
    """Our schema of a field with the constraints and examples of pydantic's, which has the same shape."""
    if theirs is None:
        return ours
    words = {key: theirs[key] for key in _WORDS if key in theirs}
    return {**_constrained(ours, _without_null(theirs)), **words}


def _without_null(theirs: JsonSchema) -> JsonSchema:
    branches = [branch for branch in theirs.get("anyOf", ()) if branch.get("type") != "null"]
    return branches[0] if len(branches) == 1 else theirs


def _constrained(ours: JsonSchema, theirs: JsonSchema) -> JsonSchema:
    if "$ref" in ours:
        return ours
    if "anyOf" in ours:
        first, *rest = ours["anyOf"]
        return {**ours, "anyOf": [_constrained(first, theirs), *rest]}
    made = {**ours, **{key: value for key, value in theirs.items() if key in _CONSTRAINTS}}
    for part in ("items", "additionalProperties"):
        if isinstance(made.get(part), dict) and isinstance(theirs.get(part), dict):
            made[part] = _constrained(made[part], _without_null(theirs[part]))
    return made
