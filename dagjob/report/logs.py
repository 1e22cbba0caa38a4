"""What the ops of a run said, as much of it as a page can hold: the last lines of each op, more of those that failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from dagjob.display.sanitize import clean_line, clean_lines
from dagjob.record import Record
from dagjob.run_view import BAD, RunView
from dagjob.storage.records import LogLine

MOST_LINES = 2000
ROOM = 6_000_000
"""Characters that the logs of a page may have, so that it opens at once; those of failed ops get up to half of it."""
LEAST_ROOM = 1_000
"""Characters that each op may have at least."""
GATHERED = 8
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
    """How much of the logs is shown: lines of each op, characters of all together; None: all of them."""

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
        self._failed = frozenset(op.key for op in view.having(*BAD))
        self._found: dict[str, _Tail] = {}
        ran = sum(1 for op in view.in_order() if op.first is not None)
        # Most ops say little, and leave their room to the others: more is gathered than each may have in the end.
        room = limits.room
        self._room = None if room is None else max(LEAST_ROOM, min(room, GATHERED * room // max(1, ran)))

    def take(self, lines: Iterable[LogLine]) -> list[OpLog]:
        """The logs of all steps that said anything, in the order of their start."""
        for line in lines:
            if line.stream != "error":
                self._tail(line)(line)
        room = self._limits.room
        if room is not None:
            failed = [tail for key, tail in self._found.items() if key in self._failed]
            others = [tail for key, tail in self._found.items() if key not in self._failed]
            _share(failed, room // 2)
            _share(others, room - sum(tail.size for tail in failed))
        return [tail.shown() for tail in self._found.values()]

    def _tail(self, line: LogLine) -> _Tail:
        tail = self._found.get(line.step)
        if tail is None:
            withheld = line.step in self._unmasked
            tail = self._found[line.step] = _Tail(line.step, self._limits.lines, self._room, withheld, self._mask)
        return tail


def _share(tails: Sequence[_Tail], room: int) -> None:
    """Cut the longest logs so that all together have so much room."""
    left = room
    order = sorted(tails, key=lambda tail: tail.size)
    for number, tail in enumerate(order):
        share = max(LEAST_ROOM, left // (len(order) - number))
        tail.cut_to(share)
        left -= tail.size


class _Tail:
    """The last lines of one op."""

    def __init__(
        self, key: str, most: int | None, room: int | None, withheld: bool, mask: Callable[[str], str]
    ) -> None:
        self.size = 0
        self._key = key
        self._most = most
        self._room = room
        self._withholds = withheld
        self._mask = mask
        self._lines: deque[Shown] = deque()
        self._attempt = 0
        self._cut = False
        self._withheld = False

    def __call__(self, line: LogLine) -> None:
        """Take in a line, or many that were printed."""
        if line.attempt != self._attempt:
            if self._attempt:
                self._add(Shown(f"attempt {line.attempt}", "attempt"))
            self._attempt = line.attempt
        if line.stream == "output":
            if self._withholds:
                self._withheld = True
                return
            for text in self._mask(line.text).split("\n"):
                self._add(Shown(text if text.isprintable() else clean_line(text, LONGEST).rstrip()))
        else:
            first, *rest = clean_lines(line.text, LONGEST)
            self._add(Shown(first, line.level or "info", line.at))
            for text in rest:
                self._add(Shown(text, line.level or "info"))

    def _add(self, shown: Shown) -> None:
        self._lines.append(shown)
        self.size += len(shown.text) + 1
        while self._most is not None and len(self._lines) > self._most:
            self._drop()
        if self._room is not None and self.size > self._room:
            self.cut_to(self._room)

    def _drop(self) -> None:
        self.size -= len(self._lines.popleft().text) + 1
        self._cut = True

    def cut_to(self, room: int) -> None:
        """Drop the first lines until the rest has so much room; a single line loses its end."""
        while self.size > room and len(self._lines) > 1:
            self._drop()
        if self.size > room:
            line = self._lines.pop()
            self._lines.append(Shown(f"{line.text[:room]}…", line.level, line.at))
            self.size, self._cut = room + 2, True

    def shown(self) -> OpLog:
        """What is left of it."""
        return OpLog(self._key, tuple(self._lines), self._cut, self._withheld)
