"""A run config to start from: what a job needs with values to replace, what it may be given commented out.

The text is valid YAML as it is, and fits the job but for what is to be filled in: that has one placeholder, whatever its
type, which is refused by all that reads a config file. A made-up number or list would be taken for a real one. Sections
of which a run needs nothing are left out or commented out as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from dagjob.config.fields import FieldsByName
from dagjob.config.located import PLACEHOLDER
from dagjob.config.schema import AnyValue, Field, Schema, Selector, Shape, Source
from dagjob.config.secrets import masked
from dagjob.display.yaml_text import Line, as_other, commented, scalar_text, value_lines
from dagjob.engine.target import LoadedJob

SECTIONS = ("ops", "resources", "inputs")
"""What is written, in this order. `loggers` and `execution` say how to run, which is rarely where one starts."""

_ABSENT = object()


def template(loaded: LoadedJob, schema: Schema, schema_file: str | None, *, everything: bool) -> list[Line]:
    """The lines of the file. `everything`: what may be left out is not commented out."""
    from dagjob.cli.schema import MODELINE

    job = loaded.job
    head = [f"{MODELINE}{schema_file.rpartition('/')[2]}"] if schema_file else []
    head += [f"# dagjob: {loaded.target.text}", f'# Run config of the job "{job.name}".{_first_line(job.description)}']
    writer = _Writer(everything)
    fields = _fields_of(schema)
    if job.config_mapping is None:
        sections = [writer.entry(name, fields[name], 0) for name in SECTIONS if name in fields]
    else:
        sections = [writer.entry(name, field, 0) for name, field in _ordered(fields)]
    body = [line for lines in sections if lines for line in (Line(0, ""), *lines)]
    if not body:
        body = [Line(0, ""), Line(0, "{}", "it needs no config")]
    elif not any(line.text and line.is_on for line in body):
        body += [Line(0, ""), Line(0, "{}", "it needs no config; remove this line with the first entry")]
    return [*(Line(0, line) for line in head), *body]


class _Writer:
    def __init__(self, everything: bool) -> None:
        self._everything = everything
        self._owner = ""
        """The op or resource whose config is being written."""

    def entry(self, name: str, field: Field, depth: int, given: object = _ABSENT) -> list[Line]:
        """One key with all below it; nothing where there is nothing to say."""
        schema = field.core()
        on = self._everything or field.is_required
        if given is _ABSENT and field.default_provided:
            given = field.default_value
        if isinstance(schema, Selector):
            lines = self._selector(name, field, schema, depth, given)
        elif isinstance(schema, Shape) and schema.fields:
            lines = self._shape(name, field, schema, depth, given)
        elif isinstance(schema, AnyValue) and given is _ABSENT and not field.is_required:
            return []
        else:
            lines = self._value(name, field, depth, given)
        return lines if on else list(commented(lines, depth))

    def _shape(self, name: str, field: Field, schema: Shape, depth: int, given: object) -> list[Line]:
        own = given if isinstance(given, dict) else {}
        inner: list[Line] = []
        if "config" in schema.fields:
            self._owner = name
        for key, part in _ordered(schema.fields):
            inner += self.entry(key, part, depth + 1, own.get(key, _ABSENT))
        if not inner:
            return []
        head = f"{scalar_text(name)}:"
        if field.is_required and not any(line.is_on for line in inner):
            head += " {}"
        note = _first_line(field.description or schema.description).strip()
        return [Line(depth, head, note), *inner]

    def _selector(self, name: str, field: Field, schema: Selector, depth: int, given: object) -> list[Line]:
        own = given if isinstance(given, dict) else {}
        chosen = next(iter(own), None) if own or given is None else next(iter(schema.fields), None)
        head = f"{scalar_text(name)}:" if chosen is not None else f"{scalar_text(name)}: null"
        lines = [Line(depth, head, f"one of {', '.join(schema.fields)}{_described(field)}")]
        for key, part in schema.fields.items():
            inner = self.entry(key, _required(part), depth + 1, own.get(key, _ABSENT))
            inner = inner or [Line(depth + 1, f"{scalar_text(key)}: {{}}")]
            lines += inner if key == chosen else as_other(inner, depth + 1)
        return lines

    def _value(self, name: str, field: Field, depth: int, given: object) -> list[Line]:
        needed = (", required" if field.is_required else "") + (", secret" if field.is_secret else "")
        note = f"{field.type_name(1)}{needed}{_described(field)}"
        value = _placeholder(name, self._owner, field) if given is _ABSENT or field.is_secret else masked(field, given)
        first, *rest = value_lines({name: value}, depth=depth)
        return [Line(first.depth, first.text, note), *rest]


def _placeholder(name: str, owner: str, field: Field) -> object:
    """What is to be replaced. The variable of a secret has the name of its op too: `USER` and `PATH` are taken."""
    if field.is_secret and isinstance(field.core(), Source):
        full = f"{owner}_{name}" if owner else name
        return {"env": "".join(sign if sign.isalnum() else "_" for sign in full).upper()}
    example = field.core().example
    # The author of a kind has chosen its example for this very place.
    return PLACEHOLDER if example.__module__.startswith("dagjob.") else example()


def _required(field: Field) -> Field:
    """The field as one that must be there; its own fields stay what they are."""
    return Field(field.config_type, is_required=True, description=field.description)


def _fields_of(schema: Schema) -> dict[str, Field]:
    core = schema.core()
    return core.fields if isinstance(core, FieldsByName) else {}


def _ordered(fields: dict[str, Field]) -> Iterator[tuple[str, Field]]:
    """What is required first; else in the order of the schema."""
    yield from ((name, field) for name, field in fields.items() if field.is_required)
    yield from ((name, field) for name, field in fields.items() if not field.is_required)


def _described(field: Field) -> str:
    text = _first_line(field.description)
    return f":{text}" if text else ""


def _first_line(text: str | None) -> str:
    """` The first line`, or nothing."""
    line = (text or "").strip().partition("\n")[0].strip()
    return f" {line}" if line else ""
