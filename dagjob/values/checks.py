"""Checks of the arguments of public functions: the kind of a value, told with its name when it is wrong.

Only kinds are known here; what a valid name or tag is stands in `names.py`.
"""

from __future__ import annotations

from typing import TypeVar

from dagjob.errors import CheckError, ParameterCheckError
from dagjob.values.brief import brief

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
