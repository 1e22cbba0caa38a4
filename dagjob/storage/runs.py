"""The run store: a sink that writes the events of a run to SQLite. Reading is `history.py`.

Events wait in memory until `flush`, which the loop calls once in each turn, and which commits all of them in one
transaction: a commit costs as much as ten events. Who never calls it still has all but the last 50 ms on disk, as
long as events come. What was committed survives the death of every process; only a power cut can take the last of it.

A disk that is full for a moment costs nothing: what could not be written goes on waiting, and is tried again each second
and at the end. When `MOST_HELD` bytes wait, what changes no status (logs, progress, metadata) is only counted, and the
history says at the end that it is incomplete.

One process, one connection, one run at a time. A forked child must not use the store of its parent; the template of a
run is forked before it is opened.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob import events as ev
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobStateError
from dagjob.event_json import SameAgain, dumps, error_json
from dagjob.storage import database
from dagjob.storage.admission import admit_run, keep_for_owner
from dagjob.storage.crashes import mark_crashed
from dagjob.storage.locks import RunLock, this_host
from dagjob.storage.paths import StateDir, prepare, unwritable
from dagjob.storage.rows import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    from dagjob.plan.forecast import Usual
    from dagjob.storage.edits import Edits
    from dagjob.storage.history import History

MOST_WAITING = 500
"""Events that wait for a commit before the store commits by itself."""
BEAT = 2.0
"""Seconds between two signs of life."""
LONGEST_WAIT = 0.05
"""Seconds after which it does so too, counted from the oldest of them."""
LONGEST_WAIT_OF_PROGRESS = 1.0
"""Seconds for which progress alone waits for something else to be committed with."""

AGAIN = 1.0
"""Seconds after which a commit that failed is tried again."""
MOST_HELD = 64 << 20
"""Bytes that wait for a disk that cannot be written, beyond which only what changes the status of an op is kept."""

_INSERT_RUN = """INSERT INTO runs (id, job, target, status, started, "partition", parent, root, tags, selection, config,
    resolved, pid, host, executor, start_method, slots, version)
    VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_END_RUN = """UPDATE runs SET status = ?, ended = ?, seconds = ?, counts = ?, failure_reason = ?, error = ?
    WHERE run = ?"""
_INSERT_STEP = "INSERT OR REPLACE INTO steps (run, key, op, pos, copy, mapped) VALUES (?, ?, ?, ?, ?, ?)"
_UPDATE_STEP = """UPDATE steps SET status = ?, attempts = ?, started = ?, ended = ?, seconds = ?, cpu = ?, max_rss = ?
    WHERE run = ? AND key = ?"""
_INSERT_EVENT = "INSERT INTO events (run, seq, at, kind, step, attempt, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DROP_EVENT = "DELETE FROM events WHERE run = ? AND seq = ?"

Clean = Callable[["Iterable[tuple[object, ...]]"], "Iterable[tuple[object, ...]]"]
"""Makes rows such that SQLite takes them."""


_config_text, _resolved_text = SameAgain[object](dumps), SameAgain[object](dumps)


class RunStore(Sink):
    """Writes the events of a run. Call it with each event; `flush` commits, `close` ends it.

    Raises `DagjobStateError` when the database cannot be written; what waits then goes on waiting, and the store is
    `behind` until a later `flush` succeeds. `warning` is something to tell the user once, or None.
    """

    def __init__(self, connection: sqlite3.Connection, path: str | None = None, version: str = "") -> None:
        self._connection = connection
        self._path = path
        self._version = version
        self._lock: RunLock | None = None
        self._run = 0
        self._oldest: float | None = None
        self._waiting = Waiting()
        self._closed = False
        self._owns_connection = True
        self._file: tuple[int, int] | None = None
        """Which file the database is: somebody may remove it meanwhile, and writing into it goes on working."""
        self._again = 0.0
        """When a commit is tried again, by the monotonic clock, while the store is behind."""
        self._along: RunStore | None = None
        self._beaten = clock.time()
        self.warning: str | None = None

    @classmethod
    def create(
        cls,
        state: StateDir,
        run_id: str,
        version: str = "",
        connection: sqlite3.Connection | None = None,
        *,
        ahead: bool = False,
    ) -> RunStore:
        """The store of one run in a state directory, which is made where it is missing.

        Takes the run's lock, so that everybody sees that its main process lives, and marks the runs whose main
        process died. Raises `DagjobStateError`. `version` is that of dagjob, for the record. With a `connection`, made by
        `connected`, that one is used and left open: so does who keeps many runs, one after the other. `ahead`: the run
        perhaps never begins, so its folder has another place until it does (`move_in`, or `move_out`).
        """
        warning = prepare(state) if connection is None else None
        if ahead:
            from dagjob.storage.ahead import place_ahead  # for backfills only

            lock = _locked(place_ahead(state, run_id), run_id)
        else:
            admit_run(state, run_id)
            lock = _locked(state.run(run_id), run_id)
        try:
            own = connection is None
            if connection is None:
                connection = connected(state)
            with database.explained(state.db):
                if database.has_run(connection, run_id):
                    if own:
                        connection.close()
                    raise DagjobStateError(f'run "{run_id}" has already been: its outputs are kept, nothing was run')
        except BaseException:
            lock.release()
            raise
        store = cls(connection, state.db, version)
        store._lock = lock
        store._owns_connection = own
        store._file = _identity(state.db)
        store.warning = warning
        return store

    def move_in(self, state: StateDir, run_id: str) -> None:
        """The run that was made ahead begins: its folder becomes one of a run. Raises `DagjobStateError`."""
        assert self._lock is not None
        try:
            os.rename(os.path.dirname(self._lock.path), state.run(run_id))
        except OSError:  # Somebody has removed the one, or the folder of the other.
            self._lock.release()
            self._lock = _locked(state.run(run_id), run_id)
        else:
            self._lock.path = state.lock(run_id)

    def move_out(self) -> None:
        """The run that was made ahead never begins: nothing is left of it. The store was closed."""
        from dagjob.storage.ahead import remove_ahead

        assert self._lock is not None
        remove_ahead(os.path.dirname(self._lock.path))

    @classmethod
    def in_memory(cls, version: str = "") -> RunStore:
        """A store that ends with this object: for tests and `--no-state`. It may take in several runs in turn."""
        return cls(database.in_memory(), None, version)

    def __call__(self, event: ev.Event) -> None:
        """Take in one event. Commits by itself when too many wait, or too long."""
        self.hear((event,))

    store = __call__

    def hear(self, events: Sequence[ev.Event]) -> None:
        """The same for several: all of them are taken in before a commit may fail."""
        waiting = self._waiting
        for event in events:
            if type(event) is ev.RunStarted and waiting.seq:
                self._commit()
                self._run = 0
                waiting = self._waiting = Waiting()
            if not (self.behind and waiting.size > MOST_HELD and waiting.lose(event)):
                waiting.add(event)
        now = clock.monotonic()
        if self._oldest is None:
            self._oldest = now
        if now - self._oldest > LONGEST_WAIT or len(waiting.events) >= MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Commit what waits, all in one transaction; nothing to do, or a try too short ago, is nothing done."""
        if not self.behind:
            if self._waiting.pressing or clock.monotonic() - (self._oldest or 0.0) > LONGEST_WAIT_OF_PROGRESS:
                self._commit()
        elif clock.monotonic() >= self._again:
            self._commit(timeout=AGAIN / 2)

    def take_along(self, other: RunStore) -> None:
        """Commit what waits in another store, on the same connection, in the transaction of what comes here next.

        Either all of it is kept or nothing. Where that fails, the other store is as it was: it tries by itself.
        """
        self._along = other

    def _commit(self, timeout: float = database.LOCK_TIMEOUT) -> None:
        """Commit what waits; `timeout` is how long to wait for other writers."""
        if not self._waiting.events:
            return
        stores, self._along = (self,) if self._along is None else (self._along, self), None
        try:
            with database.explained(self._path or "in memory"):
                try:
                    runs = self._write(stores, timeout, _as_they_are)
                except UnicodeEncodeError:
                    # Half a surrogate pair in a name: rare, so nobody pays for a look at each text before.
                    runs = self._write(stores, timeout, _encodable)
        except DagjobStateError:
            self.behind = True
            self._again = clock.monotonic() + AGAIN
            raise
        for store, run in zip(stores, runs, strict=True):
            store._committed(run)

    def _committed(self, run: int) -> None:
        """What waited is in the database, under this number of the run's row."""
        self.behind = False
        self._run = run
        self._oldest = None
        self._waiting.committed()

    def next_refresh(self) -> float | None:
        """Seconds until the next try or sign of life is due: a run whose process dies ended when it gave the last one."""
        if self._lock is None or self._closed:
            return None
        wait = self._beaten + BEAT - clock.time()
        if self.behind:
            wait = min(wait, self._again - clock.monotonic())
        return max(0.0, wait)

    def tick(self, now: float) -> None:
        """Leave a sign of life. One that cannot be left is missed by nobody until the run has died."""
        self._beaten = now
        if self._lock is not None:
            with suppress(OSError):
                self._lock.beat(now)

    def history(self) -> History:
        """The queries, on this store's own connection, after a commit of what waits."""
        from dagjob.storage.history import History

        self._commit()
        return History(self._connection)

    def usual(self, job: str) -> Usual | None:
        """What earlier runs of a job took; None where too few are known, or nobody can look."""
        from dagjob.storage.usual import usual_of

        with suppress(sqlite3.Error):
            return usual_of(self._connection, job)
        return None

    def edits(self) -> Edits:
        """Changes to the runs of this store, through its own connection, which they leave open: do not close them."""
        from dagjob.storage.edits import Edits

        self._commit()
        return Edits(self._connection)

    def close(self) -> None:
        """Commit what waits, leave the database and give the lock back; may be called again.

        The lock is given back whatever happens: a run whose end could not be written is one that crashed.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._commit()
        finally:
            if self._owns_connection:
                database.leave(self._connection, self._path)
            if self._lock is not None:
                self._lock.release()
        if self._file is not None and _identity(self._path or "") != self._file:
            raise DagjobStateError(
                f'the history "{self._path}" was removed or replaced while the run was going on: this run is not in it'
            ).noting("what its ops have stored there may be gone, too")
        if self._waiting.lost:
            raise DagjobStateError(
                f'the history of this run is incomplete: "{self._path}" could not be written for a time, and '
                f"{self._waiting.lost} events that change no status (logs, progress, metadata) were more than memory holds"
            )

    def __enter__(self) -> RunStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # -- one transaction -------------------------------------------------------------------------------------------

    def _write(self, stores: Sequence[RunStore], timeout: float, clean: Clean) -> list[int]:
        """Write what waits in these stores; returns the number of each run's row."""
        with database.transaction(self._connection, timeout):
            return [store._write_rows(clean) for store in stores]

    def _write_rows(self, clean: Clean) -> int:
        waiting, connection, run = self._waiting, self._connection, self._run
        if waiting.began is not None:
            cursor = connection.execute(_INSERT_RUN, *clean([self._run_row(waiting.began)]))
            run = cursor.lastrowid or 0
        if waiting.planned:
            connection.executemany(_INSERT_STEP, clean((run, *row) for row in waiting.planned))
        if waiting.unplanned:
            connection.executemany(
                "DELETE FROM steps WHERE run = ? AND key = ?", clean((run, key) for key in waiting.unplanned)
            )
        if waiting.steps:
            connection.executemany(_UPDATE_STEP, clean((*row, run, key) for key, row in waiting.steps.items()))
        if waiting.outdated:
            connection.executemany(_DROP_EVENT, ((run, seq) for seq in waiting.outdated))
        connection.executemany(_INSERT_EVENT, clean((run, *row) for row in waiting.events if row is not None))
        if waiting.ended is not None:
            connection.execute(_END_RUN, *clean([_end_row(run, waiting.ended)]))
        return run

    def _run_row(self, event: ev.RunStarted) -> tuple[object, ...]:
        return (
            event.run_id,
            event.job,
            event.target,
            event.at,
            event.partition,
            event.parent_run_id,
            event.root_run_id,
            dumps(event.tags),
            dumps(_selection(event)),
            _config_text(event.config),
            _resolved_text(event.resolved),
            event.pid,
            this_host(),
            event.executor,
            event.start_method,
            event.slots,
            self._version,
        )


def _locked(folder: str, run_id: str) -> RunLock:
    """The lock in the folder of a run, taken; the folder is made where it is missing. Raises `DagjobStateError`."""
    lock = RunLock(f"{folder}{os.sep}lock")
    try:
        if lock.acquire():
            return lock
    except OSError as error:
        raise unwritable(lock.path, error) from error
    raise DagjobStateError(f'run "{run_id}" is already running in another process')


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def connected(state: StateDir) -> sqlite3.Connection:
    """The database of a state directory, to write to; the runs whose main process died are marked. Raises `DagjobStateError`."""
    keep_for_owner(state)
    connection = database.open_for_writing(state.db)
    with database.closed_on_error(connection), database.explained(state.db):
        mark_crashed(connection, state)
    return connection


def _selection(event: ev.RunStarted) -> object:
    if not event.selection and not event.excluded:
        return []
    return {"select": event.selection, "exclude": event.excluded, "names": event.selected}


def _end_row(run: int, event: ev.RunEnded) -> tuple[object, ...]:
    error = dumps(error_json(event.error)) if event.error is not None else None
    return event.status, event.at, event.seconds, dumps(event.counts), event.failure_reason, error, run


def _as_they_are(rows: Iterable[tuple[object, ...]]) -> Iterable[tuple[object, ...]]:
    return rows


def _encodable(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield database.storable(row)
