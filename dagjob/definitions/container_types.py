"""The types of lists, dicts, sets, tuples and optional values, made of the types of their parts.

Loaded when a module first declares one. A container is checked without the user's help when all its parts are; else its
first part that does not pass is told by its place.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from dagjob.definitions.dagjob_type import ANY, NOTHING, STRING, DagjobType, builtin, instance_check, refusal
from dagjob.definitions.type_loaders import BuiltinLoader
from dagjob.errors import DagjobInvalidDefinitionError
from dagjob.values.checks import brief

if TYPE_CHECKING:
    from dagjob.values.observations import TypeCheck

Parts = Callable[[Any], Iterator[tuple[str, DagjobType, Any]]]
"""The parts of a value: where each is, what it should be, and what it is."""


def list_of(element: DagjobType) -> DagjobType:
    """`[T]`: a list, every element of the type."""
    return _container(
        "List", (element,), f"[{element.display_name}]", list,
        lambda value: ((f"[{i}]", element, item) for i, item in enumerate(value)),
        _loader("list", element), _annotation(typing.List, element),  # noqa: UP006  as Dagster says it
    )  # fmt: skip


def set_of(element: DagjobType) -> DagjobType:
    """`Set[T]`: a set, every element of the type."""
    return _container(
        "TypedPythonSet", (element,), f"Set[{element.display_name}]", set,
        lambda value: (("an element", element, item) for item in value),
        _loader("set", element), _annotation(typing.Set, element),  # noqa: UP006
    )  # fmt: skip


def dict_of(key: DagjobType, value: DagjobType) -> DagjobType:
    """`Dict[K,V]`: a dict, every key and value of its type."""

    def parts(mapping: Any) -> Iterator[tuple[str, DagjobType, Any]]:
        for k, v in mapping.items():
            yield f"the key {brief(k, 80)}", key, k
            yield f"[{brief(k, 80)}]", value, v

    return _container(
        "TypedPythonDict", (key, value), f"Dict[{key.display_name},{value.display_name}]", dict, parts,
        _loader("map", value) if key is STRING else None, _annotation(typing.Dict, key, value),  # noqa: UP006
    )  # fmt: skip


def tuple_of(elements: tuple[DagjobType, ...]) -> DagjobType:
    """`Tuple[A,B]`: a tuple of this length, each element of its type."""
    names = ",".join(element.display_name for element in elements)
    return _container(
        "TypedPythonTuple", elements, f"Tuple[{names}]", tuple,
        lambda value: ((f"[{i}]", e, item) for i, (e, item) in enumerate(zip(elements, value, strict=True))),
        _loader("tuple", *elements), _annotation(typing.Tuple, *elements),  # noqa: UP006
        length=len(elements),
    )  # fmt: skip


def optional(inner: DagjobType) -> DagjobType:
    """`T?`: None, or of the type."""
    _refuse_nothing("Optional", (inner,))
    made = DagjobType(
        lambda context, value: _passed() if value is None else inner.type_check(context, value),
        key=f"Optional.{inner.key}",
        name=f"{inner.display_name}?",
        is_builtin=True,
        loader=_loader("optional", inner),
        typing_type=_annotation(typing.Union, inner, NOTHING),
        required_resource_keys=inner.required_resource_keys,
    )
    made.passes = lambda value: value is None or inner.passes(value)
    made.parts = (inner,)
    return made


def _container(
    key: str,
    inner: tuple[DagjobType, ...],
    name: str,
    kind: type[Any],
    parts: Parts,
    loader: BuiltinLoader | None,
    annotation: Any,
    length: int | None = None,
) -> DagjobType:
    if kind is not dict:  # keys or values that are all None are no order, but a dict
        _refuse_nothing(name, inner)

    def passes(value: Any) -> bool | None:
        if not isinstance(value, kind) or (length is not None and len(value) != length):
            return False
        unsure = False
        for _, part, item in parts(value):
            answer = part.passes(item)
            if answer is False:
                return False
            unsure = unsure or answer is None
        return None if unsure else True

    def check(context: Any, value: Any) -> TypeCheck:
        if not isinstance(value, kind):
            return refusal(value, f"a {kind.__name__} ({name})")
        if length is not None and len(value) != length:
            return refusal(value, f"a tuple of {length} ({name}), got {len(value)}")
        for where, part, item in parts(value):
            answer = part.type_check(context, item)
            if not answer.success:
                return _told_where(answer, where)
        return _passed()

    made = DagjobType(
        check,
        key=".".join((key, *(part.key for part in inner))),
        name=name,
        is_builtin=True,
        loader=loader,
        typing_type=annotation,
        required_resource_keys=frozenset().union(*(part.required_resource_keys for part in inner)),
    )
    made.parts = inner
    made.passes = instance_check(kind) if length is None and all(part is ANY for part in inner) else passes
    return made


def _loader(shape: str, *inner: DagjobType) -> BuiltinLoader | None:
    """The loader of a container, when all its parts have one."""
    loaders = [part.loader for part in inner]
    return None if None in loaders else BuiltinLoader(shape, *loaders)


def _annotation(form: Any, *inner: DagjobType) -> Any:
    """The annotation that stands for a container of these; Any where a part says something that is no annotation."""
    try:
        return form[tuple(part.typing_type for part in inner)]
    except TypeError:
        return Any


def _refuse_nothing(name: str, inner: tuple[DagjobType, ...]) -> None:
    if any(part.is_nothing for part in inner):
        raise DagjobInvalidDefinitionError(
            f"Nothing cannot stand inside another type ({name}): a Nothing input or output carries no value at all."
        )


def _passed() -> TypeCheck:
    from dagjob.values.observations import TypeCheck

    return TypeCheck(True)


def _told_where(answer: TypeCheck, where: str) -> TypeCheck:
    from dagjob.values.observations import TypeCheck

    return TypeCheck(False, f"{where}: {answer.description or 'does not pass'}", answer.metadata)


LIST = list_of(ANY)
DICT = builtin(
    "dict", instance_check(dict), name="dict", wanted="a dict", loader=BuiltinLoader("dict"), typing_type=dict
)
SET = builtin("set", instance_check(set), name="set", wanted="a set", typing_type=set)
TUPLE = builtin("tuple", instance_check(tuple), name="tuple", wanted="a tuple", typing_type=tuple)
