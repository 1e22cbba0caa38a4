"""What stands for the public names of Dagster that dagjob leaves out: classes, and functions that give objects of them.

Whatever a module does with them while it is imported goes through: schedules are made, assets decorated, selections put
together. Nothing happens with what comes of it; `ignored()` lists it. Whoever then calls into one (a schedule, a client of
Pipes) is told what is left out, and what to do instead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any, ClassVar, NoReturn, cast

from dagjob.compat.names import LEFT_OUT, Family
from dagjob.errors import DagjobLeftOutError, Place
from dagjob.record import Record


class Ignored(Record):
    """A definition that is left alone."""

    kind: str
    name: str | None
    place: Place | None

    @property
    def told(self) -> str:
        """As it is shown: `schedule "daily"`."""
        return f'{self.kind} "{self.name}"' if self.name else self.kind


_ignored: list[Ignored] = []


def ignored() -> tuple[Ignored, ...]:
    """The definitions that modules have made in this process, and that are left alone."""
    return tuple(_ignored)


# -- classes -------------------------------------------------------------------------------------------------------

_KINDS = {
    "AssetsDefinition": "asset",
    "SourceAsset": "source asset",
    "AssetChecksDefinition": "asset check",
    "UnresolvedAssetJobDefinition": "asset job",
    "ScheduleDefinition": "schedule",
    "SensorDefinition": "sensor",
    "AssetSensorDefinition": "sensor",
    "MultiAssetSensorDefinition": "sensor",
    "RunStatusSensorDefinition": "sensor",
    "AutomationConditionSensorDefinition": "sensor",
}
"""The classes whose objects are definitions, and what these are called."""


class Inert:
    """An object of a class that dagjob leaves out. It keeps what it was made of, under the names that were used for it."""

    __dagjob_inert__ = True
    _left_out: ClassVar[Family]
    _given: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._given = {
            **kwargs,
            **({"name": args[0]} if args and isinstance(args[0], str) and "name" not in kwargs else {}),
        }
        kind = _KINDS.get(type(self).__name__)
        if kind is not None:
            of = self._given.get("job") or self._given.get("target") or next(iter(args), None)
            job = getattr(of, "name", None)
            name = self._given.get("name") or self._given.get("key") or (job and f"{job}_{kind}")
            _note(kind, str(name) if name is not None else None)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Classes of users may be made with keywords of the class that they inherit from."""

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._given[name] if name in self._given else Part(type(self), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise left_out(type(self).__name__, "called")

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __enter__(self) -> NoReturn:
        raise left_out(type(self).__name__, "entered")

    def __exit__(self, *error: object) -> None:
        pass

    def __and__(self, other: Any) -> Any:
        return self

    __rand__ = __or__ = __ror__ = __sub__ = __rsub__ = __add__ = __and__

    def __invert__(self) -> Any:
        return self

    def __repr__(self) -> str:
        name = self._given.get("name")
        return f"<{type(self).__name__}{f' {name}' if name else ''}, which dagjob leaves alone>"


class Part:
    """What an inert object, or its class, has under some name: a member of an enum, a method."""

    __dagjob_inert__ = True

    def __init__(self, owner: type[Inert], name: str) -> None:
        self._owner = owner
        self.name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {name!r}")
        return Part(self._owner, f"{self.name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._owner._left_out.builder:
            raise left_out(f"{self._owner.__name__}.{self.name}", "called")
        if args and isinstance(args[0], FunctionType):  # a decorator
            _note("asset check" if "check" in self.name else "asset", args[0].__name__)
        return _bare(self._owner)

    __iter__ = Inert.__iter__
    __enter__ = __exit__ = __getitem__ = __call__

    def __and__(self, other: Any) -> Any:
        return self

    __rand__ = __or__ = __ror__ = __sub__ = __rsub__ = __add__ = __and__

    def __repr__(self) -> str:
        return f"<{self._owner.__name__}.{self.name}, which dagjob leaves alone>"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self._owner, self.name)


class Meta(type):
    """Of classes whose own attributes stand for something: the members of enums, and methods that make an object."""

    _left_out: Family

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        member = _OfClass(cast("type[Inert]", cls), name)
        setattr(cls, name, member)
        return member

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


class _OfClass(Part):
    """The same of a class: it is called to make something."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        made = _bare(self._owner)
        kind = _KINDS.get(self._owner.__name__)
        if kind is not None:
            _note(kind, kwargs.get("name"))
        return made

    def __get__(self, instance: object, owner: type) -> Any:
        return self if instance is None or self._owner._left_out.builder else Part(self._owner, self.name)


def _bare(kind: type[Inert]) -> Inert:
    """An object of this class that is no definition of its own."""
    made = kind.__new__(kind)
    made._given = {}
    return made


_CLIENTS = ("PipesClient", "PipesSubprocessClient", "TreatAsResourceParam")
"""Classes by whose name a parameter of an op asks for a resource."""

_classes: dict[str, type[Inert]] = {}


def class_named(name: str) -> type[Inert]:
    if name not in _classes:
        family = LEFT_OUT.get(name, LEFT_OUT["PipesClient" if name in _CLIENTS else "asset"])
        body: dict[str, Any] = {"_left_out": family, "__module__": "dagster", "__qualname__": name, "__doc__": None}
        if name in _CLIENTS:
            body["__dagjob_as_resource__"] = True
        if family.mixed:
            _classes[name] = type(name, (Inert,), body)
        else:
            _classes[name] = cast("type[Inert]", Meta(name, (Inert,), body))
    return _classes[name]


# -- functions -----------------------------------------------------------------------------------------------------

_DECORATORS = {
    "asset": "AssetsDefinition",
    "multi_asset": "AssetsDefinition",
    "graph_asset": "AssetsDefinition",
    "graph_multi_asset": "AssetsDefinition",
    "observable_source_asset": "SourceAsset",
    "multi_observable_source_asset": "AssetsDefinition",
    "asset_check": "AssetChecksDefinition",
    "multi_asset_check": "AssetChecksDefinition",
    "schedule": "ScheduleDefinition",
    "sensor": "SensorDefinition",
    "asset_sensor": "AssetSensorDefinition",
    "multi_asset_sensor": "MultiAssetSensorDefinition",
    "run_status_sensor": "RunStatusSensorDefinition",
    "run_failure_sensor": "RunStatusSensorDefinition",
}
"""Decorators, and the class of what they make."""

_AS_IT_IS = ("component_instance", "template_var", "scaffold_with", "component_defs")
"""Decorators that leave what they decorate as it is."""

_MAKERS = {
    "define_asset_job": "UnresolvedAssetJobDefinition",
    "build_schedule_from_partitioned_job": "ScheduleDefinition",
    "make_email_on_run_failure_sensor": "RunStatusSensorDefinition",
    "build_sensor_for_freshness_checks": "SensorDefinition",
    "apply_freshness_policy": "AssetSpec",
}
"""Functions, and the class of what they give."""

_LISTS = {
    "load_assets": "AssetsDefinition",
    "load_asset_checks": "AssetChecksDefinition",
    "build_": "AssetChecksDefinition",
    "map_asset_specs": "AssetsDefinition",
    "with_source_code": "AssetsDefinition",
    "link_code": "AssetsDefinition",
}
"""How functions begin that give a list, and the class of its members."""

_CONTAINERS = ("load_defs", "load_from_defs_folder", "build_component_defs", "build_defs_for_component")
"""Functions that give `Definitions`, in which there is nothing of dagjob's."""


class InertFunction:
    """A function that dagjob leaves out, or a decorator."""

    __dagjob_inert__ = True

    def __init__(self, name: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = "dagster"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.__name__
        if name in _DECORATORS:
            return _decorated(name, args, kwargs)
        if name in _AS_IT_IS:
            return args[0] if len(args) == 1 and callable(args[0]) and not kwargs else _as_it_is
        if name in _MAKERS:
            return class_named(_MAKERS[name])(*args, **kwargs)
        if name in _CONTAINERS:
            from importlib import import_module

            _note("folder of components", None)
            return import_module("dagjob").Definitions()
        start = next((start for start in _LISTS if name.startswith(start)), None)
        if start is None or name.endswith("_context"):
            raise left_out(name, "called")
        return [class_named(_LISTS[start])(name=f"{name}(...)")]

    def __repr__(self) -> str:
        return f"<function {self.__name__} of Dagster, which dagjob leaves out>"

    def __reduce__(self) -> tuple[Any, ...]:
        return stand_in, (self.__name__,)


def _decorated(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a decorator makes of a function; before it is given one, what waits for it."""
    made = class_named(_DECORATORS[name])
    if args and callable(args[0]) and not isinstance(args[0], Inert):
        return made(**{"name": getattr(args[0], "__name__", None), **kwargs})

    def decorate(function: Any) -> Any:
        return made(**{"name": getattr(function, "__name__", None), **kwargs})

    return decorate


def _as_it_is(decorated: Any) -> Any:
    return decorated


def stand_in(name: str) -> Any:
    """What stands for a public name of Dagster that is left out."""
    return InertFunction(name) if name[0].islower() else class_named(name)


# -- words ---------------------------------------------------------------------------------------------------------


def left_out(name: str, done: str) -> DagjobLeftOutError:
    """What is raised when something that is left out should do its work."""
    family = LEFT_OUT.get(name.partition(".")[0], LEFT_OUT["asset"])
    return DagjobLeftOutError(
        f"{name} of Dagster cannot be {done}: dagjob runs jobs, and has no {family.what}. Instead, {family.instead}."
    )


def _note(kind: str, name: str | None) -> None:
    frame = sys._getframe(2)
    ours = __file__.removesuffix("compat/inert.py")
    while frame.f_back is not None and frame.f_code.co_filename.startswith(ours):
        frame = frame.f_back
    _ignored.append(Ignored(kind, name, Place(frame.f_code.co_filename, frame.f_lineno)))
