"""What the ops of a run said, as much of it as a page can hold: the last lines of each op, more of those that failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from dagjob.display.sanitize import clean_line, clean_lines
from dagjob.record import Record
from dagjob.run_view import BAD, RunView
from dagjob.storage.records import LogLine

MOST_LINES = 2000
ROOM = 6_000_000
"""Characters that the logs of a page may have, so that it opens at once; those of failed ops get half of it."""
LEAST_ROOM = 2_000
"""Characters that each op may have at least."""
LONGEST = 1 << 20


class Shown(Record):
    """A line: its text, and the level where it was logged. `at` is None for what was printed: nobody knows when."""

    text: str
    level: str = ""
    at: float | None = None


class OpLog(Record):
    """What is shown of the log of an op. `cut`: there was more before it. `withheld`: the printed part is left out."""

    key: str
    lines: tuple[Shown, ...]
    cut: bool = False
    withheld: bool = False


class Limits(Record):
    """How much of the log of an op is shown; None: all of it."""

    lines: int | None = MOST_LINES
    room: int | None = ROOM


class Logs:
    """Gathers the last lines of each op. `mask` takes out secrets; of the steps in `unmasked` nothing printed is shown."""

    def __init__(
        self,
        view: RunView,
        limits: Limits,
        mask: Callable[[str], str] = str,
        unmasked: Iterable[str] = (),
    ) -> None:
        self._limits = limits
        self._mask = mask
        self._unmasked = frozenset(unmasked)
        self._found: dict[str, _Tail] = {}
        failed = {op.key for op in view.having(*BAD)}
        ran = sum(1 for op in view.in_order() if op.first is not None)
        room = limits.room
        self._failed = failed
        self._rooms: tuple[int | None, int | None] = (
            (None, None)
            if room is None
            else (
                max(LEAST_ROOM, room // 2 // max(1, len(failed))),
                max(LEAST_ROOM, room // 2 // max(1, ran - len(failed))),
            )
        )

    def take(self, lines: Iterable[LogLine]) -> list[OpLog]:
        """The logs of all steps that said anything, in the order of their start."""
        for line in lines:
            if line.stream != "error":
                self._tail(line)(line)
        return [tail.shown() for tail in self._found.values()]

    def _tail(self, line: LogLine) -> _Tail:
        tail = self._found.get(line.step)
        if tail is None:
            room = self._rooms[0 if line.step in self._failed else 1]
            withheld = line.step in self._unmasked
            tail = self._found[line.step] = _Tail(line.step, self._limits.lines, room, withheld, self._mask)
        return tail


class _Tail:
    """The last lines of one op."""

    def __init__(
        self, key: str, most: int | None, room: int | None, withheld: bool, mask: Callable[[str], str]
    ) -> None:
        self._key = key
        self._most = most
        self._room = room
        self._withholds = withheld
        self._mask = mask
        self._lines: deque[Shown] = deque()
        self._size = 0
        self._attempt = 0
        self._cut = False
        self._withheld = False

    def __call__(self, line: LogLine) -> None:
        if line.attempt != self._attempt:
            if self._attempt:
                self._add(Shown(f"attempt {line.attempt}", "attempt"))
            self._attempt = line.attempt
        if line.stream == "output":
            if self._withholds:
                self._withheld = True
                return
            for text in self._mask(line.text).split("\n"):
                self._add(Shown(self._clean(text)))
        else:
            first, *rest = clean_lines(line.text, LONGEST)
            self._add(Shown(first, line.level or "info", line.at))
            for text in rest:
                self._add(Shown(text, line.level or "info"))

    def _clean(self, text: str) -> str:
        return text if text.isprintable() else clean_line(text, LONGEST).rstrip()

    def _add(self, shown: Shown) -> None:
        if self._room is not None and len(shown.text) > self._room:
            shown = Shown(f"{shown.text[: self._room]}…", shown.level, shown.at)
            self._cut = True
        self._lines.append(shown)
        self._size += len(shown.text)
        while (self._most is not None and len(self._lines) > self._most) or (
            self._room is not None and self._size > self._room and len(self._lines) > 1
        ):
            self._size -= len(self._lines.popleft().text)
            self._cut = True

    def shown(self) -> OpLog:
        """What is left of it."""
        return OpLog(self._key, tuple(self._lines), self._cut, self._withheld)
