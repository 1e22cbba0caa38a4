"""A problem of a config: what is wrong, where, and what would be right.

A problem is plain data that the walk of `kind.py` makes and that pickles. `message` is what a Python caller reads
(one line, with the full path); what a screen shows is worded in `report.py` from the other fields. The names of
reasons and of the parts of `stack` are Dagster's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from dagjob.config import describe
from dagjob.config.runconfig import EnvVar, IntEnvVar
from dagjob.errors import nearest
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.config.fields import Field, FieldsByName
    from dagjob.config.kind import Schema

Trail = tuple[tuple[str, Any], ...]
"""Steps from the top: ("field", name), ("item", index), ("key", map key) or ("value", map key)."""

UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE, NO_VARIABLE, TWICE = "DJ201", "DJ202", "DJ203", "DJ204", "DJ205"


_LOADED = frozenset(("value", "json", "pickle"))
"""What the config of an input without a type chooses from."""


class DagjobEvaluationErrorReason(Enum):
    """Why a config does not fit."""

    RUNTIME_TYPE_MISMATCH = "RUNTIME_TYPE_MISMATCH"
    MISSING_REQUIRED_FIELD = "MISSING_REQUIRED_FIELD"
    MISSING_REQUIRED_FIELDS = "MISSING_REQUIRED_FIELDS"
    FIELD_NOT_DEFINED = "FIELD_NOT_DEFINED"
    FIELDS_NOT_DEFINED = "FIELDS_NOT_DEFINED"
    SELECTOR_FIELD_ERROR = "SELECTOR_FIELD_ERROR"
    FAILED_POST_PROCESSING = "FAILED_POST_PROCESSING"
    FIELD_ALIAS_COLLISION = "FIELD_ALIAS_COLLISION"


Reason = DagjobEvaluationErrorReason

# -- the address of a problem, as Dagster tells it -----------------------------------------------------------------


class EvaluationStackPathEntry(Record):
    """A step to a field of a dict."""

    field_name: str


class EvaluationStackListItemEntry(Record):
    """A step to an element of a list."""

    list_index: int


class EvaluationStackMapKeyEntry(Record):
    """A step to a key of a map."""

    map_key: object


class EvaluationStackMapValueEntry(Record):
    """A step to the value under a key of a map."""

    map_key: object


StackEntry = (
    EvaluationStackPathEntry | EvaluationStackListItemEntry | EvaluationStackMapKeyEntry | EvaluationStackMapValueEntry
)

_ENTRIES: dict[str, Any] = {
    "field": EvaluationStackPathEntry,
    "item": EvaluationStackListItemEntry,
    "key": EvaluationStackMapKeyEntry,
    "value": EvaluationStackMapValueEntry,
}


class EvaluationStack(Record):
    """The way from the top of the config to the dict, list or value with the problem."""

    entries: tuple[StackEntry, ...]

    @property
    def levels(self) -> list[str]:
        """The names of the fields on the way."""
        return [entry.field_name for entry in self.entries if isinstance(entry, EvaluationStackPathEntry)]


# -- the problem itself --------------------------------------------------------------------------------------------


class Problem(Record):
    """One thing that is wrong with a config.

    `trail` leads to the dict, list or value in question. `keys` are the unknown, missing or surplus keys of that dict
    (or the text that is no member of an enum), `known` the right ones. `must` and `got` fill the sentence `"x" must be
    ..., not ...`. `needs` are the required leaves below missing keys, with their types; `variable` is one of the
    environment.
    """

    reason: DagjobEvaluationErrorReason
    code: str
    trail: Trail
    what: str
    keys: tuple[Any, ...] = ()
    known: tuple[str, ...] = ()
    must: str = ""
    got: str = ""
    needs: tuple[tuple[tuple[str, ...], str], ...] = ()
    variable: str = ""
    notes: tuple[str, ...] = ()
    config_class: str = ""
    """`module:QualifiedName` of the `Config` class that declares the keys of this dict, if one does."""

    @property
    def message(self) -> str:
        """All of it in one line, with the full path, and who has written what is wrong if it is not the run config."""
        made_by = "".join(f" ({note})" for note in self.notes if note.startswith("in what "))
        return f"At {address(self.trail)}: {self.what}{made_by}"

    @property
    def is_unset(self) -> bool:
        """Whether it is only that an environment variable is not set: the config itself may be right."""
        return self.code == NO_VARIABLE

    @property
    def is_missing(self) -> bool:
        """Whether something is not there, rather than wrong."""
        return self.code == MISSING_KEY

    @property
    def stack(self) -> EvaluationStack:
        """The address in Dagster's form."""
        return EvaluationStack(tuple(_ENTRIES[kind](at) for kind, at in self.trail))

    @property
    def path(self) -> tuple[str | int, ...]:
        """The keys and list indices that lead to what is to be marked in the text."""
        path = tuple(at for _, at in self.trail)
        own = self.code in (UNKNOWN_KEY, TWICE) and len(self.keys) == 1
        return (*path, self.keys[0]) if own else path

    @property
    def at(self) -> Literal["key", "value"]:
        """Which end of `path` is to be marked: for unknown and missing keys the key, else the value."""
        if self.code in (UNKNOWN_KEY, MISSING_KEY, TWICE) or (self.trail and self.trail[-1][0] == "key"):
            return "key"
        return "value"

    @property
    def suggestion(self) -> str | None:
        """The right name that is nearest to the wrong one. Looked for only when asked."""
        if self.code == MISSING_KEY or len(self.keys) != 1 or not isinstance(self.keys[0], str):
            return None
        return nearest(self.keys[0], self.known)

    def split(self) -> list[Problem]:
        """One problem for each key, so that each can point at its own line."""
        if len(self.keys) < 2 or self.code not in (UNKNOWN_KEY, MISSING_KEY):
            return [self]
        one = Reason.FIELD_NOT_DEFINED if self.code == UNKNOWN_KEY else Reason.MISSING_REQUIRED_FIELD
        if self.reason is Reason.SELECTOR_FIELD_ERROR:
            return [self]
        by_key: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for path, kind in self.needs:
            by_key.setdefault(path[0], []).append((path, kind))
        return [replace(self, reason=one, keys=(key,), needs=tuple(by_key.get(key, ()))) for key in self.keys]

    def under(self, prefix: Sequence[tuple[str, Any]]) -> Problem:
        """The same problem of a larger config in which this one stands at `prefix`."""
        return replace(self, trail=(*prefix, *self.trail))

    def noting(self, *notes: str) -> Problem:
        """The same problem with more hints."""
        return replace(self, notes=(*self.notes, *notes))


def address(trail: Iterable[tuple[str, Any]]) -> str:
    """`root:ops:f:config:rows[1]`; keys and values of maps are `'k':key` and `'k':value`."""
    text = "root"
    for kind, at in trail:
        text += f"[{at}]" if kind == "item" else f":{at}" if kind == "field" else f":{describe.shown(at)}:{kind}"
    return text


def fields(path: Iterable[str]) -> Trail:
    """The trail through these fields."""
    return tuple(("field", name) for name in path)


# -- one function for each way to be wrong -------------------------------------------------------------------------


def mismatch(
    trail: Trail,
    schema: Schema,
    value: object,
    secret: bool = False,
    must: str = "",
    why: Exception | None = None,
) -> Problem:
    """The value is of the wrong kind, or none of the choices. `why` is what the kind raised when it read the value."""
    must = must or schema.expectation()
    expected = schema.type_name()
    keys: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    notes = () if secret or why is None else _reason_of(schema, why)
    got = describe.found(value, secret)
    if "value" in schema.parts() and _LOADED.issuperset(schema.parts()) and not isinstance(value, dict):
        notes = (f"write  {{value: {'...' if secret else _flow(value)}}}",)
    if isinstance(value, EnvVar | IntEnvVar):
        got = "an EnvVar"
        notes = (f'in a dict write {{"env": "{value.env_var_name}"}}',)
    elif isinstance(value, str) and schema.choices():
        keys, known = (value,), schema.choices()
        expected = must
        got = '"******"' if secret else f'"{describe.shown(value)[1:-1]}"'
    seen = "****** (secret)" if secret else describe.shown(value)
    what = f"expected {expected}, got {seen} of type {type(value).__name__}"
    what += f"; {notes[0]}" if notes else ""
    return Problem(Reason.RUNTIME_TYPE_MISMATCH, WRONG_TYPE, trail, what, keys, known, must, got, notes=notes)


def _reason_of(schema: Schema, why: Exception) -> tuple[str, ...]:
    """A ValueError speaks to the user; anything else is a mistake in the kind, or a value it did not think of."""
    if type(why) is ValueError:
        return (str(why),) if str(why) else ()
    if isinstance(why, TypeError):  # from a function for text that was given something else
        return ()
    return (f"{type(schema).__name__}.read raised {type(why).__name__}: {why}",)


def unknown_keys(trail: Trail, keys: Sequence[object], schema: FieldsByName) -> Problem:
    """The dict has keys that its schema does not know."""
    names = tuple(keys)
    reason = Reason.FIELD_NOT_DEFINED if len(names) == 1 else Reason.FIELDS_NOT_DEFINED
    known = tuple(schema.fields)
    what = f"unknown {_keys(names)}; it takes {describe.listed(known) if known else 'no keys at all'}"
    options = schema.options()
    notes = (f"options: {options}",) if options else ()
    written = [text for key in names if not isinstance(key, str) and (text := _in_yaml(key)) in known]
    if written:
        notes = (f'write it in quotes: "{written[0]}" without them is no text in YAML', *notes)
    return Problem(reason, UNKNOWN_KEY, trail, what, names, known, notes=notes, config_class=_class_name(schema))


def missing_keys(trail: Trail, missing: Mapping[str, Field], schema: Schema) -> Problem:
    """The dict lacks keys that it must have."""
    reason = Reason.MISSING_REQUIRED_FIELD if len(missing) == 1 else Reason.MISSING_REQUIRED_FIELDS
    needs = tuple(need for key, field in missing.items() for need in field.needs((key,)))
    sample = {key: field.example() for key, field in missing.items()}
    keys = tuple(missing)
    what = f"missing {_keys(keys)}, for example {describe.shown(sample, 500)}"
    return Problem(reason, MISSING_KEY, trail, what, keys, needs=needs, config_class=_class_name(schema))


def selected_badly(trail: Trail, value: Mapping[object, object], schema: FieldsByName) -> Problem:
    """A selector was given no key, or several."""
    known = tuple(schema.fields)
    given = tuple(map(str, value))
    must = f"a mapping with exactly one of {describe.listed(known)}"
    got = ("both " if len(given) == 2 else "") + describe.listed(given) if given else "an empty one"
    what = f"exactly one of {describe.listed(known)} is needed, got {describe.listed(given) if given else 'none'}"
    # The way that pydantic itself takes a union, with the choice beside the rest.
    chosen = [(key, item) for key, item in value.items() if isinstance(item, str) and item in known]
    rest = ", ".join(f"{key}: ..." for key in given if chosen and key != chosen[0][0])
    notes = (f"write  {{{chosen[0][1]}: {{{rest}}}}}",) if len(chosen) == 1 else ()
    code = WRONG_TYPE if given else MISSING_KEY
    return Problem(Reason.SELECTOR_FIELD_ERROR, code, trail, what, given, known, must, got, notes=notes)


def no_source(trail: Trail, keys: Sequence[object], schema: Schema) -> Problem:
    """A dict in the place of a scalar that may come from the environment has other keys than `env`."""
    must = f"{schema.expectation()} or {{env: NAME}}"
    if len(keys) == 1:
        what = f"unknown {_keys(keys)}; it takes env"
        return Problem(Reason.FIELD_NOT_DEFINED, WRONG_TYPE, trail, what, tuple(keys), ("env",), must, "a mapping")
    given = tuple(map(str, keys))
    what = f"exactly one of env is needed, got {describe.listed(given) if given else 'none'}"
    return Problem(Reason.SELECTOR_FIELD_ERROR, WRONG_TYPE, trail, what, given, ("env",), must, "a mapping")


def alias_collision(trail: Trail, name: str, alias: str) -> Problem:
    """A field was given under its name and under its alias."""
    what = f'"{name}" and its alias "{alias}" are both given; keep one'
    return Problem(Reason.FIELD_ALIAS_COLLISION, TWICE, trail, what, (alias,), (name,))


def not_in_environment(trail: Trail, name: str) -> Problem:
    """The environment variable is not set."""
    name = name or '""'
    what = f"the environment variable {name} is not set"
    return Problem(Reason.FAILED_POST_PROCESSING, NO_VARIABLE, trail, what, variable=name)


def unreadable_environment(trail: Trail, name: str, schema: Schema) -> Problem:
    """The environment variable holds something else than it must."""
    must = schema.expectation()
    what = f"the environment variable {name} must hold {must}"
    return Problem(Reason.FAILED_POST_PROCESSING, WRONG_TYPE, trail, what, must=must, variable=name)


def factory_failed(name: str, error: Exception, trail: Trail) -> Problem:
    """That no default could be made for an absent field of the value at `trail`."""
    what = f"its default_factory raised {type(error).__name__}: {error}"
    way: Trail = (*trail, ("field", name))
    return Problem(Reason.FAILED_POST_PROCESSING, WRONG_TYPE, way, what, notes=raised_in(error))


def raised_in(error: Exception) -> tuple[str, ...]:
    """A note that says where in the user's own code."""
    import os
    from traceback import extract_tb

    house = os.path.dirname(os.path.dirname(__file__))

    frames = [(each.filename, each.lineno, each.name) for each in extract_tb(error.__traceback__)]
    own = [frame for frame in frames if "site-packages" not in frame[0] and not frame[0].startswith(house)]
    if not own:
        return ()
    file, line, name = own[-1]
    here = os.path.relpath(file)
    return (f"in {file if here.startswith('..') else here}:{line}, {name}",)


def _keys(keys: Sequence[object]) -> str:
    quoted = describe.listed([f'"{key}"' for key in keys])
    return f"key {quoted}" if len(keys) == 1 else f"keys {quoted}"


def _flow(value: object) -> str:
    """A value, short, in YAML."""
    return (
        value
        if isinstance(value, str) and value.isalnum()
        else describe.shown(value, 40)
        if isinstance(value, str | list)
        else _in_yaml(value)
    )


def _in_yaml(key: object) -> str:
    """How a key that is no text is written."""
    return "null" if key is None else str(key).lower() if isinstance(key, bool) else str(key)


def _class_name(schema: Schema) -> str:
    cls = schema.config_class
    return f"{cls.__module__}:{cls.__qualname__}" if cls else ""
