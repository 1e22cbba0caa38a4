"""The event log of runs in pages, as an instance answers with it, under Dagster's names. No queries in here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


class RunStatusChangeRecordsFilter(Record):
    """Which changes of runs are asked for: those of a type, between two times, of these jobs.

    Raises `CheckError` for a type that is no change of a run.
    """

    event_type: DagjobEventType
    after_timestamp: float | None = None
    before_timestamp: float | None = None
    after_storage_id: int | None = None
    before_storage_id: int | None = None
    storage_ids: Sequence[int] | None = None
    job_names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.event_type not in _CHANGES:
            names = ", ".join(sorted(kind.name for kind in _CHANGES))
            raise CheckError(f"changes of runs are of one of these types: {names}; not {self.event_type!r}")

    def fits(self, record: EventLogRecord) -> bool:
        """Is it one of those, where it is of the type?"""
        at, number = record.timestamp, record.storage_id
        return (
            (self.after_timestamp is None or at > self.after_timestamp)
            and (self.before_timestamp is None or at < self.before_timestamp)
            and (self.after_storage_id is None or number > self.after_storage_id)
            and (self.before_storage_id is None or number < self.before_storage_id)
            and (self.storage_ids is None or number in self.storage_ids)
            and (self.job_names is None or record.event_log_entry.job_name in self.job_names)
        )
