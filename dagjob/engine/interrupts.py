"""Signals that ask a run to stop, and when they may break into what is running.

A handler only notes the signal and wakes the loop, which decides. User code that runs in this very process would never
see that, so around it (`user_code`) the handler also raises `DagjobExecutionInterruptedError`; outside it never does: a
half-written transaction is nobody's wish. An op that ignores the exception is cut off when the grace time is over, and
at the second signal.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from dagjob.errors import DagjobExecutionInterruptedError

_depth = 0


@contextmanager
def user_code() -> Iterator[None]:
    """While this is open, a signal may raise right here."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1


def in_user_code() -> bool:
    """Whether a signal may raise now."""
    return _depth > 0


class Interrupts:
    """Hears SIGINT, SIGTERM and SIGHUP while it is open (`with`).

    `fd` becomes readable when a signal comes, so that a loop that sleeps in `select` wakes up. `cut_off` is called when user code
    in this process does not end within `grace` seconds, or at the second signal; it must not return.
    """

    def __init__(self, grace: float, cut_off: Callable[[int], None] | None = None) -> None:
        self.signum: int | None = None
        """The first signal that came."""
        self.count = 0
        self.fd: int | None = None
        self._grace = grace
        self._cut_off = cut_off
        self._write: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interrupts:
        self.fd, self._write = os.pipe()
        for end in (self.fd, self._write):
            os.set_blocking(end, False)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # nohup leaves SIGHUP ignored, and so do we.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        if self._cut_off is not None and hasattr(signal, "setitimer") and self.count:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for end in (self.fd, self._write):
            if end is not None:
                os.close(end)
        self.fd = self._write = None

    def _heard(self, signum: int, frame: FrameType | None) -> None:
        self.count += 1
        self.signum = self.signum or signum
        if self._write is not None:
            try:
                os.write(self._write, b"!")
            except BlockingIOError:
                pass
        if not _depth:
            return
        if self._cut_off is not None:
            if self.count > 1:
                self._cut_off(self.signum)
            elif hasattr(signal, "setitimer"):
                signal.signal(signal.SIGALRM, self._too_late)
                signal.setitimer(signal.ITIMER_REAL, max(self._grace, 0.001))
        raise DagjobExecutionInterruptedError(f"interrupted by {signal.Signals(signum).name}")

    def _too_late(self, signum: int, frame: FrameType | None) -> None:
        if _depth and self._cut_off is not None and self.signum is not None:
            self._cut_off(self.signum)
