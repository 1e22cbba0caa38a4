"""The variables of the frames that an error went through, for who asked to see them: short texts, without secrets.

They are taken where the op fails, as values stay in its process. What is masked here is what a name tells: that of a
variable, of a field, of a key. Secrets that are known by their value are masked in the main process, like all texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from reprlib import Repr
from types import FunctionType, ModuleType, TracebackType
from typing import Any

from dagjob.config.secrets import MASK, judge_of_names
from dagjob.engine.describe import HOUSE, is_installed, shown_of
from dagjob.errors import DagjobError
from dagjob.events import ErrorInfo, Variable
from dagjob.record import replace

MOST_VARIABLES, MOST_FRAMES = 8, 20
LONGEST = 68
"""Characters of a line, with the name: with what stands before it, a line of a terminal."""
CUT = "..."
_VALUE = r"""b?'(?:[^'\\]|\\.)*(?:'|$)|b?"(?:[^"\\]|\\.)*(?:"|$)|[^\s,)}\]]+"""
_NAMED = re.compile(rf"""(?P<name>\w+)(?P<sign>=|['"]: )(?P<value>{_VALUE})""")
"""A field or a key and its value, as they stand in the text of an object or a dictionary."""


def with_variables(info: ErrorInfo, error: BaseException, redact: Iterable[str]) -> ErrorInfo:
    """The error with the variables of its frames. `redact` are patterns of names whose values are masked.

    `error` is what it was made of. What is only an error of ours around that of the user is looked into.
    """
    judge = judge_of_names(tuple(redact))
    frames = list(info.frames)
    places = shown_of(error.__traceback__)
    left = MOST_FRAMES
    for number in reversed(range(min(len(frames), len(places)))):  # the innermost tell the most
        if left and _is_users(places[number]):
            found = _variables(places[number], frames[number].text, judge)
            frames[number] = replace(frames[number], variables=found)
            left -= bool(found)
    cause = info.cause
    if cause is not None and error.__cause__ is not None and isinstance(error, DagjobError):
        cause = with_variables(cause, error.__cause__, redact)
    return replace(info, frames=tuple(frames), cause=cause)


def _is_users(place: TracebackType) -> bool:
    file = place.tb_frame.f_code.co_filename
    return not file.startswith((HOUSE, "<frozen")) and not is_installed(file)


def _variables(place: TracebackType, line: str, judge: Callable[[str | None], bool]) -> tuple[Variable, ...]:
    """Those that the line names first, then the others in the order in which they were made."""
    known = _values(place)
    named = [name for name in dict.fromkeys(re.findall(r"\w+", line)) if name in known]
    chosen = [*named, *(name for name in known if name not in named)][:MOST_VARIABLES]
    return tuple(Variable(name, _text(name, known[name], judge)) for name in chosen)


def _values(place: TracebackType) -> Mapping[str, Any]:
    local = dict(place.tb_frame.f_locals)  # a copy: what it shows changes with the frame
    return {
        name: value
        for name, value in local.items()
        if name.isidentifier()
        and not (name.startswith("__") and name.endswith("__"))
        and not isinstance(value, (ModuleType, FunctionType, type))
        and not type(value).__module__.startswith("dagjob.engine.")  # the context, whose text says nothing
    }


def _text(name: str, value: object, judge: Callable[[str | None], bool]) -> str:
    """The value on one line, so short that its name fits before it."""
    if judge(name):
        return MASK
    room = max(20, LONGEST - len(name) - len(" = "))
    try:
        text = " ".join(_repr(room).repr(value).split())
    except Exception as broken:  # the text of an object is the user's code
        return f"<its text cannot be read: {type(broken).__name__}>"
    text = _NAMED.sub(lambda found: f"{found['name']}{found['sign']}{MASK}" if judge(found["name"]) else found[0], text)
    return text if len(text) <= room else text[: room - len(CUT)] + CUT


def _repr(room: int) -> Repr:
    """Long strings, many items and what lies deep are left out before anybody makes a text of them."""
    short = Repr()
    short.maxdict = short.maxlist = short.maxtuple = short.maxset = short.maxfrozenset = short.maxdeque = 8
    short.maxstring, short.maxother, short.maxlevel = room, 4 * room, 4
    return short
