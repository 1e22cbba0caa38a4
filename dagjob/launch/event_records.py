"""The event log of runs in pages, as an instance answers with it, under Dagster's names. No queries in here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dagjob.engine.dagster_events import DagjobEventType
from dagjob.engine.event_log import EventLogEntry
from dagjob.errors import CheckError
from dagjob.record import Record


class EventLogRecord(Record):
    """One entry with its number: in the log of its run, or among the changes of runs."""

    storage_id: int
    event_log_entry: EventLogEntry

    @property
    def run_id(self) -> str:
        """The run whose entry it is."""
        return self.event_log_entry.run_id

    @property
    def timestamp(self) -> float:
        """When it happened."""
        return self.event_log_entry.timestamp

    @property
    def event_type(self) -> DagjobEventType | None:
        """The type of the event; None for a line of a log."""
        return self.event_log_entry.dagster_event_type


class EventLogConnection(Record):
    """A page of the log of a run. `cursor` asks for what comes after it."""

    records: Sequence[EventLogRecord]
    cursor: str
    has_more: bool


class EventRecordsResult(Record):
    """A page of the changes of runs. `cursor` asks for what comes after it."""

    records: Sequence[EventLogRecord]
    cursor: str
    has_more: bool


def numbered(entries: Iterable[EventLogEntry]) -> list[EventLogRecord]:
    """Entries as records, counted from 1."""
    return [EventLogRecord(number, entry) for number, entry in enumerate(entries, 1)]


def page(
    records: Sequence[EventLogRecord], cursor: str | None, limit: int | None, ascending: bool
) -> tuple[list[EventLogRecord], str, bool]:
    """The records after the cursor, at most `limit` of them; the cursor for the next page; whether there is one.

    Raises `CheckError` for a text that is no cursor.
    """
    if cursor is not None and not cursor.lstrip("-").isdecimal():
        raise CheckError(f"{cursor!r} is no cursor: pass the one that an earlier page came with")
    after = None if cursor is None else int(cursor)
    rest = [
        record
        for record in (records if ascending else reversed(records))
        if after is None or (record.storage_id > after if ascending else record.storage_id < after)
    ]
    found = rest if limit is None else rest[:limit]
    return found, str(found[-1].storage_id) if found else cursor or "-1", len(found) < len(rest)


# -- changes of runs -----------------------------------------------------------------------------------------------

_CHANGES = frozenset(kind for kind in DagjobEventType if kind.name.startswith("RUN_"))


class Changes:
    """Which changes of runs are asked for: a type of event, or a `RunStatusChangeRecordsFilter`.

    Raises `CheckError` for a type that is no change of a run.
    """

    def __init__(self, wanted: Any) -> None:
        given: dict[str, Any] = (
            {"event_type": wanted} if isinstance(wanted, DagjobEventType) else getattr(wanted, "_given", {})
        )
        self.event_type = given.get("event_type")
        if self.event_type not in _CHANGES:
            names = ", ".join(sorted(kind.name for kind in _CHANGES))
            raise CheckError(f"changes of runs are of one of these types: {names}; not {self.event_type!r}")
        self.job_names: Sequence[str] | None = given.get("job_names")
        self._after = given.get("after_timestamp")
        self._before = given.get("before_timestamp")

    def fits(self, entry: EventLogEntry) -> bool:
        """Does it lie between the times that were given?"""
        return (self._after is None or entry.timestamp > self._after) and (
            self._before is None or entry.timestamp < self._before
        )
