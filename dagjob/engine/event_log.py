"""The log of a run as Dagster shows it: its events and the lines of `context.log`, in the order in which they came."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from dagjob import events as ev
from dagjob.engine.dagster_events import DagjobEvent, DagjobEventType, SerializableErrorInfo
from dagjob.engine.dagster_view import View
from dagjob.record import Record

_BAD = ("_FAILURE", "_ERRORED")


class EventLogEntry(Record):
    """One entry: a line that an op logged, or an event (`dagster_event`). `level` is a number of `logging`."""

    run_id: str
    timestamp: float
    level: int
    user_message: str
    job_name: str | None = None
    step_key: str | None = None
    dagster_event: DagjobEvent | None = None
    error_info: SerializableErrorInfo | None = None

    @property
    def is_dagster_event(self) -> bool:
        """An event, and no line of a log?"""
        return self.dagster_event is not None

    @property
    def dagster_event_type(self) -> DagjobEventType | None:
        """The type of the event."""
        return self.dagster_event.event_type if self.dagster_event is not None else None

    @property
    def message(self) -> str:
        """What was logged, or what the event says."""
        return self.user_message

    def get_dagster_event(self) -> DagjobEvent:
        """The event. Raises `ValueError` for a line of a log."""
        if self.dagster_event is None:
            raise ValueError("this entry is a line of a log, not an event: ask is_dagster_event")
        return self.dagster_event


def event_log(events: Iterable[ev.Event], job: str, run_id: str, of_type: Any = None) -> list[EventLogEntry]:
    """All entries, or those of a `DagjobEventType`, or of several."""
    wanted = {of_type} if isinstance(of_type, DagjobEventType) else of_type
    view = View(job)
    entries: list[EventLogEntry] = []
    for event in events:
        if isinstance(event, ev.LogWritten) and not wanted:
            entries.append(EventLogEntry(run_id, event.at, _level(event.level), event.text, job, event.step))
            continue
        entries += [_entry(run_id, job, seen) for seen in view.of([event])]
    entries += [_entry(run_id, job, seen) for seen in view.rest()]
    return [entry for entry in entries if not wanted or entry.dagster_event_type in wanted]


def _entry(run_id: str, job: str, event: DagjobEvent) -> EventLogEntry:
    error = getattr(event.event_specific_data, "error", None)
    level = logging.ERROR if event.event_type_value.endswith(_BAD) or _notes_error(event) else logging.DEBUG
    return EventLogEntry(run_id, event.timestamp, level, event.message, job, event.step_key, event, error)


def _notes_error(event: DagjobEvent) -> bool:
    return event.is_engine_event and event.event_specific_data.error is not None


def _level(name: str) -> int:
    """The number of a level, also of one to which the user has given its name."""
    known = logging.getLevelNamesMapping().get(name.upper())
    return ev.level_number(name) if known is None else known
