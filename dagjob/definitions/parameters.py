"""What is to be known of a user's function: its parameters, name and docstring, and what it hands back.

It is asked without `inspect`, which costs 20 ms to import: plain functions, bound methods and what `functools.wraps`
made of them are read from their code; anything else that can be called (a class, a partial) is left to `inspect`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType, FunctionType, MethodType
from typing import Any

from dagjob.record import Record

CONTEXT_NAMES = frozenset({"context", "_", "_context", "context_"})
"""What a parameter is called that takes a context."""

_VAR_POSITIONAL, _VAR_KEYWORD = 0x04, 0x08


class Parameters(Record):
    """`names` can be given by position (without `self`), the first `required` of them must; `keywords` must by name.

    `open`: there is `*args`, so more may be given.
    """

    names: tuple[str, ...]
    required: int
    keywords: tuple[str, ...] = ()
    open: bool = False

    @property
    def first(self) -> str | None:
        """The name of the first one."""
        return self.names[0] if self.names else None


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """The parameters of anything that can be called. What cannot tell, such as some builtins, takes anything."""
    plain: Any = function
    while hasattr(plain, "__wrapped__"):
        plain = plain.__wrapped__
    bound = isinstance(plain, MethodType)
    if bound:
        plain = plain.__func__
    if not isinstance(plain, FunctionType):
        return _by_inspection(function)
    code = plain.__code__
    names = code.co_varnames[: code.co_argcount]
    required = len(names) - len(plain.__defaults__ or ())
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    keywords = tuple(name for name in keyword_only if name not in (plain.__kwdefaults__ or {}))
    skip = 1 if bound else 0
    return Parameters(names[skip:], max(required - skip, 0), keywords, bool(code.co_flags & _VAR_POSITIONAL))


def _by_inspection(function: Callable[..., Any]) -> Parameters:
    from inspect import Parameter, signature

    try:
        found = signature(function).parameters.values()
    except (TypeError, ValueError):
        return Parameters((), 0, (), True)
    positional = [p for p in found if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    return Parameters(
        tuple(p.name for p in positional),
        sum(p.default is Parameter.empty for p in positional),
        tuple(p.name for p in found if p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty),
        any(p.kind is Parameter.VAR_POSITIONAL for p in found),
    )


def name_of(function: object) -> str:
    """What a function is called in messages."""
    return getattr(function, "__name__", None) or repr(function)


def doc_of(function: object) -> str | None:
    """The docstring without its indentation; None without one."""
    doc = getattr(function, "__doc__", None)
    if not doc:
        return None
    if "\n" not in doc:
        return str(doc).strip()
    from inspect import cleandoc

    return cleandoc(doc)


def is_bare_decoration(thing: object) -> bool:
    """Was a decorator used without arguments, so that its first one is the function? A class is a schema."""
    return callable(thing) and not isinstance(thing, type)


def is_foreign(thing: object) -> bool:
    """Is it something of a server, which the alias `dagster` makes inert, to be counted and left alone?"""
    return bool(getattr(type(thing), "__dagjob_inert__", False))


def awaited(handed: Any) -> Any:
    """What a function handed back. What an `async def` hands back is waited for, on the loop of open async resources if any."""
    if type(handed) is not CoroutineType:
        return handed
    from dagjob.definitions.event_loop import done

    return done(handed)
