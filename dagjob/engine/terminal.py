"""The terminal for whoever debugs an op in this process: displays give it back, the op's output is not captured meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dagjob.errors import DagjobInvariantViolationError

_lender: tuple[Callable[[], None], Callable[[], None]] | None = None
"""How what draws on the terminal stops, and how it goes on."""
_borrowed = False


def lend_terminal(give_back: Callable[[], None], go_on: Callable[[], None]) -> None:
    """Have `give_back` called before a debugger talks to the terminal, and `go_on` after it."""
    global _lender
    _lender = give_back, go_on


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


@contextmanager
def terminal() -> Iterator[None]:
    """While this is open, descriptors 0, 1 and 2 lead to the terminal. May be opened again inside."""
    global _borrowed
    if _borrowed:
        yield
        return
    try:
        tty = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise no_terminal() from None
    _borrowed = True
    _flush()
    saved = [os.dup(fd) for fd in (0, 1, 2)]
    for fd in (0, 1, 2):
        os.dup2(tty, fd)
    os.close(tty)
    try:
        if _lender is not None:  # Not before: what takes a frame down would be kept as output of the op.
            _lender[0]()
        yield
    finally:
        _flush()
        for fd, before in enumerate(saved):
            os.dup2(before, fd)
            os.close(before)
        if _lender is not None:
            _lender[1]()
        _borrowed = False


def no_terminal() -> DagjobInvariantViolationError:
    """What to say where nobody can be asked."""
    return DagjobInvariantViolationError(
        "a breakpoint needs a terminal, and the process of an op has none: run the job in a terminal with -e in_process, or "
        "with --pdb to stop where an op fails"
    )


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
