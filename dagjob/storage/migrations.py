"""The tables of the history, as numbered steps: a database of format N becomes one of N+1, in one transaction.

The number stands in SQLite's `user_version`. A step that was released is never edited: a change is a new step. An older
dagjob refuses a newer format, because it would not know what it must keep up to date.

What the tables hold: `events` everything that happened, each without the head that its columns say
(`event_json.head`); a run is shown from them. The other two are for questions about many runs: `runs` one row for each
run; `steps` how each op stands, in plan order (`pos`, then `copy` among the mapped copies of one template; `mapped`
marks a template whose copies are not known yet). `dynamic_partitions` has the keys of partitions that are kept here, in
the order in which they were added. JSON is TEXT. `run` is the row number of the run: its id would cost 36
bytes in every row.

Tables whose key is short are WITHOUT ROWID: one tree to write instead of two.
"""

from __future__ import annotations

import sqlite3

from dagjob.errors import DagjobStateError

_FIRST = """
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    target TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL,
    seconds REAL,
    "partition" TEXT,
    parent TEXT,
    root TEXT,
    tags TEXT NOT NULL,
    selection TEXT NOT NULL,
    config TEXT NOT NULL,
    resolved TEXT NOT NULL,
    pid INTEGER,
    host TEXT,
    executor TEXT,
    start_method TEXT,
    slots INTEGER,
    failure_reason TEXT,
    error TEXT,
    counts TEXT,
    version TEXT
);
CREATE INDEX runs_of_job ON runs (job);
CREATE INDEX runs_running ON runs (status) WHERE status = 'running';
CREATE TABLE steps (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    op TEXT NOT NULL,
    pos INTEGER NOT NULL,
    copy INTEGER NOT NULL DEFAULT 0,
    mapped INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    started REAL,
    ended REAL,
    seconds REAL,
    cpu REAL,
    max_rss INTEGER,
    wait REAL,
    error TEXT,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE TABLE outputs (
    run INTEGER NOT NULL,
    step TEXT NOT NULL,
    output TEXT NOT NULL,
    mapping_key TEXT NOT NULL DEFAULT '',
    stored INTEGER NOT NULL,
    manager TEXT,
    path,
    bytes INTEGER,
    type TEXT,
    metadata TEXT,
    PRIMARY KEY (run, step, output, mapping_key)
) WITHOUT ROWID;
CREATE TABLE events (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    step TEXT,
    attempt INTEGER,
    body TEXT,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;
"""

_OUTPUTS_ARE_IN_THE_EVENTS = """
DROP TABLE outputs;
CREATE TABLE new_steps (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    op TEXT NOT NULL,
    pos INTEGER NOT NULL,
    copy INTEGER NOT NULL DEFAULT 0,
    mapped INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    started REAL,
    ended REAL,
    seconds REAL,
    cpu REAL,
    max_rss INTEGER,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;
INSERT INTO new_steps
    SELECT run, key, op, pos, copy, mapped, status, attempts, started, ended, seconds, cpu, max_rss FROM steps;
DROP TABLE steps;
ALTER TABLE new_steps RENAME TO steps;
"""

_DYNAMIC_PARTITIONS = """
CREATE TABLE dynamic_partitions (
    "number" INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    UNIQUE (name, key)
);
"""

_RESUMED_RUNS = """
CREATE INDEX runs_resumed ON runs (parent, id, status) WHERE parent IS NOT NULL;
"""

STEPS: tuple[str, ...] = (_FIRST, _OUTPUTS_ARE_IN_THE_EVENTS, _DYNAMIC_PARTITIONS, _RESUMED_RUNS)
"""Step number N (counted from 0) makes format N+1."""
FORMAT = len(STEPS)


def upgrade(connection: sqlite3.Connection, steps: tuple[str, ...] = STEPS) -> None:
    """Bring the open database to the newest format. The caller holds the write lock, in a transaction."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    for script in steps[found:]:
        # Not executescript: that commits first, and half of a migration must never be seen.
        for statement in filter(None, map(str.strip, script.split(";\n"))):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(steps)}")


def refuse_newer(found: int, path: str, connection: sqlite3.Connection) -> None:
    """Raise if a later dagjob has written the open database, and say which one."""
    if found > FORMAT:
        which = _newest_version(connection)
        install = f'install it:  pip install "dagjob>={which}"' if which else "install a newer dagjob"
        error = DagjobStateError(
            f'the history "{path}" was written by a newer dagjob{which and f" ({which})"}: it has format {found}, and this '
            f"one knows formats up to {FORMAT}"
        ).noting(install, "or choose another place with --home DIR")
        error.code = "DJ502"
        raise error


def _newest_version(connection: sqlite3.Connection) -> str:
    """The dagjob of the latest run, if such a table still says so."""
    try:
        found = connection.execute("SELECT version FROM runs ORDER BY run DESC LIMIT 1").fetchone()
    except sqlite3.Error:
        return ""
    version = found[0] if found else ""
    return version if isinstance(version, str) and version.replace(".", "").isalnum() else ""
