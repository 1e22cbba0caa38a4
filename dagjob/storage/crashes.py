"""Runs whose main process died: `running` in the table, though nobody holds their lock.

Nobody is left to write their end, so whoever comes next does: `run_view.end_crashed` says what it is. It goes into the
tables that are searched; no event is added, the record shows what happened and no more.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import suppress

from dagjob import clock
from dagjob.run_view import OPEN, RunView, end_crashed
from dagjob.storage.database import transaction
from dagjob.storage.locks import is_held, last_beat, this_host
from dagjob.storage.paths import StateDir

SLACK = 60.0
"""Seconds by which a process may seem younger than its run: clocks are set."""


def dead_runs(connection: sqlite3.Connection, state: StateDir) -> list[int]:
    """Row numbers of the runs that are recorded as running, and are not. An index of their own finds them."""
    rows = connection.execute("SELECT run, id, pid, host, started FROM runs WHERE status = 'running'").fetchall()
    return [run for run, run_id, *process in rows if not _lives(state.lock(run_id), *process)]


def _lives(lock: str, pid: int | None, host: str | None, started: float) -> bool:
    """Whether the main process of a run lives. Where somebody has removed its lock, its process is looked for."""
    held = is_held(lock)
    if held is not None:
        return held
    from dagjob.storage.processes import process_lives

    return bool(pid) and host == this_host() and process_lives(pid or 0, started + SLACK)


def mark_crashed(connection: sqlite3.Connection, state: StateDir) -> None:
    """Write down the end of all dead runs, through a connection that may write; what they had half written is removed."""
    dead = dead_runs(connection, state)
    if dead:
        from dagjob.storage.leftovers import sweep_run

        with transaction(connection):
            for run in dead:
                _mark(connection, state, run)
        for (run_id,) in connection.execute(
            f"SELECT id FROM runs WHERE run IN ({', '.join(map(str, dead))})"
        ).fetchall():
            sweep_run(state, run_id)


def cover_crashed(connection: sqlite3.Connection, state: StateDir, dead: list[int]) -> None:
    """Let a connection that may only read see what `mark_crashed` would have written.

    Copies of those runs' rows are marked in temporary tables, and views of the same name stand before the real ones.
    """
    marks = ", ".join(map(str, dead))
    connection.execute("PRAGMA temp_store = MEMORY")
    for table in ("runs", "steps"):
        connection.execute(f"CREATE TEMP TABLE dead_{table} AS SELECT * FROM main.{table} WHERE run IN ({marks})")
    for run in dead:
        _mark(connection, state, run, "dead_")
    for table in ("runs", "steps"):
        connection.execute(
            f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE run NOT IN ({marks}) "
            f"UNION ALL SELECT * FROM dead_{table}"
        )


def _last_words(view: RunView, state: StateDir, run_id: str) -> float:
    """When an op last printed something, where the main process gives no sign of life because it runs the op itself."""
    if view.run is None or view.run.executor != "in_process":
        return 0.0
    last = 0.0
    for op in view.having(*OPEN):
        with suppress(OSError):
            last = max(last, os.stat(state.log(run_id, op.key, op.attempt)).st_mtime)
    return min(last, clock.time())


def _mark(connection: sqlite3.Connection, state: StateDir, run: int, prefix: str = "") -> None:
    # Asked again under the lock: the run may have ended well since, and another process may have been faster.
    still = connection.execute(
        f"SELECT started, id FROM {prefix}runs WHERE run = ? AND status = 'running'", (run,)
    ).fetchone()
    if still is None:
        return
    (last,) = (
        connection.execute("SELECT at FROM events WHERE run = ? ORDER BY seq DESC LIMIT 1", (run,)).fetchone() or still
    )
    from dagjob.storage.replay import replay  # every run looks for dead ones, few find any

    view = replay(connection, run)
    left = view.having(*OPEN)
    end_crashed(view, max(last, last_beat(state.lock(still[1])), _last_words(view, state, still[1])))
    ended = view.ended
    assert ended is not None
    connection.executemany(
        f"UPDATE {prefix}steps SET status = ?, ended = ?, seconds = ? WHERE run = ? AND key = ?",
        ((op.status, op.ended, op.seconds, run, op.key) for op in left),
    )
    connection.execute(
        f"UPDATE {prefix}runs SET status = ?, ended = ?, seconds = ?, failure_reason = ?, counts = ? WHERE run = ?",
        (ended.status, ended.at, ended.seconds, ended.failure_reason, json.dumps(ended.counts), run),
    )
