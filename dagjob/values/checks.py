"""Checks of the arguments of public functions: the kind of a value, told with its name when it is wrong.

What a message shows of a value is its repr, bounded in length and in time, and never an error: a list of twenty million
numbers is told by its first few, and a value whose repr raises by its type.

Only kinds are known here; what a valid name or tag is stands in `names.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from dagjob.errors import CheckError, ParameterCheckError

V = TypeVar("V")


def check_kind(value: V, kind: type | tuple[type, ...], what: str) -> V:
    """`value`, when it is of `kind`; a bool is no number. Else raises `ParameterCheckError`, which names it `what`."""
    if isinstance(value, kind) and (not isinstance(value, bool) or _takes_bool(kind)):
        return value
    raise ParameterCheckError(_mismatch(value, kind, what))


def check_member(value: V, kind: type | tuple[type, ...], what: str) -> V:
    """The same for what is inside of an argument: an element of a list, a key of a dict. Raises plain `CheckError`."""
    if isinstance(value, kind) and (not isinstance(value, bool) or _takes_bool(kind)):
        return value
    raise CheckError(_mismatch(value, kind, what))


def _mismatch(value: object, kind: type | tuple[type, ...], what: str) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    wanted = " or ".join("None" if one is type(None) else one.__name__ for one in kinds)
    return f"{what} must be {wanted}, not {brief(value)} ({type(value).__name__})."


def _takes_bool(kind: type | tuple[type, ...]) -> bool:
    return bool in kind or object in kind if isinstance(kind, tuple) else kind in (bool, object)


# -- what is shown of a value --------------------------------------------------------------------------------------

_DEEPEST = 20
_PLAIN: dict[Any, tuple[str, str]] = {list.__repr__: ("[", "]"), tuple.__repr__: ("(", ")")}


def brief(value: object, most: int = 200) -> str:
    """The repr of a value, the end cut where it is longer than `most` characters."""
    text = brief_repr(value, most)
    return text if len(text) <= most else f"{text[:most]}..."


def brief_repr(value: object, most: int) -> str:
    """What is worth knowing of a repr of which at most so many characters are shown; still to be cut."""
    try:
        return _text(value, most, 0)
    except Exception:
        return f"<{type(value).__name__}>"


def _text(value: Any, room: int, depth: int) -> str:
    kind: Any = type(value)
    if kind in (str, bytes, bytearray):
        # Who cuts the middle out wants to see both ends.
        return repr(value if len(value) <= 4 * room else value[: 2 * room] + value[-2 * room :])
    if kind.__repr__ in _PLAIN:
        opens, closes = _PLAIN[kind.__repr__]
        items = list.__iter__(value) if isinstance(value, list) else tuple.__iter__(value)
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        return f"{opens}{_joined(items, room, depth)}{comma}{closes}"
    if kind.__repr__ is dict.__repr__:
        return f"{{{_joined(dict.items(value), room, depth)}}}"
    if kind in (set, frozenset) and value:
        opens, closes = ("{", "}") if kind is set else ("frozenset({", "})")
        return f"{opens}{_joined(value, room, depth)}{closes}"
    return repr(value)


def _joined(items: Iterable[Any], room: int, depth: int) -> str:
    """The texts of items, or of pairs of a dict, as far as there is room."""
    if depth >= _DEEPEST:
        return "..."
    of_dict = type(items) is type({}.items())
    parts: list[str] = []
    used = 0
    for item in items:
        if used > room:
            parts.append("...")
            break
        inside = (_text(part, room - used, depth + 1) for part in (item if of_dict else (item,)))
        parts.append(": ".join(inside))
        used += len(parts[-1]) + 2
    return ", ".join(parts)
