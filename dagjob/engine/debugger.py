"""A debugger for ops: `pdb` on the terminal, while the op itself goes on writing where its output is kept."""

from __future__ import annotations

import signal
from contextlib import nullcontext, suppress
from pdb import Pdb
from types import FrameType, TracebackType
from typing import Any

from dagjob.engine.describe import HOUSE
from dagjob.engine.terminal import terminal
from dagjob.errors import DagjobInvariantViolationError


class TerminalPdb(Pdb):
    """`pdb` that talks to the terminal and never stops in dagjob's own code.

    Raises `DagjobInvariantViolationError` where there is no terminal, instead of waiting for ever. Whoever gives it streams,
    as a debugger that talks to a socket does, has `pdb` as it is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._talking = nullcontext if args or "stdin" in kwargs or "stdout" in kwargs else terminal
        if self._talking is terminal:
            kwargs |= {"nosigint": True, "skip": ["dagjob.*", "contextlib"]}
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)  # A person takes longer than an op may.
        with self._talking():
            super().__init__(*args, **kwargs)

    def interaction(self, *args: Any, **kwargs: Any) -> None:
        """Talk to the person."""
        with self._talking():
            super().interaction(*args, **kwargs)

    def message(self, msg: str) -> None:
        """What is said between two talks, such as that a function returns."""
        with self._talking():
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
