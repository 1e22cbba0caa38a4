"""`Config`: a config schema written as a pydantic class. The only file of this room that loads pydantic.

Three directions: a class becomes a schema (`schema_of`), a resolved config becomes an instance (`build_instance`),
and an instance becomes config again (`_convert_to_config_dictionary`). Validators run when an instance is built; the
schema knows only what can be said without calling them.

A value from the environment (`EnvVar`) is not known yet when an instance is written in Python: its field keeps the
`EnvVar`, unvalidated, until the run builds the instance anew from the resolved config.
"""

from __future__ import annotations

import enum
import os
import weakref
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic import Field as PydanticField
from pydantic.fields import FieldInfo

from dagjob.config import describe
from dagjob.config.kind import part_at
from dagjob.config.problems import WRONG_TYPE, Problem, Reason, Trail
from dagjob.config.pydantic_fields import allows_none, choices, schema_of
from dagjob.config.runconfig import AsConfig, EnvVar, IntEnvVar
from dagjob.config.schema import Field, Schema
from dagjob.config.secrets import holds_secrets
from dagjob.errors import DagjobInvalidInvocationError

_HOUSE = os.path.dirname(os.path.dirname(__file__))
"""Our own package: its frames are not the user's."""


class Config(BaseModel, AsConfig):
    """The config of an op, a resource or a mapping, as a class with annotated fields. Instances are frozen.

    Fields may be str, int, bool (in a run config also `{"env": NAME}`), float, lists, dicts, Optional, Any, enums,
    `Literal` of strings, other Config classes, and unions of those told apart by a discriminator.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    def __init__(self, **values: Any) -> None:
        cls = type(self)
        values = _as_pydantic(cls, values)
        parts = cls._parts()
        waiting = {key: value for key, value in values.items() if key not in parts and _holds_env(value)}
        if cls in _STAND_INS or not (parts or waiting):
            super().__init__(**values)
            return
        known = {key: value for key, value in values.items() if key not in waiting}
        other = _stand_in(cls, parts, {_field_name(cls, key): value for key, value in waiting.items()})(**known)
        object.__setattr__(self, "__dict__", other.__dict__)
        object.__setattr__(self, "__pydantic_fields_set__", other.__pydantic_fields_set__ | set(waiting))
        object.__setattr__(self, "__pydantic_extra__", other.__pydantic_extra__)
        object.__setattr__(self, "__pydantic_private__", other.__pydantic_private__)

    def __setattr__(self, name: str, value: object) -> None:
        if name in type(self).__private_attributes__ or name not in type(self).model_fields:
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
    def __dagjob_schema__(cls) -> Schema:
        return schema_of(cls)

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
        made = {
            info.alias or name: _as_config(getattr(self, name), info)
            for name, info in type(self).model_fields.items()
            if name not in self._parts() and not (info.default is None and getattr(self, name) is None)
        }
        return {**made, **{name: _as_config(value, None) for name, value in (self.model_extra or {}).items()}}


class PermissiveConfig(Config):
    """A `Config` that accepts more keys than it has fields, and keeps them as attributes."""

    model_config = ConfigDict(extra="allow")


def build_instance(cls: type[BaseModel], resolved: Any) -> Any:
    """The instance that an op or a resource gets. Runs the validators: may raise pydantic's `ValidationError`."""
    return cls(**(resolved or {}))


def instance_problems(cls: type[BaseModel], resolved: object, trail: Trail = ()) -> list[Problem]:
    """What the validators of the class have against a resolved config that stands at `trail`."""
    try:
        build_instance(cls, resolved)
    except ValidationError as error:
        return list(_as_problems(cls, error, trail))
    except Exception as error:  # a validator that raises something else
        what = f"{cls.__name__} raised {type(error).__name__}: {error}"
        return [Problem(Reason.FAILED_POST_PROCESSING, WRONG_TYPE, trail, what, notes=_raised_in(error))]
    return []


def _as_problems(cls: type, error: ValidationError, trail: Trail) -> Iterator[Problem]:
    for found in error.errors(include_url=False, include_context=False):
        way: Trail = tuple(("item" if isinstance(at, int) else "field", at) for at in found["loc"])
        message = found["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        what = f"{message} (checked by {_class_at(cls, way).__name__})"
        _, should, must = message.partition("Input should be ")
        got = describe.found(found["input"], _may_be_secret(cls, way)) if should else ""
        yield Problem(Reason.FAILED_POST_PROCESSING, WRONG_TYPE, (*trail, *way), what, must=must, got=got)


def _class_at(cls: type, way: Trail) -> type:
    """The innermost class on the way to a field: the one whose validators have spoken."""
    for _, name in way:
        info = getattr(cls, "model_fields", {}).get(name)
        kinds = (info.annotation, *get_args(info.annotation)) if info is not None else ()
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        cls = inner[0] if len(inner) == 1 else cls
    return cls


def _raised_in(error: Exception) -> tuple[str, ...]:
    """Where in the user's own code."""
    from traceback import extract_tb

    frames = [(each.filename, each.lineno, each.name) for each in extract_tb(error.__traceback__)]
    own = [frame for frame in frames if "site-packages" not in frame[0] and not frame[0].startswith(_HOUSE)]
    if not own:
        return ()
    file, line, name = own[-1]
    here = os.path.relpath(file)
    return (f"in {file if here.startswith('..') else here}:{line}, {name}",)


def _may_be_secret(cls: type, way: Trail) -> bool:
    """Whether the top field that this leads into holds a secret somewhere."""
    schema: Schema = cls.__dagjob_schema__()  # type: ignore[attr-defined]
    inner = part_at(schema, way[0][1]) if way else schema
    return inner is not None and holds_secrets(inner)


# -- what the constructor is given, as pydantic wants it -----------------------------------------------------------


def _as_pydantic(cls: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    """An absent field that must be there is None; enums may be given by name, unions in the form of a run config."""
    made = dict(values)
    for name, info in cls.model_fields.items():
        key = info.alias or name
        if key not in made:
            if info.is_required() and allows_none(info.annotation):
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


def _holds_env(value: object) -> bool:
    if isinstance(value, EnvVar | IntEnvVar):
        return True
    if isinstance(value, dict):
        return any(_holds_env(inner) for inner in value.values())
    return isinstance(value, list | tuple) and any(_holds_env(inner) for inner in value)


def _field_name(cls: type[BaseModel], key: str) -> str:
    return next((name for name, info in cls.model_fields.items() if key == (info.alias or name)), key)


_STAND_INS: weakref.WeakSet[type[BaseModel]] = weakref.WeakSet()


def _stand_in(cls: type[BaseModel], parts: frozenset[str], waiting: dict[str, Any]) -> type[BaseModel]:
    """The same class for making an instance of it in which some fields are not judged.

    Parts are taken as they are; what waits for the environment is a default, which no validator of the field sees.
    """
    fields: dict[str, Any] = {name: (Any, PydanticField(default=value)) for name, value in waiting.items()}
    for name in parts:
        required = cls.model_fields[name].is_required()
        fields[name] = (Any, PydanticField() if required else PydanticField(default=cls.model_fields[name].default))
    made = create_model(cls.__name__, __base__=cls, **fields)
    _STAND_INS.add(made)
    return made


# -- an instance as config -----------------------------------------------------------------------------------------


def _as_config(value: object, info: FieldInfo | None) -> Any:
    if isinstance(value, EnvVar | IntEnvVar):
        return {"env": value.env_var_name}
    if isinstance(value, AsConfig):
        made = value._convert_to_config_dictionary()
        if info is not None and isinstance(info.discriminator, str):
            return {made.pop(info.discriminator): made}
        return made
    if isinstance(value, enum.Enum):
        return value.name
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {key: _as_config(inner, None) for key, inner in value.items()}
    return [_as_config(inner, None) for inner in value] if isinstance(value, list | tuple) else value
