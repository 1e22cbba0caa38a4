"""Frozen records: what `dataclass(frozen=True, slots=True)` gives, at a tenth of its start-up.

Importing `dataclasses` costs 23 ms of CPU (it brings `inspect`) and every frozen class 0.7 ms more; dagjob has
some sixty of them on the path of each command. A `Record` costs 10 microseconds to define: its constructor, `==` and
`hash` first go through the list of fields, and are compiled (120 microseconds each) for a class that is used often.
Most are not: a command makes one or two of most of its records. Type checkers see the fields through
`dataclass_transform`.

A record is immutable, has slots, compares by class and value, hashes, prints as the call that makes it, can be
matched by position and pickles as that call. A subclass adds its fields after those of its parent. Defaults are
shared, so a mutable default is a mistake; `__post_init__` is called where a class has one.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar, dataclass_transform

R = TypeVar("R", bound="Record")

_OFTEN = 25
"""Calls after which the methods of a class are compiled: by then the slow calls have cost about as much as that."""

_COMPILED = frozenset({"__init__", "__eq__", "__hash__"})

_calls: dict[type, int] = {}


class _RecordType(type):
    """Turns the annotations of a class body into slots, and remembers their order and defaults."""

    def __new__(meta, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        own = [
            field
            for field, annotation in namespace.get("__annotations__", {}).items()
            if not str(annotation).startswith("ClassVar")
        ]
        parent = next((b for b in bases if isinstance(b, _RecordType)), None)
        fields: tuple[str, ...] = getattr(parent, "__match_args__", ()) + tuple(own)
        defaults = dict(getattr(parent, "_defaults", {}))
        defaults.update({field: namespace.pop(field) for field in own if field in namespace})
        namespace["__slots__"] = tuple(own)
        namespace["__match_args__"] = fields
        namespace["_defaults"] = defaults
        by_hand: frozenset[str] = getattr(parent, "_by_hand", frozenset())
        if parent is not None:
            by_hand |= _COMPILED & namespace.keys()
            # Of its own, or it would inherit what was compiled for the fields of its parent.
            namespace.update({method: getattr(Record, method) for method in _COMPILED - by_hand})
        namespace["_by_hand"] = by_hand
        return super().__new__(meta, name, bases, namespace)


@dataclass_transform(frozen_default=True)
class Record(metaclass=_RecordType):
    """The parent of all frozen records; see the head of this file."""

    _by_hand: ClassVar[frozenset[str]]
    _defaults: ClassVar[dict[str, Any]]
    __match_args__: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls = type(self)
        fields = cls.__match_args__
        values = {**cls._defaults, **dict(zip(fields, args, strict=False)), **kwargs}
        fits = len(args) <= len(fields) and not kwargs.keys() & fields[: len(args)] and values.keys() == set(fields)
        if not fits:
            _compile_init(cls)(self, *args, **kwargs)  # raises what any call with wrong arguments does
        for field, value in values.items():
            object.__setattr__(self, field, value)
        _count_slow_call(cls)
        self.__post_init__()

    def __post_init__(self) -> None:
        """What a class checks or derives once its fields are set."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: cannot delete {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        _count_slow_call(type(self))
        return all(getattr(self, f) == getattr(other, f) for f in self.__match_args__)

    def __hash__(self) -> int:
        _count_slow_call(type(self))
        return hash((type(self), *(getattr(self, f) for f in self.__match_args__)))

    def __repr__(self) -> str:
        fields = ", ".join(f"{f}={getattr(self, f)!r}" for f in self.__match_args__)
        return f"{type(self).__qualname__}({fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple([getattr(self, f) for f in self.__match_args__])  # a list is quicker


def replace(record: R, **changes: Any) -> R:
    """The same record with some fields changed."""
    values = {f: getattr(record, f) for f in record.__match_args__}
    return type(record)(**{**values, **changes})


def asdict(record: Record) -> dict[str, Any]:
    """The fields of a record by name, not recursive."""
    return {f: getattr(record, f) for f in record.__match_args__}


def _count_slow_call(cls: type[Record]) -> None:
    """Compile the methods of a class that is used often."""
    calls = _calls[cls] = _calls.get(cls, 0) + 1
    if calls == _OFTEN:
        for method, function in {**_compile_equality(cls), "__init__": _compile_init(cls)}.items():
            if method not in cls._by_hand:
                type.__setattr__(cls, method, function)


def compile_constructor(cls: type[Record]) -> None:
    """Compile the constructor of a class that will be used often, in forks of this process, which cannot count together."""
    if "__init__" not in cls._by_hand and cls.__init__ is Record.__init__:
        type.__setattr__(cls, "__init__", _compile_init(cls))


def _compile_equality(cls: type[Record]) -> dict[str, Any]:
    fields = cls.__match_args__
    same = " and ".join(f"self.{f} == other.{f}" for f in fields) or "True"
    values = "".join(f", self.{f}" for f in fields)
    scope: dict[str, Any] = {"cls": cls}
    exec(
        "def __eq__(self, other):\n"
        "  if other.__class__ is not cls: return NotImplemented\n"
        f"  return True if {same} else False\n"
        f"def __hash__(self): return hash((cls{values}))",
        scope,
    )
    return {method: scope[method] for method in ("__eq__", "__hash__")}


def _compile_init(cls: type[Record]) -> Any:
    """A constructor that sets each slot through its descriptor, past the frozen `__setattr__`."""
    fields = cls.__match_args__
    scope: dict[str, Any] = {f"_default_{f}": d for f, d in cls._defaults.items()}
    scope |= {f"_set_{f}": getattr(cls, f).__set__ for f in fields}
    parameters = "".join(f", {f}=_default_{f}" if f in cls._defaults else f", {f}" for f in fields)
    body = [f"_set_{f}(self, {f})" for f in fields] or ["pass"]
    if cls.__post_init__ is not Record.__post_init__:
        body.append("self.__post_init__()")
    exec(f"def __init__(self{parameters}):\n  " + "\n  ".join(body), scope)
    init = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init
