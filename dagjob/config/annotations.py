"""The one parameter of a config function, and the `Config` class that it is annotated with.

Read without `inspect`, which costs more than all of this room. Annotations may be strings (`from __future__ import
annotations`), also of classes that live in a function: those are looked up in the frames that lead here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from dagjob.config.config_class import ConfigClass, is_config_class
from dagjob.errors import CheckError


def only_parameter(fn: Callable[..., Any], of: str) -> tuple[str, object]:
    """Name and annotation (None where there is none) of the one parameter of `fn`, which belongs to `of`."""
    names, function = _parameters(fn)
    if len(names) != 1:
        raise CheckError(f"{of} takes exactly one parameter, the config; it has {len(names)}: ({', '.join(names)})")
    annotation = getattr(function, "__annotations__", {}).get(names[0])
    return names[0], _evaluated(annotation, function) if isinstance(annotation, str) else annotation


def config_class_of(annotation: object) -> type[ConfigClass] | None:
    """The `Config` class that an annotation names, if it does."""
    return annotation if is_config_class(annotation) else None


def _parameters(fn: Callable[..., Any]) -> tuple[list[str], object]:
    """The names of the parameters that a call must fill or may fill, and the function that carries annotations."""
    function: object = fn.__func__ if isinstance(fn, MethodType) else fn
    if not isinstance(function, FunctionType):
        import inspect

        target = fn if inspect.isroutine(fn) or isinstance(fn, type) else getattr(fn, "__call__", fn)  # noqa: B004
        try:
            return list(inspect.signature(fn).parameters), getattr(target, "__func__", target)
        except ValueError:  # a function written in C that does not tell
            return ["config"], target
    code = function.__code__
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return (names[1:] if isinstance(fn, MethodType) else names), function


def _evaluated(text: str, function: object) -> object:
    """What the text of an annotation means where the function was written; None where that cannot be found out."""
    scopes = [dict(getattr(function, "__globals__", {}))]
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        scopes.append(frame.f_locals)
    for local in scopes:
        try:
            return eval(text, scopes[0], dict(local))
        except Exception:
            continue
    return None
