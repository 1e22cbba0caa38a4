"""(schema, value) to (value, problems): one walk that never raises and never stops at the first problem.

`check` says whether a value fits, fills in defaults and keeps `{"env": ...}` as it stands. `resolve` does the same and
then what is only done for a run: it reads the environment that it is given, turns names of enum members into Python
values and ints into floats, and calls `configured` functions, the only code of the user that is called from here.

A problem's address is kept on a trail of the steps taken from the top. Schemas are known here by their `kind` alone,
so that `schema.py` can check the default of a field when it is defined. Each kind is one function in the table at
the end of this file. The work is linear in the size of value and schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.config.sources import EnvVar, IntEnvVar
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.config.problems import Problem
    from dagjob.config.schema import Field, Schema


class Checked(Record):
    """What a check found. `value` means something only when there are no problems."""

    value: Any
    problems: tuple[Problem, ...] = ()

    @property
    def success(self) -> bool:
        """Whether the value fits."""
        return not self.problems


def check(schema: Schema, value: object) -> Checked:
    """Whether `value` fits, and the value with its defaults filled in. Nothing is read from the environment."""
    return _walk(schema, value, None)


def resolve(schema: Schema, value: object, environ: Mapping[str, str]) -> Checked:
    """What the run gets: `check`, and then environment, enums, floats and `configured` functions.

    `value` may be as given or as `check` left it. Raises only `DagjobConfigMappingFunctionError`, when a `configured`
    function raises.
    """
    return _walk(schema, value, environ)


def _walk(schema: Schema, value: object, environ: Mapping[str, str] | None) -> Checked:
    walk = Walk(environ)
    result = walk.value(schema, value)
    return Checked(result, tuple(walk.problems))


class Walk:
    """One walk down a value: what is known so far. `environ` is None while only checking."""

    __slots__ = ("environ", "problems", "secrets", "trail")

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self.environ = environ
        self.problems: list[Problem] = []
        self.trail: list[tuple[str, Any]] = []
        """Steps from the top: ("field", name), ("item", index), ("key", map key) or ("value", map key)."""
        self.secrets = 0

    def value(self, schema: Schema, value: Any) -> Any:
        """The result for `value`; problems, if any, are added to `problems`."""
        return _KINDS[schema.kind](self, schema, value)

    def step(self, kind: str, at: Any, schema: Schema, value: Any) -> Any:
        """`value`, one step further down."""
        self.trail.append((kind, at))
        result = _KINDS[schema.kind](self, schema, value)
        self.trail.pop()
        return result

    def default(self, name: str, field: Field) -> Any:
        """What an absent field gets."""
        return self.step("field", name, field.config_type, _fresh(field.default))

    def add(self, way: str, *args: Any) -> None:
        """Add a problem of one of the `WAYS` of `problems.py`, which is loaded now that there is one."""
        from dagjob.config.problems import WAYS

        self.problems.append(WAYS[way](tuple(self.trail), *args))

    def mismatch(self, schema: Schema, value: Any) -> Any:
        """The value is of the wrong kind."""
        self.add("mismatch", schema, value, self.secrets > 0)
        return value


# -- scalars -------------------------------------------------------------------------------------------------------


def _int(walk: Walk, schema: Schema, value: Any) -> Any:
    if type(value) is int or (isinstance(value, int) and not isinstance(value, bool | IntEnvVar)):
        return value
    return walk.mismatch(schema, value)


def _count(walk: Walk, schema: Schema, value: Any) -> Any:
    found = len(walk.problems)
    value = _int(walk, schema, value)
    return walk.mismatch(schema, value) if len(walk.problems) == found and value < 0 else value


def _float(walk: Walk, schema: Schema, value: Any) -> Any:
    # bool is an int in Python; Dagster lets it through here, and only here.
    if isinstance(value, float | int) and not isinstance(value, IntEnvVar):
        if walk.environ is None:
            return value
        try:
            return float(value)
        except OverflowError:
            pass
    return walk.mismatch(schema, value)


def _bool(walk: Walk, schema: Schema, value: Any) -> Any:
    return value if isinstance(value, bool) else walk.mismatch(schema, value)


def _str(walk: Walk, schema: Schema, value: Any) -> Any:
    if type(value) is str or (isinstance(value, str) and not isinstance(value, EnvVar)):
        return value
    return walk.mismatch(schema, value)


def _any(walk: Walk, schema: Schema, value: Any) -> Any:
    return walk.mismatch(schema, value) if isinstance(value, EnvVar | IntEnvVar) else value


def _enum(walk: Walk, schema: Any, value: Any) -> Any:
    if isinstance(value, str) and value in schema.values:
        return value if walk.environ is None else schema.values[value]
    return walk.mismatch(schema, value)


_FALSE = ("false", "none", "0", "")


def _from_text(kind: str, text: str) -> Any:
    match kind:
        case "int_source":
            return int(text)
        case "bool_source":
            return text.lower() not in _FALSE
    return text


def _source(walk: Walk, schema: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return _KINDS[schema.scalar.kind](walk, schema.scalar, value)
    if value.keys() != {"env"}:
        if len(value) == 1:
            walk.add("unknown_keys", list(value), schema)
        else:
            walk.add("selected_badly", value, schema)
        return value
    name = value["env"]
    if type(name) is not str:
        walk.trail.append(("field", "env"))
        walk.add("mismatch", schema, name, False, "the name of an environment variable")
        walk.trail.pop()
        return value
    if walk.environ is None:
        return value
    text = walk.environ.get(name)
    if text is None:
        walk.add("not_in_environment", name)
        return value
    try:
        return _from_text(schema.kind, text)
    except ValueError:
        walk.add("unreadable_environment", name, schema)
        return value


# -- values with parts ---------------------------------------------------------------------------------------------


def _noneable(walk: Walk, schema: Any, value: Any) -> Any:
    return None if value is None else walk.value(schema.inner_type, value)


def _array(walk: Walk, schema: Any, value: Any) -> Any:
    if not isinstance(value, list):
        return walk.mismatch(schema, value)
    inner = schema.inner_type
    return [walk.step("item", index, inner, item) for index, item in enumerate(value)]


def _map(walk: Walk, schema: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return walk.mismatch(schema, value)
    for key in value:
        walk.step("key", key, schema.key_type, key)
    return {key: walk.step("value", key, schema.inner_type, item) for key, item in value.items()}


def _shape(walk: Walk, schema: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return walk.mismatch(schema, value)
    fields: dict[str, Field] = schema.fields
    before = len(walk.problems)
    written: dict[str, str] = {}
    """The fields that were given by another name, under which their problems are told."""
    if schema.field_aliases:
        written = {name: alias for name, alias in schema.field_aliases.items() if alias in value}
        value = _by_own_names(walk, schema, value)
    result: dict[Any, Any] = {}
    missing = []
    for name, field in fields.items():
        if name in value:
            result[name] = walk.step("field", written.get(name, name), field, value[name])
        elif field.is_required:
            missing.append(name)
        elif field.default_provided:
            result[name] = walk.default(name, field)
    extra = [key for key in value if key not in fields]
    if schema.open:
        result.update((key, value[key]) for key in extra)
        extra = []
    if extra or missing or len(walk.problems) > before:
        _report(walk, schema, before, extra, missing)
    return result


def _report(walk: Walk, schema: Any, before: int, extra: list[Any], missing: list[str]) -> None:
    """Put the problems of one dict in Dagster's order: unknown keys, missing keys, then its fields by name."""
    inner = walk.problems[before:]
    del walk.problems[before:]
    if extra:
        walk.add("unknown_keys", extra, schema)
    if missing:
        walk.add("missing_keys", missing, schema)
    depth = len(walk.trail)
    walk.problems += sorted(inner, key=lambda problem: str(problem.trail[depth][1]) if problem.trail[depth:] else "")


def _by_own_names(walk: Walk, schema: Any, value: dict[Any, Any]) -> dict[Any, Any]:
    """The same dict with each alias replaced by the name of its field."""
    names = {alias: name for name, alias in schema.field_aliases.items()}
    for alias, name in names.items():
        if alias in value and name in value and alias != name:
            walk.add("alias_collision", name, alias)
    return {names.get(key, key): item for key, item in value.items()}


_DICT_LIKE = ("shape", "permissive", "selector")


def _selector(walk: Walk, schema: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return walk.mismatch(schema, value)
    fields: dict[str, Field] = schema.fields
    if not value:
        if len(fields) == 1:
            ((name, field),) = fields.items()
            if not field.is_required:
                return {name: _nothing_selected(walk, name, field)}
        walk.add("selected_badly", value, schema)
        return value
    if len(value) > 1:
        walk.add("selected_badly", value, schema)
        return value
    ((name, item),) = value.items()
    if name not in fields:
        walk.add("unknown_keys", [name], schema)
        return value
    field = fields[name]
    if item is None and field.config_type.kind in _DICT_LIKE:
        item = {}
    return {name: walk.step("field", name, field, item)}


def _nothing_selected(walk: Walk, name: str, field: Field) -> Any:
    """What the one optional field of a selector holds when nothing is said."""
    if field.default_provided:
        return walk.default(name, field)
    kind = field.config_type.kind
    if kind == "array":
        return []
    return walk.step("field", name, field, {}) if kind in (*_DICT_LIKE, "map") else None


def _field(walk: Walk, schema: Any, value: Any) -> Any:
    if not schema.is_secret:
        return walk.value(schema.config_type, value)
    walk.secrets += 1
    result = walk.value(schema.config_type, value)
    walk.secrets -= 1
    return result


def _scalar_union(walk: Walk, schema: Any, value: Any) -> Any:
    structured = isinstance(value, dict | list)
    if structured or value is None:
        # None is neither; let the message speak of both.
        return walk.value(schema.non_scalar_type, value) if structured else walk.mismatch(schema, value)
    return walk.value(schema.scalar_type, value)


def _configured(walk: Walk, schema: Any, value: Any) -> Any:
    outer = len(walk.problems)
    value = walk.value(schema.outer, value)
    if walk.environ is None or len(walk.problems) > outer:
        return value
    made = schema.fixed if schema.config_fn is None else schema.config_fn(value)
    result = walk.value(schema.inner, made)
    if len(walk.problems) > outer:
        note = f"in what {schema.made_by} returned"
        walk.problems[outer:] = [problem.noting(note) for problem in walk.problems[outer:]]
    return result


def _fresh(value: Any) -> Any:
    """A default that its user may change without changing the next one's."""
    if isinstance(value, dict):
        return {key: _fresh(inner) for key, inner in value.items()}
    return [_fresh(inner) for inner in value] if isinstance(value, list) else value


_KINDS: dict[str, Callable[[Walk, Any, Any], Any]] = {
    "int": _int,
    "count": _count,
    "log_level": _str,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "any": _any,
    "str_source": _source,
    "int_source": _source,
    "bool_source": _source,
    "enum": _enum,
    "noneable": _noneable,
    "array": _array,
    "map": _map,
    "shape": _shape,
    "permissive": _shape,
    "selector": _selector,
    "field": _field,
    "scalar_union": _scalar_union,
    "configured": _configured,
}
