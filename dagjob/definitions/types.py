"""From an annotation to a runtime type: what `In(T)`, `Out(T)` and a parameter's annotation may say.

One type is made for each class and reused, whoever asks. Types are never compared with each other; only values are
checked. Forms that Python cannot check at run (`Union[int, str]`, `Callable`, ...) are refused, with what to write
instead.
"""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from dagjob.definitions.dagjob_type import (
    ANY,
    BOOL,
    FLOAT,
    INFERRED,
    INT,
    NOTHING,
    STRING,
    DagjobType,
    PythonObjectDagsterType,
    builtin,
    instance_check,
)
from dagjob.definitions.type_loaders import DagjobTypeLoader, dagster_type_loader
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvariantViolationError, DagjobUnknownResourceError
from dagjob.values.checks import check_kind
from dagjob.values.results import DynamicOutput, Output

if TYPE_CHECKING:
    from dagjob.values.observations import TypeCheck

__all__ = [
    "ANY",
    "NOTHING",
    "DagjobType",
    "DagjobTypeLoader",
    "Dict",
    "List",
    "Optional",
    "PythonObjectDagsterType",
    "Set",
    "Tuple",
    "check_dagster_type",
    "dagster_type_loader",
    "is_nothing",
    "make_python_type_usable_as_dagster_type",
    "resolve_type",
    "usable_as_dagster_type",
]  # fmt: skip

C = TypeVar("C", bound=type)

_BUILTIN: dict[Any, DagjobType] = {
    None: ANY,
    Any: ANY,
    int: INT,
    float: FLOAT,
    str: STRING,
    bool: BOOL,
    type(None): NOTHING,
}
_registered: dict[type, DagjobType] = {}
"""Classes for which a type was given, by `usable_as_dagster_type` and its sister."""
_inferred: dict[type, DagjobType] = {}
"""Classes whose type was made here, when they first stood in an annotation."""


def resolve_type(annotation: Any, where: str = "") -> DagjobType:
    """The runtime type that an annotation, or the argument of `In` or `Out`, stands for.

    None is Any: a missing annotation. (An annotation that says None must come as `type(None)`, which is Nothing.)
    String annotations must have been evaluated. `where` says whose annotation it is, for the message of
    `DagjobInvalidDefinitionError`.
    """
    if isinstance(annotation, DagjobType):
        return annotation
    try:
        known = _BUILTIN.get(annotation)
    except TypeError:  # not hashable, so no type either
        raise _no_type(annotation, where) from None
    if known is not None:
        return known
    origin = typing.get_origin(annotation)
    if annotation is Output or origin is Output:  # what an op hands back stands for the value in it, also in brackets
        inner = typing.get_args(annotation)
        return resolve_type(inner[0] if inner else None, where)
    if annotation is DynamicOutput:
        raise _no_type(annotation, where)
    if origin is not None or annotation in _BARE_CLASSES:
        return _generic(annotation, origin, where)
    if isinstance(annotation, _Constructor):
        return annotation.bare()
    if isinstance(annotation, type) and not _is_config_type(annotation):
        return _registered.get(annotation) or _type_of_class(annotation)
    raise _no_type(annotation, where)


def is_nothing(kind: DagjobType) -> bool:
    """Does an input or output of this type carry no value?"""
    return kind.is_nothing


# -- classes -------------------------------------------------------------------------------------------------------


def _type_of_class(cls: type) -> DagjobType:
    made = _inferred.get(cls)
    if made is None:
        made = builtin(
            f"{INFERRED}{cls.__module__}.{cls.__qualname__}]",
            _class_check(cls),
            name=cls.__name__,
            wanted=f"an instance of {cls.__name__}",
            typing_type=cls,
        )
        made.is_builtin = False
        _inferred[cls] = made
    return made


def _class_check(cls: type) -> Callable[[Any], bool]:
    """isinstance; where Python cannot tell (a TypedDict, a protocol that is not runtime_checkable) what it can."""
    if typing.is_typeddict(cls):
        return instance_check(dict)
    if getattr(cls, "_is_protocol", False) and not getattr(cls, "_is_runtime_protocol", False):
        return lambda value: True
    return instance_check(cls)


def make_python_type_usable_as_dagster_type(python_type: type, dagster_type: DagjobType) -> None:
    """From now on annotations with the class use this type.

    Raises `DagjobInvalidDefinitionError` when the class has another type already, or was used as an annotation before.
    """
    check_kind(python_type, type, "make_python_type_usable_as_dagster_type: python_type")
    check_kind(dagster_type, DagjobType, "make_python_type_usable_as_dagster_type: dagster_type")
    given = _registered.get(python_type) or _BUILTIN.get(python_type)
    if given is dagster_type:
        return
    if given is not None:
        raise DagjobInvalidDefinitionError(
            f"the class {python_type.__name__} has the type {given.display_name} already; a class gets one type, once."
        )
    if python_type in _inferred:
        raise DagjobInvalidDefinitionError(
            f"the class {python_type.__name__} was used as an annotation before, so its type is settled: give it its "
            "type before the first op that uses it."
        )
    _registered[python_type] = dagster_type


@overload
def usable_as_dagster_type(name: C) -> C: ...
@overload
def usable_as_dagster_type(
    name: str | None = None, description: str | None = None, loader: DagjobTypeLoader | None = None
) -> Callable[[C], C]: ...
def usable_as_dagster_type(
    name: Any = None, description: str | None = None, loader: DagjobTypeLoader | None = None
) -> Any:
    """On a class, bare or with arguments: annotations with the class use a type of this name."""

    def register(cls: C) -> C:
        own = None if isinstance(name, type) else name
        kind = PythonObjectDagsterType(cls, name=own, description=description, loader=loader)
        make_python_type_usable_as_dagster_type(cls, kind)
        return cls

    return register(name) if isinstance(name, type) else register


# -- generic forms -------------------------------------------------------------------------------------------------

_BARE = {
    list: "list",
    collections.abc.Sequence: "list",
    dict: "dict",
    collections.abc.Mapping: "dict",
    set: "set",
    tuple: "tuple",
}  # fmt: skip
_BARE_CLASSES = frozenset({list, dict, set, tuple})
"""Of these those that mean the same when they stand alone; the classes of `collections.abc` then are classes like any other."""


def _generic(annotation: Any, origin: Any, where: str) -> DagjobType:
    """Containers and optional values. Their parts are resolved here, so the module of containers knows no typing."""
    from dagjob.definitions import container_types as made

    # Inside brackets None means the type of None, and not that there is no annotation.
    arguments = tuple(type(None) if one is None else one for one in typing.get_args(annotation))
    if origin is typing.Union or origin is types.UnionType:
        rest = [one for one in arguments if one is not type(None)]
        if len(rest) == 1 and len(arguments) == 2:
            return made.optional(resolve_type(rest[0], where))
        raise _no_type(annotation, where)
    form = _BARE.get(origin if origin is not None else annotation)
    if not arguments or (form == "tuple" and arguments == ((),)):
        return _bare(form, annotation, where)
    if Ellipsis in arguments:
        raise _no_type(annotation, where)
    match form:
        case "list":
            return made.list_of(resolve_type(arguments[0], where))
        case "dict":
            return made.dict_of(resolve_type(arguments[0], where), resolve_type(arguments[1], where))
        case "set":
            return made.set_of(resolve_type(arguments[0], where))
        case "tuple":
            return made.tuple_of(tuple(resolve_type(one, where) for one in arguments))
    raise _no_type(annotation, where)


def _bare(form: str | None, annotation: Any, where: str) -> DagjobType:
    from dagjob.definitions import container_types as made

    match form:
        case "list":
            return made.LIST
        case "dict":
            return made.DICT
        case "set":
            return made.SET
        case "tuple":
            return made.TUPLE
    raise _no_type(annotation, where)


class _Constructor:
    """`List[Int]` and its sisters: a runtime type, where `typing.List[int]` is an annotation."""

    def __init__(
        self, name: str, form: str | None, make: Callable[[tuple[DagjobType, ...]], DagjobType], size: int | None
    ) -> None:
        self._name = name
        self._form = form
        self._make = make
        self._size = size

    def __getitem__(self, inner: Any) -> DagjobType:
        parts = inner if isinstance(inner, tuple) else (inner,)
        if self._size is not None and len(parts) != self._size:
            raise DagjobInvalidDefinitionError(f"{self._name}[...] takes {self._size} type(s), not {len(parts)}.")
        return self._make(tuple(resolve_type(part, f"inside {self._name}[...]") for part in parts))

    def bare(self) -> DagjobType:
        """The type without its parts."""
        return _bare(self._form, self, self._name)

    def __repr__(self) -> str:
        return f"dagjob.{self._name}"


def _list(inner: tuple[DagjobType, ...]) -> DagjobType:
    from dagjob.definitions.container_types import list_of

    return list_of(*inner)


def _dict(inner: tuple[DagjobType, ...]) -> DagjobType:
    from dagjob.definitions.container_types import dict_of

    return dict_of(*inner)


def _set(inner: tuple[DagjobType, ...]) -> DagjobType:
    from dagjob.definitions.container_types import set_of

    return set_of(*inner)


def _tuple(inner: tuple[DagjobType, ...]) -> DagjobType:
    from dagjob.definitions.container_types import tuple_of

    return tuple_of(inner)


def _optional(inner: tuple[DagjobType, ...]) -> DagjobType:
    from dagjob.definitions.container_types import optional

    return optional(*inner)


List = _Constructor("List", "list", _list, 1)
Dict = _Constructor("Dict", "dict", _dict, 2)
Set = _Constructor("Set", "set", _set, 1)
Tuple = _Constructor("Tuple", "tuple", _tuple, None)
Optional = _Constructor("Optional", None, _optional, 1)


# -- checking outside of a run -------------------------------------------------------------------------------------


def check_dagster_type(dagster_type: Any, value: Any) -> TypeCheck:
    """Check a value outside of a run against a type or a class. Forms of `typing` are refused."""
    if typing.get_origin(dagster_type) is not None:
        raise DagjobInvariantViolationError(
            f"check_dagster_type takes a type or a class, not {dagster_type!r}; write it with dagjob's own "
            "constructors, as in List[Int]."
        )
    return resolve_type(dagster_type, "check_dagster_type").type_check(_OutsideOfRun(), value)


class _NoResources:
    """The resources outside of a run: whichever is asked for is unknown."""

    def __getattr__(self, key: str) -> typing.NoReturn:
        if key.startswith("__"):
            raise AttributeError(key)
        raise DagjobUnknownResourceError(
            f'check_dagster_type opens no resources, so there is no "{key}": check the value in an op that a job runs.'
        )


class _OutsideOfRun:
    """The context of a check that no run asks for: no resources, a logger of Python."""

    run_id = "EPHEMERAL"

    @property
    def resources(self) -> Any:
        """None that anybody has asked for."""
        return _NoResources()

    @property
    def log(self) -> Any:
        """A logger."""
        from logging import getLogger

        return getLogger("dagjob")


# -- refusals ------------------------------------------------------------------------------------------------------

_ALLOWED = (
    "a class, int, float, str, bool, Any, Nothing, list, dict, set, tuple, Optional[T], List[T], Dict[K, V], Set[T], "
    "Tuple[A, B], or a DagjobType"
)


def _is_config_type(cls: type) -> bool:
    """A class of config schemas, given where a type of values belongs."""
    return any(base.__module__ == "dagjob.config.kind" for base in cls.__mro__)


def _no_type(annotation: Any, where: str) -> DagjobInvalidDefinitionError:
    shown = repr(annotation)
    hint = "write In(Any) or Out(Any), or make a DagjobType with a check of your own"
    if isinstance(annotation, str | typing.ForwardRef):
        hint = f"{hint}; a type in quotes is read in the annotations of a function, not here"
    elif not isinstance(annotation, type) and _is_config_type(type(annotation)):
        hint = "write In(Any) or Out(Any); a config schema belongs to config_schema="
    at = f" ({where})" if where else ""
    return DagjobInvalidDefinitionError(
        f"{shown} is no type for an input or output{at}. Allowed are {_ALLOWED}. For anything else {hint}."
    )
