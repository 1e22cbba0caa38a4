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

from dagjob.config.fields import Field, FieldsByName, Selector, Shape
from dagjob.config.kind import NO_DEFAULT, Schema
from dagjob.config.secrets import masked

DIALECT = "https://json-schema.org/draft/2020-12/schema"

JsonSchema = dict[str, Any]


_ENVIRONMENT_VARIABLE: JsonSchema = {
    "type": "object",
    "description": "The value of an environment variable, read when a run starts.",
    "properties": {"env": {"type": "string", "description": "The name of the variable."}},
    "required": ["env"],
    "additionalProperties": False,
}

_CONSTRAINTS = frozenset(
    (
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
        "pattern", "minItems", "maxItems", "minProperties", "maxProperties",
    )
)  # fmt: skip
_WORDS = ("examples", "deprecated")


def to_json_schema(schema: Schema) -> JsonSchema:
    """The JSON Schema of `schema`. A shape that is used more than once stands under `$defs`."""
    drawing = Drawing(schema)
    made = {"$schema": DIALECT, **drawing.of(schema)}
    if drawing.definitions:
        made["$defs"] = dict(sorted(drawing.definitions.items()))
    return made


def json_default(field: Field) -> tuple[object] | None:
    """The default of a field in a tuple, if it is worth saying and JSON can say it."""
    if field.is_secret or not field.default_provided:
        return None
    value = field.default_value
    if value in ({}, []) or value == _defaults_inside(field.config_type) or masked(field, value) != value:
        return None
    return (value,) if _is_json(value) else None


def _defaults_inside(schema: Schema) -> JsonSchema | None:
    """What a dict holds that was left out, where its fields say so themselves."""
    if not isinstance(schema, Shape):
        return None
    return {name: field.default_value for name, field in schema.fields.items() if field.default_provided}


class Drawing:
    """One translation: what kinds ask for the JSON Schema of their parts, and what has been put under `$defs`."""

    def __init__(self, root: Schema) -> None:
        uses = Counter(id(shape) for shape in _uses_of_dicts(root))
        self._shared = {key for key, count in uses.items() if count > 1}
        self._names: dict[int, str] = {}
        self.definitions: dict[str, JsonSchema] = {}

    def of(self, schema: Schema) -> JsonSchema:
        """The JSON Schema of `schema`; a reference to it, where it is used more than once."""
        if id(schema) not in self._shared:
            return schema.json_schema(self)
        name = self._names.get(id(schema))
        if name is None:
            name = self._names[id(schema)] = self._free_name(schema)
            self.definitions[name] = schema.json_schema(self)
        return {"$ref": f"#/$defs/{name}"}

    def _free_name(self, schema: Schema) -> str:
        wanted = schema.config_class.__name__ if schema.config_class is not None else "entry"
        taken = set(self._names.values()) | {"env"}
        number = 2
        name = wanted
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    # -- what is longer than a method of a kind should be, which is loaded with every job module -----------------------

    def environment_variable(self) -> JsonSchema:
        """A reference to the form `{env: NAME}`."""
        self.definitions["env"] = _ENVIRONMENT_VARIABLE
        return {"$ref": "#/$defs/env"}

    def field(self, field: Field) -> JsonSchema:
        """What a field says about its value."""
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

    def shape(self, schema: Shape) -> JsonSchema:
        """A dict, with what pydantic knows of its class."""
        known = _known_to_pydantic(schema.config_class)
        properties = {name: _narrowed(self.of(field), known.get(name)) for name, field in schema.fields.items()}
        required = [name for name, field in schema.fields.items() if field.is_required]
        made: JsonSchema = {**_described(schema), "type": "object", "properties": properties}
        every: list[JsonSchema] = []
        for name, alias in schema.field_aliases.items():
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

    def selector(self, schema: Selector) -> JsonSchema:
        """A dict with one key."""
        return {
            **_described(schema),
            "type": "object",
            "properties": {name: self._selected(field) for name, field in schema.fields.items()},
            "additionalProperties": False,
            "minProperties": 1 if schema.implied_default() is NO_DEFAULT else 0,
            "maxProperties": 1,
        }

    def _selected(self, field: Field) -> JsonSchema:
        """A key alone (`in_process:`), which YAML reads as null, stands for an empty dict."""
        made = self.of(field)
        inner = field.config_type
        if not isinstance(inner, FieldsByName) or inner.implied_default() is NO_DEFAULT:
            return made
        return {"anyOf": [made, {"type": "null"}]}


def _uses_of_dicts(schema: Schema) -> Iterator[Schema]:
    """Every dict with fields in a schema as often as it is used, but nothing twice below one that was seen."""
    seen: set[int] = set()
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, FieldsByName):
            if here.fields:
                yield here
            if id(here) in seen:
                continue
            seen.add(id(here))
        waiting += here.parts().values()


def _described(schema: Schema) -> JsonSchema:
    text = _clean(schema.description)
    return {"description": text} if text else {}


def _clean(text: str | None) -> str:
    """A docstring without its indentation."""
    if not text:
        return ""
    from inspect import cleandoc

    return cleandoc(text)


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int | float | bool)


# -- what pydantic knows -------------------------------------------------------------------------------------------


def _known_to_pydantic(cls: type[Any] | None) -> Mapping[str, JsonSchema]:
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
