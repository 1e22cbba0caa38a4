"""What a run config written in Python may hold: `RunConfig`, `Config` instances, and `EnvVar`.

It becomes a plain dict and is treated as one everywhere else; nothing here knows a schema.

An `EnvVar` stands in the environment and is known only at run: a str or an int that refuses to be read by accident, in
a config `{"env": "NAME"}`. Only `get_value`, which a user calls, looks at the real environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from typing import Any, NoReturn, Protocol


class AsConfig:
    """What says itself how a run config would hold it: an instance of a `Config` class."""

    __slots__ = ()

    def _convert_to_config_dictionary(self) -> dict[str, Any]:
        raise NotImplementedError


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
        return {"env": value.env_var_name}
    if isinstance(value, dict):
        return {key: to_config(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [to_config(inner) for inner in value]
    return value


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
        self.ops: Any = dict(ops or {})
        self.resources: Any = dict(resources or {})
        self.loggers: Any = dict(loggers or {})
        self.execution: Any = dict(execution or {})

    def to_config_dict(self) -> dict[str, Any]:
        """The same as a plain dict, as a config file would hold it; always with all four sections."""
        return {
            "execution": plain(self.execution),
            "loggers": plain(self.loggers),
            "ops": _entries(self.ops),
            "resources": _entries(self.resources),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunConfig) and other.to_config_dict() == self.to_config_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sections = ("ops", "resources", "loggers", "execution")
        return f"RunConfig({', '.join(f'{name}={getattr(self, name)!r}' for name in sections if getattr(self, name))})"


class PartitionedConfig(Protocol):
    """A run config that is made from the key of a partition."""

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any] | RunConfig:
        """The run config for this key."""


def plain(value: object) -> Any:
    """A value without our classes: `Config` instances and `RunConfig`s as dicts, `EnvVar`s as `{"env": NAME}`."""
    if isinstance(value, RunConfig):
        return value.to_config_dict()
    if isinstance(value, AsConfig):
        return value._convert_to_config_dictionary()
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
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
        return plain(section)
    made = {}
    for name, entry in section.items():
        if isinstance(entry, Mapping):
            made[name] = {key: _entries(inner) if key == "ops" else plain(inner) for key, inner in entry.items()}
        elif isinstance(entry, AsConfig):
            made[name] = {"config": plain(entry)}
        else:
            made[name] = plain(entry)
    return made
