"""A debugger for ops: `pdb` on the terminal, while the op itself goes on writing where its output is kept."""

from __future__ import annotations

import pdb
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from dagjob.engine.describe import HOUSE
from dagjob.engine.terminal import terminal
from dagjob.errors import DagjobInvariantViolationError


class TerminalPdb(pdb.Pdb):
    """`pdb` that talks to the terminal and never stops in dagjob's own code.

    Raises `DagjobInvariantViolationError` where there is no terminal, instead of waiting for ever.
    """

    def __init__(self) -> None:
        with terminal():
            super().__init__(nosigint=True, skip=["dagjob.*", "contextlib"])

    def interaction(self, *args: Any, **kwargs: Any) -> None:
        """Talk to the person."""
        with terminal():
            super().interaction(*args, **kwargs)

    def message(self, msg: str) -> None:
        """What is said between two talks, such as that a function returns."""
        with terminal():
            super().message(msg)

    def dispatch_return(self, frame: FrameType, arg: Any) -> Any:
        """Let go when the body of an op returns to dagjob, however it was stepped through."""
        traced = super().dispatch_return(frame, arg)
        caller = frame.f_back
        if caller is not None and str(caller.f_globals.get("__name__")).startswith("dagjob."):
            self.set_continue()
        return traced


def post_mortem(step: str, error: BaseException) -> None:
    """Stop where the exception was raised, until the person goes on."""
    with suppress(DagjobInvariantViolationError), terminal():
        print(f"\n{step} failed: {type(error).__name__}: {error}\n(q or c goes on with the run)")
        debugger = TerminalPdb()
        debugger.reset()
        debugger.interaction(None, _of_the_user(error.__traceback__))


def _of_the_user(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback between dagjob's frames at both ends; all of it where nothing is left."""
    entries: list[TracebackType] = []
    entry = traceback
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    ours = [one.tb_frame.f_code.co_filename.startswith(HOUSE) for one in entries]
    if all(ours):
        return traceback
    first, last = ours.index(False), len(ours) - 1 - ours[::-1].index(False)
    made: TracebackType | None = None
    for one in reversed(entries[first : last + 1]):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made
