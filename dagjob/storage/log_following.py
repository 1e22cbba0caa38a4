"""What the attempts of a run say, while another process is at work on it: its events and the files of what ops print.

A file is ahead of the events: what is printed is there at once, a `context.log` line when it is committed. So a printed line
is shown in the round after the one that found it, and stands behind the log lines that came before it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from dagjob import events as ev
from dagjob.builtin.ownership import open_file, open_regular
from dagjob.record import Record
from dagjob.storage.following import Follower
from dagjob.storage.loglines import LONGEST_LINE
from dagjob.storage.records import LogLine

_ENDS = (ev.StepSucceeded, ev.StepRetrying, ev.StepFailed)


class Watched(Record):
    """Whose lines are wanted. `step` None: of all. `live`: what an op prints is shown before its attempt has ended."""

    step: Callable[[str], bool] | None = None
    attempt: int | None = None
    live: bool = True
    mask: Callable[[str], str] = str

    def wants(self, step: str, attempt: int) -> bool:
        """Whether the lines of this attempt are wanted."""
        return (self.attempt is None or self.attempt == attempt) and (self.step is None or self.step(step))


class FollowedLogs:
    """The lines of a run in rounds. `log_path` is where the file of an attempt is when it is not where its event says."""

    def __init__(self, follower: Follower, log_path: Callable[[str, int], str], watched: Watched) -> None:
        self._follower = follower
        self._log_path = log_path
        self._watched = watched
        self._printed: dict[str, _Printed] = {}
        """Of the last attempt of each step; those that have ended may still get the words of a hook."""
        self._open: set[str] = set()

    @property
    def pending(self) -> bool:
        """Whether a line was found that the next round is to show."""
        return any(self._printed[step].behind for step in self._open)

    @property
    def ended(self) -> bool:
        """Whether the run has ended, and all of it was shown."""
        return self._follower.ended is not None

    def fresh(self) -> list[LogLine]:
        """What was said since the last round. Raises `DagjobStateError`."""
        lines: list[LogLine] = []
        for event in self._follower.fresh():
            lines.extend(self._of_event(event))
        if self.ended:
            for step in sorted(self._open):
                lines.extend(self._printed[step].until(None))
            self._open.clear()
        elif self._watched.live:
            for step in self._open:
                lines.extend(self._printed[step].known_before())
        return lines

    def _of_event(self, event: ev.Event) -> Iterator[LogLine]:
        if not isinstance(event, ev.StepEvent) or event.attempt is None:
            return
        step, attempt = event.step, event.attempt
        if not self._watched.wants(step, attempt):
            return
        printed = self._printed.get(step)
        if isinstance(event, ev.StepStarted):
            paths = [event.log, self._log_path(step, attempt)] if event.log else []
            self._printed[step] = _Printed(step, attempt, paths, self._watched.mask)
            self._open.add(step)
        elif isinstance(event, ev.LogWritten):
            if printed is not None and event.offset is not None and (self._watched.live or step not in self._open):
                yield from printed.until(event.offset)
            yield LogLine(step, attempt, "log", event.text, event.at, event.level, event.logger)
        elif isinstance(event, (*_ENDS, ev.HookRan)):
            if printed is not None:
                yield from printed.until(None)
            if isinstance(event, (ev.StepFailed, ev.StepRetrying)):
                error = event.error
                yield LogLine(step, attempt, "error", error.text, event.at, event.status, error=error)
            if isinstance(event, _ENDS):
                self._open.discard(step)


class _Printed:
    """The file of one attempt, read as it grows: whole lines only, until the attempt has ended."""

    def __init__(self, step: str, attempt: int, paths: list[str], mask: Callable[[str], str]) -> None:
        self._step = step
        self._attempt = attempt
        self._paths = paths
        self._mask = mask
        self._at = 0
        self._known = 0
        """The size that was found last."""
        self.behind = False

    def known_before(self) -> Iterator[LogLine]:
        """The lines that were there in the last round."""
        size = max((_size(path) for path in self._paths), default=0)
        known, self._known = self._known, size
        self.behind = size > known
        if known > self._at:
            yield from self.until(known, whole=True)

    def until(self, offset: int | None, whole: bool = False) -> Iterator[LogLine]:
        """The lines that begin before `offset` (None: all, also one without an end). `whole`: no line without an end."""
        for path in self._paths:
            try:
                file = open_file(path, "rb", opener=open_regular)
            except OSError:
                continue
            with file:
                file.seek(self._at)
                while offset is None or self._at < offset:
                    line = file.readline(LONGEST_LINE)
                    if not line or (whole and not line.endswith(b"\n") and len(line) < LONGEST_LINE):
                        break
                    self._at += len(line)
                    text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
                    yield LogLine(self._step, self._attempt, "output", self._mask(text))
            return


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
