"""`EnvVar`: a value that stands in the environment and is known only at run.

In Python it is a str or an int that refuses to be read by accident; in a config it is `{"env": "NAME"}`. Which
schemas accept that form is in `schema.py`, reading it for a run in `validate.py`, from an environment that is passed
in; only `get_value`, which a user calls, looks at the real one.
"""

from __future__ import annotations

import os
from typing import Any, NoReturn


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
