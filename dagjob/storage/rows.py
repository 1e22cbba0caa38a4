"""Which rows an event adds or changes. Events go in, rows wait to be written; nothing here knows SQL or a database.

An event costs the same whatever the size of the run: its own row and, where it says how an op stands, that op's row.
What happens to one op before the next commit is one change. Only ops that have not ended are remembered.

Of the progress of an attempt only the last word is kept: it takes the place of the one before, or the disk would fill. The
numbers of the events go on counting, so they agree with those of every other listener.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dagjob import events as ev
from dagjob.event_json import recorded, step_and_attempt
from dagjob.run_view import OPEN

_ROW = 200
"""About how many bytes a row has besides its text."""

EventRow = tuple[int, float, str, str | None, int | None, str | None]
"""seq, at, kind, step, attempt, body."""
StepRow = tuple[ev.OpStatus, int, float | None, float | None, float | None, float | None, int | None]
"""The columns of `steps` that change: status, attempts, started, ended, seconds, cpu, max_rss."""
_UNTOUCHED: StepRow = ("waiting", 0, None, None, None, None, None)


class Waiting:
    """What happened in one run since the last commit, as rows."""

    def __init__(self) -> None:
        self.seq = 0
        self.lost = 0
        """Events of which nothing was kept."""
        self._open: dict[str, StepRow] = {}
        """How the steps stand that have begun and not ended."""
        self._templates: dict[str, tuple[str, int]] = {}
        self._progress: dict[tuple[str, int], tuple[int, int | None]] = {}
        """The last word on the progress of each open attempt: its number, and its place among those that wait."""
        self.committed()

    def committed(self) -> None:
        """All that waited is in the database."""
        self.events: list[EventRow | None] = []
        self.size = 0
        """About how many bytes wait."""
        self.began: ev.RunStarted | None = None
        self.ended: ev.RunEnded | None = None
        self.planned: list[tuple[str, str, int, int, int]] = []
        """key, op, pos, copy, mapped."""
        self.unplanned: list[str] = []
        """Templates that have become their copies."""
        self.steps: dict[str, StepRow] = {}
        self.outdated: list[int] = []
        """Numbers of events that are in the database, and have been replaced since."""
        self.pressing = False
        """Whether anything waits that is more than progress."""
        self._progress = {attempt: (seq, None) for attempt, (seq, _) in self._progress.items()}

    def add(self, event: ev.Event) -> None:
        """Take one event in."""
        self.seq = seq = self.seq + 1
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, event)
            self.pressing = True
        elif type(event) is ev.Progressed:
            self._progressed(event)
        else:
            self.pressing = True
        kind, text = recorded(event)
        self.size += _ROW if text is None else _ROW + len(text)
        step, attempt = (event.step, event.attempt) if isinstance(event, ev.StepEvent) else step_and_attempt(event)
        self.events.append((seq, event.at, kind, step, attempt, text))

    def lose(self, event: ev.Event) -> bool:
        """Take in one event of which there is only to be known that it was; False for one that is needed."""
        if type(event) in _CHANGES:
            return False
        self.seq += 1
        self.lost += 1
        return True

    # -- those that change more than the list of events ------------------------------------------------------------

    def _run_started(self, event: ev.RunStarted) -> None:
        self.began = event

    def _run_ended(self, event: ev.RunEnded) -> None:
        self.ended = event

    def _plan_made(self, event: ev.PlanMade) -> None:
        for place, op in enumerate(event.ops):
            self.planned.append((op.key, op.op, place, 0, int(op.mapped)))
            if op.mapped:
                self._templates[op.key] = (op.op, place)

    def _steps_mapped(self, event: ev.StepsMapped) -> None:
        op, place = self._templates.pop(event.template, (event.template, 1 << 30))
        self.unplanned.append(event.template)
        self.planned.extend((key, op, place, copy, 0) for copy, key in enumerate(event.steps, 1))

    def _step_started(self, event: ev.StepStarted) -> None:
        _, _, first, _, _, cpu, max_rss = self._open.get(event.step, _UNTOUCHED)
        row = event.status, event.attempt, event.at if first is None else first, None, None, cpu, max_rss
        self._open[event.step] = self.steps[event.step] = row

    def _step_ran(self, event: ev.StepSucceeded | ev.StepFailed | ev.StepRetrying) -> None:
        before = self._open.pop(event.step, _UNTOUCHED)
        ended = None if event.status in OPEN else event.at
        row = event.status, event.attempt, before[2], ended, event.seconds, event.cpu, event.max_rss
        self.steps[event.step] = row
        if ended is None:
            self._open[event.step] = row
        if self._progress:
            self._progress.pop((event.step, event.attempt), None)

    def _step_left_out(self, event: ev.StepSkipped | ev.StepReused | ev.StepNotRun) -> None:
        _, attempts, first, _, seconds, cpu, max_rss = self._open.pop(event.step, _UNTOUCHED)
        self.steps[event.step] = event.status, attempts, first, event.at, seconds, cpu, max_rss
        if self._progress:
            self._progress.pop((event.step, attempts), None)

    def _progressed(self, event: ev.Progressed) -> None:
        attempt = event.step, event.attempt
        seq, place = self._progress.get(attempt, (0, None))
        if place is not None:
            row, self.events[place] = self.events[place], None
            self.size -= _ROW + len((row and row[5]) or "")
        elif seq:
            self.outdated.append(seq)
        self._progress[attempt] = self.seq, len(self.events)


_CHANGES: Mapping[type[ev.Event], Callable[[Waiting, Any], None]] = {
    ev.RunStarted: Waiting._run_started,
    ev.RunEnded: Waiting._run_ended,
    ev.PlanMade: Waiting._plan_made,
    ev.StepsMapped: Waiting._steps_mapped,
    ev.StepStarted: Waiting._step_started,
    ev.StepSucceeded: Waiting._step_ran,
    ev.StepRetrying: Waiting._step_ran,
    ev.StepFailed: Waiting._step_ran,
    ev.StepSkipped: Waiting._step_left_out,
    ev.StepReused: Waiting._step_left_out,
    ev.StepNotRun: Waiting._step_left_out,
}
