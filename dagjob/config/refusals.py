"""Why something cannot be a config schema, and what to write instead. Loaded only to say so."""

from __future__ import annotations

import typing
from collections.abc import Callable

from dagjob.errors import DagjobError, DagjobInvalidConfigDefinitionError, DagjobInvalidDefinitionError

_INSTEAD: dict[object, str] = {
    typing.List: "[int]",  # noqa: UP006  (what a user may have written)
    list: "[int]",
    dict: "{str: int}",
    typing.Union: "Noneable(int) for an optional value, or a Selector",
    tuple: "[int]",
    set: "[int]",
}


def refusal(thing: object, where: tuple[str, ...]) -> DagjobError:
    """The error for a `thing` that stands at `where` in a dict of fields (empty: it is the schema itself)."""
    place = f" (at {':'.join(where)})" if where else ""
    return _typing_form(thing, place) or _runtime_type(thing, place) or _other(thing, place)


def _typing_form(thing: object, place: str) -> DagjobError | None:
    origin = typing.get_origin(thing)
    if origin is None and getattr(thing, "__module__", "") != "typing" and not isinstance(thing, typing.TypeVar):
        return None
    kind = getattr(origin, "__name__", "")
    instead = _INSTEAD.get(
        typing.Union if kind == "UnionType" else origin, "int, str, [int], {str: int}, Noneable(int)"
    )
    return DagjobInvalidDefinitionError(
        f"{_shown(thing)} is a typing annotation, and no config schema{place}. Write for example {instead}; "
        "or use a Config class, whose fields are annotated like this."
    )


def _runtime_type(thing: object, place: str) -> DagjobError | None:
    # A type such as Int or List[Int]; or List itself, which makes one and is the bare type.
    if (hasattr(thing, "unique_name") and hasattr(thing, "type_check")) or hasattr(thing, "bare"):
        return DagjobInvalidDefinitionError(
            f"{_shown(thing)} is a type for the inputs and outputs of ops, and no config schema{place}. "
            "Write int, str, [int], {str: int}, Noneable(int) instead."
        )
    return None


def _other(thing: object, place: str) -> DagjobError:
    say: Callable[[str], DagjobError] = DagjobInvalidConfigDefinitionError
    if thing is None:
        return say(f"None is no schema{place}: write Any for anything, or Noneable(...) for a value that may be null.")
    if isinstance(thing, tuple):
        return say(f"A tuple is no schema{place}: {_shown(thing)}. A list of T is written [T].")
    if isinstance(thing, type):
        pydantic = hasattr(thing, "model_fields")
        hint = "derive it from Config instead of pydantic's BaseModel" if pydantic else "only Config classes can be one"
        return say(f"The class {thing.__qualname__} is no config schema{place}; {hint}.")
    return say(
        f"{_shown(thing)} of type {type(thing).__name__} is no config schema{place}. A schema is int, float, bool, "
        "str, a dict of fields, [T], {str: T}, a Config class, or one of Field, Shape, Permissive, Selector, Map, "
        "Array, Noneable, Enum, ScalarUnion, StringSource, IntSource, BoolSource."
    )


def _shown(thing: object) -> str:
    return getattr(thing, "display_name", None) or repr(thing)
