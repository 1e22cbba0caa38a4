"""How far an op is, on its way out: what it says by itself, else what its bars say. Never more than `PER_SECOND` a second travel.

An op says it as often as it likes, in a loop of a million turns. What comes too soon waits, and the latest of it is told when
there is room again, or when the attempt ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, SupportsFloat

from dagjob.clock import monotonic
from dagjob.errors import CheckError

PER_SECOND = 10.0
_LONGEST = 200
"""Characters of a text that travel."""


class Progress(NamedTuple):
    """How far something is; `total` is None where nobody knows."""

    done: float
    total: float | None = None
    unit: str = ""
    text: str = ""

    @property
    def over(self) -> bool:
        """Whether all is done."""
        return self.total is not None and self.done >= self.total

    @property
    def brief(self) -> str:
        """In a few words: `batch 120/500`."""
        of = "" if self.total is None else f"/{_plainly(self.total)}"
        return f"{self.text} {_plainly(self.done)}{of} {self.unit}".strip()


class ProgressReports:
    """What one attempt says of its progress. `tell` takes what travels."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._room, self._at = PER_SECOND, monotonic()
        """How many may travel at once, as it was at that time."""
        self._next = 0.0
        """When one may travel again."""
        self._waiting: tuple[float, float | None, str, str] | None = None
        self._told: Progress | None = None
        self._by_itself = False

    def say(self, done: float, total: float | None, unit: str, text: str) -> None:
        """The op says it by itself: what its bars show is not asked any more. Raises `CheckError` for what is no number."""
        self._by_itself = True
        if (
            type(done) in _PLAIN
            and (total is None or (type(total) in _PLAIN and done < total))
            and monotonic() < self._next
        ):
            self._waiting = done, total, unit, text  # As cheap as that: loops say it a million times.
        else:
            self._take(progress_of(done, total, unit, text))

    def show(self, progress: Progress) -> None:
        """A bar of the op shows it."""
        if not self._by_itself:
            self._take(progress)

    def end(self) -> None:
        """The attempt is over: tell what waits. What a bar had for a text was said of its work, not of its result."""
        last = progress_of(*self._waiting) if self._waiting is not None else self._told
        if last is not None:
            self._send(last if self._by_itself else last._replace(text=""))

    def _take(self, progress: Progress | None) -> None:
        if progress is None:
            return
        now = monotonic()
        self._room = min(PER_SECOND, self._room + (now - self._at) * PER_SECOND)
        self._at = now
        if self._room >= 1 or (progress.over and not (self._told is not None and self._told.over)):
            self._room -= 1
            self._send(progress)
        else:
            self._waiting = progress
        self._next = now + (1 - self._room) / PER_SECOND

    def _send(self, progress: Progress) -> None:
        self._waiting = None
        if progress != self._told:
            self._told = progress
            self._tell(progress)


def progress_of(done: object, total: object, unit: object, text: object) -> Progress | None:
    """What an op said, in plain numbers; None if that is not a number at all. Raises `CheckError`."""
    if type(done) is not int and type(done) is not float:
        done = _number("done", done)
    if total is not None and type(total) is not int and type(total) is not float:
        total = _number("total", total)
    if done != done or done in _ENDLESS:
        return None
    if total != total or total in _ENDLESS:
        total = None
    return Progress(done, total, str(unit)[:_LONGEST], str(text)[:_LONGEST])


def _plainly(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.10g}"


_PLAIN = (int, float)
_ENDLESS = (float("inf"), float("-inf"))


def _number(name: str, value: object) -> float:
    """A number of numpy, a Decimal or a Fraction as one of Python."""
    if isinstance(value, SupportsFloat) and not isinstance(value, str | bytes | bytearray):
        number = float(value)
        return int(number) if number.is_integer() else number
    raise CheckError(
        f"context.progress(done, total): {name} must be a number, not {value!r} (a {type(value).__name__})"
    )
