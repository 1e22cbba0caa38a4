"""What is known about past runs. Reading only, but for one thing: who looks first writes down which runs have died.

`History.open` gives None where there is no history: a query never makes one.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.errors import DagjobStateError, did_you_mean
from dagjob.event_json import error_from_json, from_parts, head
from dagjob.events import Event, OpStatus, RunStarted
from dagjob.record import replace
from dagjob.run_view import RunView, end_crashed
from dagjob.storage import database, run_refs
from dagjob.storage.admission import admit
from dagjob.storage.crashes import cover_crashed, dead_runs, mark_crashed
from dagjob.storage.loglines import log_lines
from dagjob.storage.paths import StateDir
from dagjob.storage.records import LogLine, RunRow, Stream
from dagjob.storage.replay import replay
from dagjob.values.names import BACKFILL_TAG

if TYPE_CHECKING:
    from types import TracebackType

    from dagjob.partitions.progress import PartitionRun
    from dagjob.plan.forecast import Usual
    from dagjob.storage.past import Left

_OF_PARTITIONS = "(\"partition\" IS NOT NULL OR tags LIKE '%dagster/%partition%')"
_NO_SELECTION: Mapping[str, Sequence[str]] = {"select": (), "exclude": (), "names": ()}
_LAST = "\U0010ffff"
_BEGINS = "id >= ? AND id < ?"


class History:
    """The recorded runs of one state directory, newest first. Close it, or use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection, state: StateDir | None = None, owned: bool = False) -> None:
        self._connection = connection
        self._state = state
        self._owned = owned

    @classmethod
    def open(cls, state: StateDir) -> History | None:
        """The history of a state directory, or None where no run was recorded. Raises `DagjobStateError`.

        Runs whose main process died are crashed from here on: written down if the directory can be written, and shown
        so in any case.
        """
        admit(state)
        connection = database.open_for_reading(state.db)
        if connection is None:
            return None
        with database.closed_on_error(connection), database.explained(state.db):
            dead = database.when_unlocked(lambda: dead_runs(connection, state))
            if dead and not _write_down(state):
                cover_crashed(connection, state, dead)
        return cls(connection, state, owned=True)

    def close(self) -> None:
        """Leave the database; of a store's own history, do nothing."""
        if self._owned:
            self._connection.close()

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # -- runs ------------------------------------------------------------------------------------------------------

    def runs(
        self,
        limit: int | None = 20,
        job: str | None = None,
        status: str | Collection[str] | None = None,
        tags: Mapping[str, str | None] | None = None,
        since: float | None = None,
        until: float | None = None,
        partition: str | None = None,
    ) -> list[RunRow]:
        """Runs that meet all that is asked, newest first; `limit` None: all of them.

        `job` is a job's name or target, `status` one status or several. A tag with the value None asks only for its key.
        `since` and `until` are seconds since the epoch, and bound the start.
        """
        asked = _asked(job, status, since, until, partition)
        return [self._run_row(row) for row in self._matching("*", asked, tags, limit)]

    def run_ids(
        self,
        limit: int | None,
        job: str | None = None,
        status: str | Collection[str] | None = None,
        tags: Mapping[str, str | None] | None = None,
        since: float | None = None,
        until: float | None = None,
        partition: str | None = None,
    ) -> list[str]:
        """The ids of the same runs, at a tenth of the price."""
        asked = _asked(job, status, since, until, partition)
        return [row["id"] for row in self._matching("id, tags", asked, tags, limit)]

    def find(self, ref: str) -> RunRow:
        """The run that `ref` names: an id, a unique beginning of one, `latest`, `latest:failed` or `latest:JOB`.

        Raises `DagjobRunNotFoundError`; see `run_refs.py`.
        """
        return run_refs.find(self, ref)

    def latest(self, job: str | None = None, statuses: Collection[str] = ()) -> RunRow | None:
        """The latest run, or the latest of a job (its name or target), or of those that stand so."""
        asked, values = [], []
        if job is not None:
            asked, values = ["? IN (job, target)"], [job]
        if statuses:
            asked, values = [*asked, _one_of("status", statuses)], [*values, *statuses]
        row = next(self._runs_where(" AND ".join(asked), values), None)
        return None if row is None else self._run_row(row)

    def beginning(self, start: str, most: int) -> list[RunRow]:
        """The latest runs whose id begins so."""
        rows = self._runs_where(_BEGINS, [start, start + _LAST])
        return [self._run_row(row) for _, row in zip(range(most), rows, strict=False)]

    def count_beginning(self, start: str) -> int:
        """How many runs have an id that begins so."""
        [(many,)] = self._rows(f"SELECT count(*) FROM runs WHERE {_BEGINS}", [start, start + _LAST])
        return int(many)

    def recent_ids(self, most: int) -> list[tuple[str, str]]:
        """The latest runs as id and job."""
        return [
            (run_id, job) for run_id, job in self._rows("SELECT id, job FROM runs ORDER BY run DESC LIMIT ?", [most])
        ]

    def resumed_by(self, run_id: str) -> list[RunRow]:
        """The runs that go on with this one, the oldest first."""
        return [self._run_row(row) for row in self._runs_where("parent = ?", [run_id])][::-1]

    def run(self, run_id: str) -> RunRow | None:
        """The run of that whole id."""
        row = next(self._runs_where("id = ?", [run_id]), None)
        return None if row is None else self._run_row(row)

    def children(self, run_id: str) -> list[RunRow]:
        """The runs that have gone on from a run, or ran it again, the latest first."""
        return [self._run_row(row) for row in self._runs_where("parent = ?", [run_id])]

    def known(self, run_id: str) -> RunRow:
        """The same; raises `DagjobRunNotFoundError`, with what is near."""
        row = self.run(run_id)
        if row is None:
            raise run_refs.not_found(self, run_id)
        return row

    def did_you_mean_job(self, job: str) -> str:
        """A hint at the recorded job that is meant by a name of which no run is recorded; else nothing."""
        jobs = self.jobs()
        return "" if job in jobs else did_you_mean(job, jobs)

    def last_run_of(self, jobs: Iterable[str]) -> dict[str, RunRow]:
        """The latest run of each of these jobs, by name; jobs that never ran are left out."""
        last = {}
        for job in jobs:
            row = next(self._runs_where("run = (SELECT max(run) FROM runs WHERE job = ?)", [job]), None)
            if row is not None:
                last[job] = self._run_row(row)
        return last

    # -- partitions ------------------------------------------------------------------------------------------------

    def partition_runs(self, job: str, backfill: str | None = None) -> list[PartitionRun]:
        """The runs of a job that were for a partition, or for a range of them, in the order of their start.

        With `backfill` only those of the backfill of that id.
        """
        from dagjob.partitions.base import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
        from dagjob.partitions.progress import PartitionRun

        found = []
        for run_id, status, key, selection, text, seconds in self._rows(
            f'SELECT id, status, "partition", selection, tags, seconds FROM runs WHERE job = ? AND {_OF_PARTITIONS} '
            "ORDER BY run",
            [job],
        ):
            if backfill is not None and backfill not in text:
                continue
            tags = json.loads(text) if "_range_" in text or key is None or backfill is not None else {}
            if backfill is not None and tags.get(BACKFILL_TAG) != backfill:
                continue
            first, last = tags.get(RANGE_START_TAG, key), tags.get(RANGE_END_TAG)
            first = tags.get(PARTITION_TAG) if first is None else first
            if first is not None:
                found.append(PartitionRun(run_id, first, status, selection == "[]", last, seconds))
        return found

    def partition_steps(self, job: str) -> Iterator[tuple[str, str, OpStatus]]:
        """How each step of these runs stands: the run's id, the step's key, its status; in the order of the runs."""
        rows = self._rows(
            f"SELECT r.id, s.key, s.status FROM runs r JOIN steps s ON s.run = r.run WHERE r.job = ? AND {_OF_PARTITIONS} "
            "ORDER BY r.run, s.pos, s.copy",
            [job],
        )
        return ((run_id, step, status) for run_id, step, status in rows)

    # -- one run ---------------------------------------------------------------------------------------------------

    def view(self, run_id: str) -> RunView:
        """All that is known of a run. `run_id` is the whole id."""
        row = next(self._runs_where("id = ?", [run_id]), None)
        if row is None:
            raise run_refs.not_found(self, run_id)
        run = self._run_row(row)
        with database.explained(self._where):
            kept = {"tags": run.tags, "config": run.config, "resolved": run.resolved}
            view = database.when_unlocked(lambda: replay(self._connection, row["run"], **kept))
        if run.ended is not None:  # it crashed, or was recorded by a version whose events left out some ends
            end_crashed(view, run.ended)
        return view

    def statuses(self, run_id: str) -> dict[str, OpStatus]:
        """How each step of a run stands, by key in plan order."""
        run = self._number(run_id)
        return dict(self._rows("SELECT key, status FROM steps WHERE run = ? ORDER BY pos, copy", [run]))

    def attempts(self, run_id: str) -> dict[str, int]:
        """How often each step of a run was tried, by key in plan order."""
        run = self._number(run_id)
        return dict(self._rows("SELECT key, attempts FROM steps WHERE run = ? ORDER BY pos, copy", [run]))

    def step_ends(self, number: int) -> Iterator[tuple[str, str, int, float | None]]:
        """How the steps of the run with that number stand: key, status, attempts, seconds; in plan order."""
        rows = self._rows("SELECT key, status, attempts, seconds FROM steps WHERE run = ? ORDER BY pos, copy", [number])
        return ((key, status, attempts, seconds) for key, status, attempts, seconds in rows)

    def usual(self, job: str, before: RunRow | None = None) -> Usual | None:
        """What the runs of a job usually take, those before that one; None where too few are known."""
        from dagjob.storage.usual import usual_of

        return usual_of(self._connection, job) if before is None else usual_of(self._connection, job, before.number)

    def left_by(self, run: RunRow) -> Left:
        """What a run has left for one that goes on from it."""
        from dagjob.storage.past import read_left  # who only looks back plans nothing

        return read_left(self._rows, run.number)

    def events(self, run_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """The events of a run after number `after`, as the objects of `event_json.py`; read as they are asked for."""
        run = self._number(run_id)
        for seq, at, kind, step, attempt, body in self._rows(
            "SELECT seq, at, kind, step, attempt, body FROM events WHERE run = ? AND seq > ? ORDER BY seq", [run, after]
        ):
            event = head(kind, seq, at, run_id, step, attempt)
            if body is not None:
                event.update(json.loads(body))
            yield event

    def recorded(self, run_id: str) -> Iterator[Event]:
        """The events of a run as they were, the first with its config; of an unknown run none. Metadata is plain."""
        row = self.run(run_id)
        if row is None:
            return
        for kind, at, step, attempt, body in self._rows(
            "SELECT kind, at, step, attempt, body FROM events WHERE run = ? ORDER BY seq", [row.number]
        ):
            event = from_parts(kind, at, step, attempt, json.loads(body) if body else {})
            if isinstance(event, RunStarted):
                event = replace(event, tags=row.tags, config=row.config, resolved=row.resolved)
            if event is not None:
                yield event

    def logs(
        self,
        run_id: str,
        step: str | Collection[str] | None = None,
        attempt: int | None = None,
        stream: Stream | None = None,
        *,
        blocks: bool = False,
        tail: int | None = None,
    ) -> Iterator[LogLine]:
        """What the attempts of a run said and how they failed, attempt by attempt in the order of their start.

        What was printed and what was logged stand in the order of writing; `stream` picks one of the three. `blocks` and
        `tail` are for large logs: see `log_lines`.
        """
        run = self._number(run_id)
        asked = ""
        values: list[object] = [run]
        if isinstance(step, str):
            asked, values = " AND step = ?", [*values, step]
        if attempt is not None:
            asked, values = f"{asked} AND attempt = ?", [*values, attempt]
        rows = self._rows(
            "SELECT kind, at, step, attempt, body, min(seq) OVER (PARTITION BY step, attempt) AS first FROM events "
            "WHERE run = ? AND kind IN ('op.start', 'op.log', 'op.retry', 'op.end') AND step IS NOT NULL "
            f"AND attempt IS NOT NULL{asked} ORDER BY first, seq",
            values,
        )
        if step is not None and not isinstance(step, str):
            rows = (row for row in rows if row["step"] in step)
        state = self._state
        path = (lambda s, a: state.log(run_id, s, a)) if state is not None else None
        return log_lines(rows, stream, path, blocks=blocks, tail=tail)

    # -- what they share -------------------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return self._state.db if self._state else "in memory"

    def _rows(self, sql: str, values: Iterable[object]) -> Iterator[Any]:
        cursor = self._connection.cursor()
        cursor.row_factory = sqlite3.Row
        with database.explained(self._where):
            # No `yield from`: who stops reading would close the cursor, perhaps after the database, which is an error.
            for row in database.when_unlocked(lambda: cursor.execute(sql, database.storable(values))):  # noqa: UP028
                yield row

    def _matching(
        self,
        columns: str,
        asked: Sequence[tuple[str, Sequence[object]]],
        tags: Mapping[str, str | None] | None,
        limit: int | None,
    ) -> Iterator[sqlite3.Row]:
        asked = [*asked, *_likely(tags or {})]
        condition, values = " AND ".join(text for text, _ in asked), [value for _, given in asked for value in given]
        found = 0
        for row in self._runs_where(condition, values, columns):
            if limit is not None and found >= limit:
                return
            if not tags or _has_tags(json.loads(row["tags"]), tags):
                found += 1
                yield row

    def _runs_where(self, condition: str, values: Iterable[object], columns: str = "*") -> Iterator[sqlite3.Row]:
        return self._rows(f"SELECT {columns} FROM runs WHERE {condition or 'TRUE'} ORDER BY run DESC", values)

    def _run_row(self, row: sqlite3.Row) -> RunRow:
        selection = _NO_SELECTION if row["selection"] == "[]" else json.loads(row["selection"])
        if isinstance(selection, list):
            selection = {**_NO_SELECTION, "select": selection}
        return RunRow(
            number=row["run"],
            id=row["id"],
            job=row["job"],
            target=row["target"],
            status=row["status"],
            started=row["started"],
            ended=_at_least(row["started"], row["ended"]),
            seconds=_at_least(0.0, row["seconds"]),
            partition=row["partition"],
            parent=row["parent"],
            root=row["root"],
            tags=json.loads(row["tags"]) if row["tags"] != "{}" else {},
            selection=tuple(selection["select"]),
            excluded=tuple(selection["exclude"]),
            selected=tuple(selection.get("names", ())),
            ops=json.loads(row["counts"]) if row["counts"] is not None else self._counts(row["run"]),
            pid=row["pid"],
            host=row["host"],
            executor=row["executor"],
            start_method=row["start_method"],
            slots=row["slots"],
            failure_reason=row["failure_reason"],
            error=error_from_json(json.loads(row["error"])) if row["error"] else None,
            version=row["version"],
            config_text=row["config"],
            resolved_text=row["resolved"],
        )

    def _counts(self, run: int) -> dict[str, int]:
        return dict(self._rows("SELECT status, count(*) FROM steps WHERE run = ? GROUP BY status", [run]))

    def jobs(self) -> list[str]:
        """The names of all jobs that have a run."""
        return [job for (job,) in self._rows("SELECT DISTINCT job FROM runs", [])]

    def _number(self, run_id: str) -> int:
        for (run,) in self._rows("SELECT run FROM runs WHERE id = ?", [run_id]):
            number: int = run
            return number
        raise run_refs.not_found(self, run_id)


def _write_down(state: StateDir) -> bool:
    """Mark the dead runs in the database itself, if that can be written."""
    if not os.access(os.path.dirname(state.db), os.W_OK) or not os.access(state.db, os.W_OK):
        return False
    try:
        connection = database.open_for_writing(state.db)
    except DagjobStateError:
        return False
    try:
        mark_crashed(connection, state)
    except (sqlite3.Error, OSError):
        return False
    finally:
        database.leave(connection, state.db)
    return True


def _asked(
    job: str | None,
    status: str | Collection[str] | None,
    since: float | None,
    until: float | None,
    partition: str | None,
) -> list[tuple[str, Sequence[object]]]:
    """Conditions on a run, each with its values."""
    statuses = (status,) if isinstance(status, str) else tuple(status or ())
    asked: list[tuple[str, Sequence[object] | None]] = [
        ("? IN (job, target)", None if job is None else [job]),
        (_one_of("status", statuses), statuses or None),
        ("started >= ?", None if since is None else [since]),
        ("started <= ?", None if until is None else [until]),
        ('"partition" = ?', None if partition is None else [partition]),
    ]
    return [(text, values) for text, values in asked if values is not None]


def _one_of(column: str, values: Collection[str]) -> str:
    return f"{column} IN ({', '.join('?' * len(values))})"


def _likely(tags: Mapping[str, str | None]) -> Iterator[tuple[str, Sequence[object]]]:
    """Conditions on the text of tags, which leave few to be read. A word that JSON may escape is left out."""
    words = {word for tag in tags.items() for word in tag if word is not None}
    for word in sorted(words):
        if word.isascii() and word.isprintable() and not {'"', "\\"} & set(word):
            yield "instr(tags, ?)", [f'"{word}"']


def _has_tags(tags: Mapping[str, str], wanted: Mapping[str, str | None]) -> bool:
    return all(key in tags and (value is None or tags[key] == value) for key, value in wanted.items())


def _at_least(least: float, value: float | None) -> float | None:
    """A time or duration that was recorded while the clock was set back is the least that it can be."""
    return None if value is None else max(least, value)
