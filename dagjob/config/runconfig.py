"""What a run config written in Python may hold: `RunConfig`, `Config` instances, and `EnvVar`.

It becomes a plain dict and is treated as one everywhere else; nothing here knows a schema. But to pydantic it makes a
difference whether a value was given or is a default, so the values of a `Config` class are a `ClassValues`: a dict that
remembers how they came there.

An `EnvVar` stands in the environment and is known only at run: a str or an int that refuses to be read by accident, in
a config `{"env": "NAME"}`. Only `get_value`, which a user calls, looks at the real environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, NoReturn

from dagjob.record import Record
from dagjob.values.checks import check_kind


class AsConfig:
    """What says itself how a run config would hold it: an instance of a `Config` class."""

    __slots__ = ()

    def _convert_to_config_dictionary(self) -> dict[str, Any]:
        raise NotImplementedError


class Origin(Record):
    """Where the values for one object of the class `cls` come from.

    `made`: the object that its user has built, of which these are the values. `raw`: what its constructor was given, by
    key, where the object is to be built anew. `settled`: what stands in fields that no validator shall see, by key: what
    a `default_factory` gave, what a default object has. `drawn`: those of them that were drawn for this run.
    """

    cls: type
    made: object = None
    raw: Mapping[str, object] | None = None
    settled: Mapping[str, object] = {}
    drawn: frozenset[str] = frozenset()


class ClassValues(dict[str, Any]):
    """All values for one object of a class, by the key that a config uses. `given`: the keys that somebody gave."""

    __slots__ = ("_origin", "given")

    def __init__(self, values: Mapping[str, Any], given: Iterable[str], origin: Origin | bytes | None) -> None:
        super().__init__(values)
        self.given = frozenset(given)
        self._origin = origin

    @property
    def origin(self) -> Origin | None:
        """None where nothing is to be known of it."""
        if isinstance(self._origin, bytes):
            import pickle

            self._origin = pickle.loads(self._origin)
        return self._origin if isinstance(self._origin, Origin) else None

    def drawn(self) -> dict[str, Any]:
        """The values that were drawn for this run, as a config would give them; also those of objects inside."""
        here = self.origin.drawn if self.origin is not None else frozenset()
        made = {key: plain(self[key]) for key in here if key in self}
        inner = ((key, value.drawn()) for key, value in self.items() if isinstance(value, ClassValues))
        return {**{key: values for key, values in inner if values}, **made}

    def having(self, values: Mapping[str, Any]) -> ClassValues:
        """The same with these values."""
        return ClassValues(values, self.given, self._origin)

    def __reduce__(self) -> tuple[object, ...]:
        # A process gets this before it has imported the user's module, so the origin travels sealed.
        origin = self.origin
        sealed = None
        if origin is not None and (origin.made is not None or origin.raw is not None or origin.settled):
            import pickle

            try:
                sealed = pickle.dumps(origin, 5)
            except Exception:  # an object that stays in its process; its values travel
                sealed = None
        return ClassValues, (dict(self), self.given, sealed)


class EnvVar(str):
    """The environment variable of this name, as text. `EnvVar.int("NAME")` is one that holds an integer."""

    __slots__ = ()

    @classmethod
    def int(cls, name: str) -> IntEnvVar:
        """The environment variable `name`, as an integer."""
        return IntEnvVar.create(name)

    @property
    def env_var_name(self) -> str:
        """The name of the variable."""
        return str.__str__(self)

    def get_value(self, default: str | None = None) -> str | None:
        """What the variable holds now; `default` where it is not set."""
        return os.environ.get(self.env_var_name, default)

    def __str__(self) -> NoReturn:
        raise RuntimeError(_too_early(self.env_var_name))

    def __repr__(self) -> str:
        return f"EnvVar({self.env_var_name!r})"

    def __reduce__(self) -> tuple[type[EnvVar], tuple[str]]:
        return EnvVar, (self.env_var_name,)


class IntEnvVar(int):
    """What `EnvVar.int` makes."""

    env_var_name: str

    @property
    def name(self) -> str:
        """The name of the variable, as Dagster calls it here."""
        return self.env_var_name

    @classmethod
    def create(cls, name: str) -> IntEnvVar:
        """The environment variable `name`, as an integer."""
        var = cls(0)
        var.env_var_name = name
        return var

    def get_value(self, default: int | None = None) -> int | None:
        """What the variable holds now; `default` where it is not set."""
        found = os.environ.get(self.env_var_name)
        return default if found is None else int(found)

    def __int__(self) -> NoReturn:
        raise RuntimeError(_too_early(self.env_var_name))

    def __str__(self) -> NoReturn:
        raise RuntimeError(_too_early(self.env_var_name))

    def __repr__(self) -> str:
        return f"EnvVar.int({self.env_var_name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntEnvVar) and other.env_var_name == self.env_var_name

    def __hash__(self) -> int:
        return hash((IntEnvVar, self.env_var_name))

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return IntEnvVar.create, (self.env_var_name,)


def to_config(value: object) -> object:
    """The same value as a config may hold it: each `EnvVar` in it, at any depth, becomes `{"env": NAME}`."""
    if isinstance(value, EnvVar | IntEnvVar):
        return FromEnvironment(value)
    if isinstance(value, FromEnvironment):
        return value
    if isinstance(value, dict):
        made = {key: to_config(inner) for key, inner in value.items()}
        return value.having(made) if isinstance(value, ClassValues) else made
    if isinstance(value, list):
        return [to_config(inner) for inner in value]
    return value


class FromEnvironment(dict[str, str]):
    """`{"env": NAME}` for an `EnvVar` of the code: also where any dict could stand, it is the variable that is meant."""

    __slots__ = ("is_int",)

    def __init__(self, variable: EnvVar | IntEnvVar) -> None:
        super().__init__(env=variable.env_var_name)
        self.is_int = isinstance(variable, IntEnvVar)

    def __reduce__(self) -> tuple[object, ...]:
        name = self["env"]
        return FromEnvironment, (EnvVar.int(name) if self.is_int else EnvVar(name),)


def _too_early(name: str) -> str:
    return (
        f"The environment variable {name} is read when the run starts, so it has no value yet: pass the EnvVar on "
        "as it is (not in an f-string), or call .get_value() to read it now."
    )


class RunConfig:
    """The config of one run. Values under `ops` and `resources` are `Config` or resource instances, or plain dicts."""

    def __init__(
        self,
        ops: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        loggers: Mapping[str, Any] | None = None,
        execution: Mapping[str, Any] | None = None,
    ) -> None:
        for name, section in (("ops", ops), ("resources", resources), ("loggers", loggers)):
            check_kind(section, (dict, Mapping, type(None)), f"RunConfig: {name}")
        self.ops: Any = dict(ops or {})
        self.resources: Any = dict(resources or {})
        self.loggers: Any = dict(loggers or {})
        self.execution: Any = dict(execution or {})

    def to_config_dict(self) -> dict[str, Any]:
        """The same as a plain dict, as a config file would hold it; always with all four sections."""
        made: dict[str, Any] = plain(self)
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunConfig) and other.to_config_dict() == self.to_config_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sections = ("ops", "resources", "loggers", "execution")
        return f"RunConfig({', '.join(f'{name}={getattr(self, name)!r}' for name in sections if getattr(self, name))})"


def plain(value: object) -> Any:
    """A value as a file could hold it: objects of `Config` classes and `RunConfig`s as dicts, an `EnvVar` as
    `{"env": NAME}`, the member of an enum as its name."""
    if isinstance(value, RunConfig | AsConfig | EnvVar | IntEnvVar):
        value = as_config(value)
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.name if isinstance(value, Enum) else value


def as_config(value: object) -> Any:
    """The same as dicts that know which objects they were: what a run is given, when code gives it."""
    if isinstance(value, RunConfig):
        return {
            "execution": as_config(value.execution),
            "loggers": as_config(value.loggers),
            "ops": _entries(value.ops),
            "resources": _entries(value.resources),
        }
    if isinstance(value, AsConfig):
        return value._convert_to_config_dictionary()
    if isinstance(value, ClassValues | FromEnvironment):
        return value
    if isinstance(value, Mapping):
        return {key: as_config(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_config(inner) for inner in value]
    return to_config(value)


def with_enum_values(value: object) -> Any:
    """The same config with the value of each member of an enum, as code that asks for the dict of a class gets it."""
    if isinstance(value, dict):
        return {key: with_enum_values(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_enum_values(inner) for inner in value]
    return value.value if isinstance(value, Enum) else value


def _entries(section: object) -> Any:
    """`ops` or `resources`: an instance is the `config` of its entry, and a graph has `ops` of its own."""
    if not isinstance(section, Mapping):
        return as_config(section)
    made = {}
    for name, entry in section.items():
        if isinstance(entry, Mapping):
            made[name] = {key: _entries(inner) if key == "ops" else as_config(inner) for key, inner in entry.items()}
        elif isinstance(entry, AsConfig):
            made[name] = {"config": as_config(entry)}
        else:
            made[name] = as_config(entry)
    return made
