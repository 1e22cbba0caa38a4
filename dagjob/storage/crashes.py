"""Runs whose main process died: `running` in the table, though nobody holds their lock.

Nobody is left to write their end, so whoever comes next does. The end is when the last event was heard; ops that were
running failed, those that waited were never run. No event is added: the record shows what was heard, and no more.
"""

from __future__ import annotations

import json
import sqlite3

from dagjob.event_json import dumps, error_json
from dagjob.events import ErrorInfo
from dagjob.storage.database import transaction
from dagjob.storage.locks import is_held
from dagjob.storage.paths import StateDir

REASON = "UNEXPECTED_TERMINATION"
"""Dagster's word for it, kept as the run's failure reason."""
_ERROR = dumps(
    error_json(
        ErrorInfo(
            "ChildProcessCrashException",
            "dagjob.errors",
            "the main process of the run died while this op was running",
            code="DJ402",
        )
    )
)


def dead_runs(connection: sqlite3.Connection, state: StateDir) -> list[int]:
    """Row numbers of the runs that are recorded as running, and are not. An index of their own finds them."""
    rows = connection.execute("SELECT run, id FROM runs WHERE status = 'running'").fetchall()
    return [run for run, run_id in rows if not is_held(state.lock(run_id))]


def mark_crashed(connection: sqlite3.Connection, state: StateDir) -> None:
    """Write down the end of all dead runs, through a connection that may write."""
    dead = dead_runs(connection, state)
    if dead:
        with transaction(connection):
            for run in dead:
                _mark(connection, run)


def cover_crashed(connection: sqlite3.Connection, dead: list[int]) -> None:
    """Let a connection that may only read see what `mark_crashed` would have written.

    Copies of those runs' rows are marked in temporary tables, and views of the same name stand before the real ones.
    """
    marks = ", ".join(map(str, dead))
    connection.execute("PRAGMA temp_store = MEMORY")
    for table in ("runs", "steps"):
        connection.execute(f"CREATE TEMP TABLE dead_{table} AS SELECT * FROM main.{table} WHERE run IN ({marks})")
    for run in dead:
        _mark(connection, run, "dead_")
    for table in ("runs", "steps"):
        connection.execute(
            f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE run NOT IN ({marks}) "
            f"UNION ALL SELECT * FROM dead_{table}"
        )


def _mark(connection: sqlite3.Connection, run: int, prefix: str = "") -> None:
    # Asked again under the lock: the run may have ended well since, and another process may have been faster.
    still = connection.execute(
        f"SELECT started FROM {prefix}runs WHERE run = ? AND status = 'running'", (run,)
    ).fetchone()
    if still is None:
        return
    (last,) = (
        connection.execute("SELECT at FROM events WHERE run = ? ORDER BY seq DESC LIMIT 1", (run,)).fetchone() or still
    )
    connection.execute(
        f"UPDATE {prefix}steps SET status = 'failed', ended = ?, seconds = ? - started, error = ? "
        "WHERE run = ? AND status = 'running'",
        (last, last, _ERROR, run),
    )
    connection.execute(  # waited for its next attempt: the error of the last one stands
        f"UPDATE {prefix}steps SET status = 'failed' WHERE run = ? AND status = 'retrying'", (run,)
    )
    connection.execute(
        f"UPDATE {prefix}steps SET status = 'not_run', ended = ? WHERE run = ? AND status = 'waiting'", (last, run)
    )
    counts = dict(
        connection.execute(f"SELECT status, count(*) FROM {prefix}steps WHERE run = ? GROUP BY status", (run,))
    )
    connection.execute(
        f"UPDATE {prefix}runs SET status = 'crashed', ended = ?, seconds = ? - started, failure_reason = ?, counts = ? "
        "WHERE run = ?",
        (last, last, REASON, json.dumps(counts), run),
    )
