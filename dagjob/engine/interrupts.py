"""Signals that ask a run to stop, and when they may break into what is running.

A handler only notes the signal and wakes the loop, which decides. User code that runs in this very process would never
see that, so around it (`user_code`) the handler also raises `DagjobExecutionInterruptedError`; outside it never does: a
half-written transaction is nobody's wish. An op that ignores the exception is cut off when the grace time is over, and
at the second signal.
"""

from __future__ import annotations

import _thread
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import SIGNAL_WORDS
from dagjob.plan.steps import Failed
from dagjob.record import replace

INTERRUPTED = DagjobExecutionInterruptedError.__name__

_depth = 0
_broken_into = 0
_shielded = False
_unheeded: str | None = None
"""The signal that came outside of user code, until the loop heeds it: raised where user code begins before that."""
_missed: str | None = None
"""The signal that came while a sink worked for user code: raised when the sink is through."""


class _UserCode:
    """Counts how deep we are in user code. One object for all, because it is entered several times for each op."""

    __slots__ = ()

    def __enter__(self) -> None:
        global _depth
        if _unheeded is not None:
            _raise_unheeded()
        _depth += 1

    def __exit__(self, *error: object) -> None:
        global _depth
        _depth -= 1


_USER_CODE = _UserCode()


def user_code() -> _UserCode:
    """While this is open, a signal may raise right here."""
    return _USER_CODE


def _raise_unheeded() -> NoReturn:
    global _unheeded
    name, _unheeded = _unheeded, None
    assert name is not None
    raise _interruption(name)


def heed() -> None:
    """The loop knows of all signals that have come so far: what user code is still to run, runs."""
    global _unheeded
    _unheeded = None


class OwnCode:
    """While this is open inside user code (a sink that hears a log line), a signal waits until the outermost is closed."""

    __slots__ = ("_before", "_depth")

    def __enter__(self) -> None:
        global _depth, _shielded
        self._depth, _depth = _depth, 0
        self._before, _shielded = _shielded, _shielded or self._depth > 0

    def __exit__(self, *error: object) -> None:
        global _depth, _missed, _shielded
        _depth, _shielded = self._depth, self._before
        if _missed is not None and not _shielded:
            name, _missed = _missed, None
            raise _interruption(name)


def times_broken_into() -> int:
    """How often a signal has raised in user code of this process so far."""
    return _broken_into


def _interruption(name: str) -> DagjobExecutionInterruptedError:
    global _broken_into
    _broken_into += 1
    return DagjobExecutionInterruptedError(f"interrupted by {name}")


def in_user_code() -> bool:
    """Whether a signal may raise now."""
    return _depth > 0


def signal_name(signum: int) -> str:
    """`SIGTERM` for 15."""
    return signal.Signals(signum).name


def ended_by(outcome: Failed, signum: int | None) -> Failed:
    """An op that was interrupted says what ended it: the first signal to the run, or one to its own process alone.

    Its process is always asked with the same signal, whichever the run got.
    """
    error = outcome.error
    if error.type != INTERRUPTED:
        return outcome
    if signum is not None:
        name = signal_name(signum)
        return replace(
            outcome, error=replace(error, message=f"stopped with the run, by {SIGNAL_WORDS.get(name, name)}")
        )
    alone = f"{error.message}, which somebody sent to the process of this op and not to the run"
    died = replace(error, type="ChildProcessCrashException", message=alone, code="DJ402")
    return replace(outcome, error=died, status="failed", retryable=True, source="UNEXPECTED_ERROR")


def keeps_account(frame: FrameType | None) -> bool:
    """Is that a write of what an op prints? An exception in there would leave open whether it was written: it came twice."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "dagjob.builtin.patient_file":
            return True
        frame = frame.f_back
    return False


def soon_again(signum: int) -> None:
    """Let the signal come once more, in a moment."""
    _thread.start_new_thread(_send, (signum,))


def _send(signum: int) -> None:
    time.sleep(0.001)
    os.kill(os.getpid(), signum)


def come_too_late(signum: int, frame: FrameType | None) -> None:
    """Ctrl-C when all is done and written down: it changes nothing any more."""


def stop_here() -> float:
    """Stop this process, as Ctrl-Z does, until it is told to go on; the seconds in between, which no alarm counts."""
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    left = signal.setitimer(signal.ITIMER_REAL, 0)
    began = time.monotonic()
    os.kill(os.getpid(), signal.SIGTSTP)
    seconds = time.monotonic() - began
    signal.setitimer(signal.ITIMER_REAL, *left)
    signal.signal(signal.SIGTSTP, before)
    return seconds


NO_REQUESTS: Mapping[str, Callable[[], None]] = {}


class Interrupts:
    """Hears SIGINT, SIGTERM and SIGHUP while it is open (`with`).

    `fd` becomes readable when a signal comes, so that a loop that sleeps in `select` wakes up. `cut_off` is called when
    user code in this process does not end within `grace` seconds, or at the second signal; it must not return.

    `requests` are other signals by name, and what they ask for: done at once while user code runs here, else by whoever
    calls `answer` when the loop turns.

    With `last` the command has nothing more to do than to leave: Ctrl-C, which would be an exception, says no more that it
    was canceled.
    """

    def __init__(
        self,
        grace: float,
        cut_off: Callable[[int], None] | None = None,
        requests: Mapping[str, Callable[[], None]] = NO_REQUESTS,
        *,
        last: bool = False,
    ) -> None:
        self.signum: int | None = None
        """The first signal that came."""
        self.count = 0
        self.fd: int | None = None
        self._grace = grace
        self._cut_off = cut_off
        self._write: int | None = None
        self._before: dict[int, object] = {}
        self._requests = requests
        self._last = last
        self._acts: dict[int, Callable[[], None]] = {}
        self._asked: list[Callable[[], None]] = []
        self._wakes = False

    def __enter__(self) -> Interrupts:
        self.fd, self._write = os.pipe()
        for end in (self.fd, self._write):
            os.set_blocking(end, False)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # nohup leaves SIGHUP ignored, and so do we.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._heard)
        for name, act in self._requests.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._acts[number] = act
                self._before[number] = signal.signal(number, self._is_asked)
        return self

    def wake_for_all(self) -> None:
        """Whatever else has a handler, as that of the terminal's size, wakes the loop too.

        Not where ops run in this process: there are libraries that want this for themselves.
        """
        if self._write is not None:
            before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
            self._wakes = before == -1
            if not self._wakes:
                signal.set_wakeup_fd(before)

    def answer(self) -> None:
        """Do what was asked for since."""
        while self._asked:
            self._asked.pop(0)()

    def _is_asked(self, signum: int, frame: FrameType | None) -> None:
        act = self._acts[signum]
        if _depth and not keeps_account(frame):
            with OwnCode():
                act()
        elif act not in self._asked:
            self._asked.append(act)
            if self._write is not None:
                with suppress(BlockingIOError):
                    os.write(self._write, b"!")

    def __exit__(self, *error: object) -> None:
        if self._wakes:
            signal.set_wakeup_fd(-1)
        if self._last and error == (None, None, None) and self._before.get(signal.SIGINT) is signal.default_int_handler:
            self._before[signal.SIGINT] = come_too_late
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        heed()
        if self._cut_off is not None and hasattr(signal, "setitimer") and self.count:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for end in (self.fd, self._write):
            if end is not None:
                os.close(end)
        self.fd = self._write = None

    def _heard(self, signum: int, frame: FrameType | None) -> None:
        global _missed, _unheeded
        if _depth and keeps_account(frame):
            soon_again(signum)
            return
        self.count += 1
        self.signum = self.signum or signum
        if self._write is not None:
            with suppress(BlockingIOError):
                os.write(self._write, b"!")
        if not _depth:
            if _shielded:
                _missed = signal.Signals(signum).name
            else:
                _unheeded = signal.Signals(signum).name
            return
        if self._cut_off is not None:
            if self.count > 1:
                self._cut_off(self.signum)
            elif hasattr(signal, "setitimer"):
                signal.signal(signal.SIGALRM, self._too_late)
                signal.setitimer(signal.ITIMER_REAL, max(self._grace, 0.001))
        raise _interruption(signal.Signals(signum).name)

    def _too_late(self, signum: int, frame: FrameType | None) -> None:
        if _depth and self._cut_off is not None and self.signum is not None:
            self._cut_off(self.signum)


class NoSignals:
    """For a run whose signals are its caller's business."""

    signum: int | None = None
    count = 0
    fd: int | None = None
