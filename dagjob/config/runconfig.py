"""`RunConfig`: a run config written in Python, with `Config` instances and `EnvVar`s in it.

It becomes a plain dict and is treated as one everywhere else; nothing here knows a schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol

from dagjob.config.sources import AsConfig, to_config


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
