"""The last lines of what ops say: `context.log`, which comes as events, and what they print, which stands in a file.

The two are put in the order in which they happened: a log line knows how long the file was at that moment. Only the
ends of files are read, and only a few lines of each op are kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from dagjob import events as ev
from dagjob.builtin.ownership import open_file, open_regular
from dagjob.display.sanitize import LONGEST_LINE, clean_line, clean_lines
from dagjob.display.words import brief
from dagjob.record import Record

ReadTail = Callable[[str, int], tuple[int, bytes]]
KEPT = 12
TAIL_BYTES = 16_384
GLANCE_BYTES = 4_096
END_OF_LINE = 200
"""Characters that are shown of a line without an end."""
MOST_BYTES = 1 << 20
"""Of what an op printed, where all of it is asked for."""
FAULT = b"Fatal Python error:"


class Said(Record):
    """One line of an op, ready for a screen. `offset` is the size of its output file at that moment, if it has one."""

    at: float
    text: str
    level: str = ""
    offset: int | None = None
    attempt: int = 0
    ours: bool = False
    """Whether we say it, and not the op."""

    def with_time(self) -> str:
        """`13:16:31 WARNING row 48,113`; what was printed has no level, `info` is not worth a word."""
        return f"{clock_time(self.at)} {self.with_level()}"

    def with_level(self, between: str = " ") -> str:
        """`WARNING row 48,113`."""
        return f"{self.level.upper()}{between}{self.text}" if self.level not in ("", "info") else self.text


def clock_time(at: float) -> str:
    """`13:16:31`, local."""
    second = int(at)
    text = _CLOCK.get(second)
    if text is None:
        from time import localtime, strftime

        if len(_CLOCK) >= _MOST_SECONDS:
            _CLOCK.clear()
        text = _CLOCK[second] = strftime("%H:%M:%S", localtime(second))
    return text


_CLOCK: dict[int, str] = {}
"""The seconds that a board shows with each frame."""
_MOST_SECONDS = 100


class Tails:
    """What running ops said last. Call it with each event; `glance` at the files of those that are on the screen."""

    def __init__(self, read_tail: ReadTail, log_level: str = "debug") -> None:
        self._read_tail = read_tail
        self._least = ev.level_number(log_level)
        self._said: dict[str, deque[Said]] = {}
        self._seen: dict[str, int] = {}

    def __call__(self, event: ev.Event) -> None:
        """Hear one event."""
        if isinstance(event, ev.LogWritten):
            if ev.level_number(event.level) >= self._least:
                for line in clean_lines(event.text)[:KEPT]:
                    self._keep(event.step, Said(event.at, line, event.level, event.offset, event.attempt))
        elif isinstance(event, ev.StepStarted):
            self._seen.pop(event.step, None)  # Each attempt has a file of its own.
        elif isinstance(event, ev.StepRetrying) and event.wait:
            self._keep(event.step, Said(event.at, f"next attempt in {brief(event.wait)}", ours=True))

    def of(self, step: str) -> Sequence[Said]:
        """What is kept of a step, the oldest first."""
        return tuple(self._said.get(step, ()))

    def of_attempt(self, step: str, attempt: int) -> Sequence[Said]:
        """The same, of one attempt."""
        return tuple(said for said in self._said.get(step, ()) if said.attempt == attempt)

    def last(self, step: str) -> Said | None:
        """Its last line."""
        return next((said for said in reversed(self._said.get(step, ())) if not said.ours), None)

    def forget(self, step: str) -> None:
        """The step has ended."""
        self._said.pop(step, None)
        self._seen.pop(step, None)

    def glance(self, step: str, log: str | None, now: float, attempt: int = 1) -> None:
        """Take in what was printed since the last look, as said now."""
        if log is None:
            return
        start, raw = self._read_tail(log, GLANCE_BYTES)
        seen = self._seen.get(step, 0)
        end = start + len(raw)
        if end <= seen:
            return
        self._seen[step] = end
        fresh = raw[max(0, seen - start) :]
        for text in printed_lines(fresh, whole=start <= seen)[-KEPT:]:
            self._keep(step, Said(now, text, attempt=attempt))

    def _keep(self, step: str, said: Said) -> None:
        if said.text:
            self._said.setdefault(step, deque(maxlen=KEPT)).append(said)


def printed_lines(raw: bytes, whole: bool) -> list[str]:
    """The lines of captured output that say something; the first is dropped as torn unless `raw` begins with a line."""
    lines = raw.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if not whole and len(lines) > 1:
        del lines[0]
    return [line for line in (clean_line(line[-LONGEST_LINE:]).rstrip() for line in lines) if line]


def all_output(log: str, read_tail: ReadTail, command: str) -> list[str]:
    """What an op printed, at most its last `MOST_BYTES`; `command` is where the rest can be read (empty: nowhere)."""
    start, raw = read_tail(log, MOST_BYTES)
    lines = printed_lines(raw, whole=not start)
    if not start:
        return lines
    where = f": {command}" if command else ""
    return [f"{lines_before(log, start):,} lines before these are left out{where}", *lines]


def lines_before(path: str, end: int) -> int:
    """How many lines begin before byte `end` of a file."""
    found = 1
    with suppress(OSError), open_file(path, "rb", opener=open_regular) as file:
        while end > 0 and (chunk := file.read(min(end, MOST_BYTES))):
            found += chunk.count(b"\n")
            end -= len(chunk)
    return found


def last_output(
    log: str | None, said: Iterable[Said], read_tail: ReadTail, most: int, *, dumped: bool = False
) -> list[str]:
    """The last lines of an attempt in the order in which they came, those of its log with their time.

    With `dumped` Python's fault handler has written its stack behind them, which is shown elsewhere.
    """
    # Lines that were read from the file in a glance are in the file; only the log's own are added to it.
    logged = [one for one in said if one.level]
    start, raw = read_tail(log, TAIL_BYTES) if log else (0, b"")
    if dumped:
        raw = raw.rpartition(FAULT)[0]
    lines: list[str] = []
    here = start
    for one in logged:
        until = one.offset if one.offset is not None and log else here
        if until > here:
            lines += printed_lines(raw[here - start : until - start], whole=here > start or not start)
            here = until
        lines.append(one.with_time())
    lines += printed_lines(raw[here - start :], whole=here > start or not start)
    if not lines and raw:  # One line that is longer than what is read of the file.
        end = clean_line(raw.decode("utf-8", "replace").rstrip()[-END_OF_LINE:])
        lines = [f"...{end}"] if end.strip() else []
    return lines[-most:]
