"""An exception as data: the one place that turns a traceback into an `ErrorInfo`.

Nothing here decides what is shown; displays choose the frames of the user. Loaded with the engine, so it imports
`traceback` only when something has failed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from dagjob.errors import DagjobError
from dagjob.events import ErrorInfo, Frame

HOUSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
PACKAGES = ("site-packages", "dist-packages")
MOST_FRAMES = 60
MOST_MEMBERS = 5


def describe(error: BaseException) -> ErrorInfo:
    """The exception with its causes, its frames and the text that Python prints for it.

    Frames of dagjob at the outer end are left out: a user's traceback begins in the user's code.
    """
    return _describe(error, set(), with_text=True)


def _describe(error: BaseException, seen: set[int], *, with_text: bool = False) -> ErrorInfo:
    seen.add(id(error))
    cause = error.__cause__
    context = error.__context__ if cause is None and not error.__suppress_context__ else None
    members = _distinct(error.exceptions)[:MOST_MEMBERS] if isinstance(error, BaseExceptionGroup) else ()
    return ErrorInfo(
        type=type(error).__name__,
        module=type(error).__module__,
        message=_message(error),
        frames=_frames(error.__traceback__),
        cause=_describe(cause, seen) if cause is not None and id(cause) not in seen else None,
        context=_describe(context, seen) if context is not None and id(context) not in seen else None,
        notes=(
            *(error.notes if isinstance(error, DagjobError) else ()),
            *map(str, getattr(error, "__notes__", ())),
        ),
        members=tuple(_describe(member, seen) for member in members),
        text=_text(error) if with_text else "",
        code=error.code if isinstance(error, DagjobError) else "DJ401",
    )


def _distinct(members: Iterable[BaseException]) -> list[BaseException]:
    """Each of them once: many parts of one thing often fail alike, and another error may come behind them."""
    return list({(type(member), _message(member)): member for member in reversed([*members])}.values())[::-1]


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:
        return f"<its text cannot be read: {type(broken).__name__}>"


def shown_of(traceback: TracebackType | None) -> list[TracebackType]:
    """The parts of a traceback that become frames."""
    found: list[TracebackType] = []
    while traceback is not None:
        if found or not traceback.tb_frame.f_code.co_filename.startswith(HOUSE):
            found.append(traceback)
        traceback = traceback.tb_next
    if len(found) > MOST_FRAMES:
        # A runaway recursion: the ends tell the story.
        half = MOST_FRAMES // 2
        found = [*found[:half], *found[-half:]]
    return found


def is_installed(file: str) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    return file.startswith(STANDARD_LIBRARY) or any(f"{os.sep}{folder}{os.sep}" in file for folder in PACKAGES)


def _frames(traceback: TracebackType | None) -> tuple[Frame, ...]:
    return tuple(map(_frame, shown_of(traceback)))


def _frame(traceback: TracebackType) -> Frame:
    code = traceback.tb_frame.f_code
    line, end_line, column, end_column = _position(traceback)
    text = _source_line(code.co_filename, line, traceback.tb_frame.f_globals)
    return Frame(code.co_filename, line, code.co_name, text, column, end_column, end_line)


def _source_line(file: str, line: int, module: dict[str, Any]) -> str:
    try:
        from linecache import getline

        return getline(file, line, module).rstrip()
    except Exception:  # the user's code has changed what the standard library does
        return ""


def _position(traceback: TracebackType) -> tuple[int, int | None, int | None, int | None]:
    line = traceback.tb_lineno
    if traceback.tb_lasti >= 0:
        for number, position in enumerate(traceback.tb_frame.f_code.co_positions()):
            if number == traceback.tb_lasti // 2:
                start, end_line, column, end_column = position
                return (start or line), end_line, column, end_column
    return line, None, None, None


def _text(error: BaseException) -> str:
    try:
        from traceback import TracebackException

        return "".join(TracebackException.from_exception(error).format())
    except Exception:  # an exception whose text raises, again; or the user's code has changed the standard library
        return f"{type(error).__name__}: {_message(error)}\n"
