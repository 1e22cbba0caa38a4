"""`Config`: a config schema written as a pydantic class. Loads pydantic, as all `pydantic_*.py`.

Three directions: a class becomes a schema (`schema_of`), a resolved config becomes an instance (`pydantic_build.py`),
and an instance becomes config again (`_convert_to_config_dictionary`). Validators run when an instance is built; the
schema knows only what can be said without calling them.

A value from the environment (`EnvVar`) is not known yet when an instance is written in Python: its field keeps the
`EnvVar`, unvalidated, until the run builds the instance anew from the resolved config.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic.fields import FieldInfo

from dagjob.config.pydantic_build import Given, field_name, holds_env, is_stand_in, settling, stand_in
from dagjob.config.pydantic_fields import allows_none, as_config_value, choices, schema_of
from dagjob.config.runconfig import AsConfig, ClassValues, Origin
from dagjob.config.schema import Field, Schema
from dagjob.errors import DagjobInvalidInvocationError


class Config(BaseModel, AsConfig):
    """The config of an op, a resource or a mapping, as a class with annotated fields. Instances are frozen,
    unless the class says otherwise (`frozen=False`).

    Fields may be str, int, bool (in a run config also `{"env": NAME}`), float, lists, dicts, Optional, Any, enums,
    `Literal` of strings, other Config classes, and unions of those told apart by a discriminator.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)

    _dagjob_given: Given | None = PrivateAttr(default=None)

    def __init__(self, **values: Any) -> None:
        cls = type(self)
        if is_stand_in(cls):
            super().__init__(**_as_pydantic(cls, values))
            return
        parts = cls._parts()
        waiting = {key for key, value in values.items() if key not in parts and holds_env(value)}
        known = _as_pydantic(cls, {key: value for key, value in values.items() if key not in waiting}, waiting)
        if parts or waiting:
            self._take(cls, known, {key: values[key] for key in waiting})
        else:
            super().__init__(**known)
        if waiting or cls._is_built_anew():
            schema_of(cls)  # says what no config can hold
            self._dagjob_given = Given({key: value for key, value in values.items() if key not in parts})

    def _take(self, cls: type[Config], known: dict[str, Any], waiting: dict[str, Any]) -> None:
        """Become an object whose waiting fields nobody has judged."""
        fields = {field_name(cls, key): value for key, value in waiting.items()}
        extra = {name: value for name, value in fields.items() if name not in cls.model_fields}
        if extra and cls.model_config.get("extra") != "allow":
            fields = {name: value for name, value in fields.items() if name not in extra}
            extra = {}
        own = {name: value for name, value in fields.items() if name not in extra}
        with settling(own):
            other = stand_in(cls, own)(**known, **extra)
        object.__setattr__(self, "__dict__", other.__dict__)
        object.__setattr__(self, "__pydantic_fields_set__", other.__pydantic_fields_set__ | set(fields))
        object.__setattr__(self, "__pydantic_extra__", other.__pydantic_extra__)
        object.__setattr__(self, "__pydantic_private__", other.__pydantic_private__)

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_") or not self.model_config.get("frozen"):  # its class has asked for it
            super().__setattr__(name, value)
            return
        raise DagjobInvalidInvocationError(
            f"{type(self).__name__} is frozen: {name!r} cannot be set, since all ops see the same object. Make a new "
            "one, or keep state of your own in a pydantic PrivateAttr."
        )

    @classmethod
    def _parts(cls) -> frozenset[str]:
        """The fields that hold other objects and are no config; resources have some."""
        return frozenset()

    @classmethod
    def _is_built_anew(cls) -> bool:
        """Whether each run makes its own object of what the constructor was given; it does of resources."""
        return False

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same with other values, which nobody validates."""
        made = super().model_copy(update=update, deep=deep)
        if update:
            made._dagjob_given = None
        return made

    @classmethod
    def __dagjob_schema__(cls) -> Schema:
        return schema_of(cls)

    @classmethod
    def __dagjob_definition__(cls) -> Any:
        """The definition that the class stands for; only classes of resources have one."""
        return None

    @classmethod
    def to_config_schema(cls) -> Schema:
        """The class as a schema of fields."""
        return schema_of(cls)

    @classmethod
    def to_fields_dict(cls) -> dict[str, Field]:
        """The fields of the class by the name that a config uses."""
        return dict(schema_of(cls).fields)

    def _convert_to_config_dictionary(self) -> dict[str, Any]:
        """This instance as a run config would hold it."""
        fields = type(self).model_fields
        made = {
            info.alias or name: as_config_value(getattr(self, name), info.discriminator)
            for name, info in fields.items()
            if name not in self._parts() and not (info.default is None and getattr(self, name) is None)
        }
        made.update({name: as_config_value(value) for name, value in (self.model_extra or {}).items()})
        given = {info.alias or name for name, info in fields.items() if name in self.model_fields_set}
        return ClassValues(made, given | set(self.model_extra or {}), self._origin())

    def _origin(self) -> Origin:
        """What a run makes its own object of."""
        cls = type(self)
        raw = self._dagjob_given.values if self._dagjob_given is not None else None
        if raw is None and not (cls._is_built_anew() or holds_env(self)):
            return Origin(cls, self)
        # What the constructor was not given is as it is in this object: a `default_factory` has drawn it.
        parts = self._parts()
        fields = {info.alias or name: name for name, info in cls.model_fields.items() if name not in parts}
        settled = {key: getattr(self, name) for key, name in fields.items() if raw is None or key not in raw}
        drawn = {key: held for key, held in settled.items() if raw is None or _is_drawn(cls.model_fields[fields[key]])}
        return Origin(cls, None if cls._is_built_anew() else self, raw or {}, drawn)


class PermissiveConfig(Config):
    """A `Config` that accepts more keys than it has fields, and keeps them as attributes."""

    model_config = ConfigDict(extra="allow")


# -- what the constructor is given, as pydantic wants it -----------------------------------------------------------


def _is_drawn(info: FieldInfo) -> bool:
    return info.default_factory is not None


def _as_pydantic(cls: type[BaseModel], values: dict[str, Any], waiting: Collection[str] = ()) -> dict[str, Any]:
    """An absent field that must be there is None; enums may be given by name, unions in the form of a run config."""
    made = dict(values)
    held = {*waiting, *(cls._parts() if issubclass(cls, Config) and is_stand_in(cls) else ())}
    for name, info in cls.model_fields.items():
        key = info.alias or name
        if key not in made:
            if key not in held and info.is_required() and allows_none(info.annotation):
                made[key] = None
            continue
        value = made[key]
        if info.discriminator is not None:
            made[key] = _union_member(info, value)
        elif type(value) is str and isinstance(info.annotation, enum.EnumType) and value in info.annotation.__members__:
            made[key] = info.annotation[value]
    return made


def _union_member(info: FieldInfo, value: object) -> Any:
    """`{"cat": {...}}` as `{"kind": "cat", ...}`."""
    if isinstance(value, dict) and len(value) == 1:
        ((tag, inner),) = value.items()
        if tag in choices(info) and isinstance(inner, dict):
            return {**inner, str(info.discriminator): tag}
    return value
