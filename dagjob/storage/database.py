"""Opening, making, locking and leaving the SQLite file; nothing about what its tables mean.

Any number of processes use the file at once. Three rules make that fast and safe:

- It is made once, complete and unsynced, under another name, and linked into place: nobody ever sees half a schema, and
  twenty processes on a fresh directory do not wait for each other.
- Writers take the write lock at the beginning (`BEGIN IMMEDIATE`): a transaction that started as a reader could not
  wait. Who finds it taken tries again for ten seconds, with jitter, so that a crowd does not march in step.
- Who leaves does not checkpoint. SQLite would, on the last connection, and that means waiting for the disk several
  times.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dagjob import clock
from dagjob.builtin.private_files import open_private
from dagjob.errors import DagjobStateError
from dagjob.storage.migrations import FORMAT, refuse_newer, upgrade
from dagjob.storage.paths import unwritable

LOCK_TIMEOUT = 10.0
"""Seconds that a process waits for the others before it gives up."""
_WAL_PAGES = 4000
"""Pages (of 4 KiB) in the write-ahead log after which a commit checkpoints: a long run pays for that each 16 MB."""
_WAL_BYTES_LEFT = 4 << 20
"""Who leaves a longer log than this checkpoints after all: the next process reads it first, 0.3 ms for each MB."""
_TRANSIENT = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})

T = TypeVar("T")


def open_for_writing(path: str) -> sqlite3.Connection:
    """The database, made or brought to the newest format where needed. Raises `DagjobStateError`."""
    with explained(path):
        if not os.path.exists(path):
            _make(path)
        connection = _connect(path)
        with closed_on_error(connection):
            found = when_unlocked(lambda: _format_of(connection))
            refuse_newer(found, path, connection)
            if found < FORMAT:
                with transaction(connection):
                    upgrade(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    return connection


def open_for_reading(path: str) -> sqlite3.Connection | None:
    """The database as it is, or None where there is none. Changes nothing, so works without the right to write."""
    if not os.path.exists(path):
        return None
    with explained(path):
        connection = _read_only(path)
        try:
            found = when_unlocked(lambda: _format_of(connection))
        except sqlite3.DatabaseError as error:
            connection.close()
            if not isinstance(error, sqlite3.OperationalError):
                raise
            # No right to make the files that readers of a WAL share: nobody can be writing here, so read the file
            # alone.
            connection = _read_only(path, "&immutable=1")
            found = _format_of(connection)
        with closed_on_error(connection):
            refuse_newer(found, path, connection)
    return connection


def in_memory() -> sqlite3.Connection:
    """A database of this process alone."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with transaction(connection):
        upgrade(connection)
    return connection


def has_run(connection: sqlite3.Connection, run_id: str) -> bool:
    """Whether a run of this id is recorded."""
    return connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is not None


def storable(values: Iterable[object]) -> tuple[object, ...]:
    """The values with texts that SQLite takes: half a surrogate pair, as in a name that is no UTF-8, becomes an escape."""
    return tuple(
        value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value for value in values
    )


def leave(connection: sqlite3.Connection, path: str | None) -> None:
    """Close a connection of a writer, without the checkpoint that SQLite makes when the last one closes.

    A reader that is opened first and closed last keeps it from that: it may not write, so it cannot.
    """
    if path is None:
        connection.close()
        return
    reader = None
    try:
        if os.path.getsize(f"{path}-wal") > _WAL_BYTES_LEFT:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        reader = _read_only(path)
        _format_of(reader)
    except (sqlite3.Error, OSError):
        pass  # only speed is lost: all that was committed is in the file
    connection.close()
    if reader is not None:
        reader.close()


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Close the connection if what follows its opening goes wrong."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextmanager
def transaction(connection: sqlite3.Connection, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """All or nothing. Waits for other writers at the beginning, up to `timeout` seconds, and never later."""
    when_unlocked(lambda: connection.execute("BEGIN IMMEDIATE"), timeout)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def when_unlocked(act: Callable[[], T], timeout: float = LOCK_TIMEOUT) -> T:
    """Do it, and do it again while the database is locked, for up to `timeout` seconds."""
    deadline = clock.monotonic() + timeout
    pause = 0.002
    while True:
        try:
            return act()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _TRANSIENT or clock.monotonic() > deadline:
                raise
        clock.sleep(pause * (0.5 + os.urandom(1)[0] / 255))
        pause = min(pause * 1.5, 0.1)


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns what SQLite and the system say into a `DagjobStateError` that names the file."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _TRANSIENT:
            raise DagjobStateError(
                f'the history "{path}" is locked: other processes have been writing to it for {LOCK_TIMEOUT:g} s'
            ).noting("look for a hanging dagjob process", "or choose another place with --home DIR") from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise DagjobStateError(f'the history "{path}" is damaged: {error}').noting(
                "move it away: the next run begins a new one"
            ) from error
        raise unwritable(path, error) from error


def _make(path: str) -> None:
    """A new, empty database in place of none; loses gracefully against another process that does the same."""
    draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.new"
    os.close(open_private(draft, os.O_CREAT | os.O_EXCL))  # SQLite gives its other files the same rights.
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        upgrade(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    try:
        # Not a rename: on POSIX that would replace the database that a faster process is already writing to.
        os.rename(draft, path) if os.name == "nt" else os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:
        _make_in_place(path)  # a file system without hard links
    finally:
        if os.path.exists(draft):
            os.unlink(draft)


def _make_in_place(path: str) -> None:
    os.close(open_private(path, os.O_CREAT))
    connection = _connect(path)
    try:
        when_unlocked(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        with transaction(connection):
            upgrade(connection)
    finally:
        connection.close()


def _connect(path: str) -> sqlite3.Connection:
    # The short wait of SQLite's own is for the moments in which a lock is only touched; `when_unlocked` does the rest.
    return sqlite3.connect(path, isolation_level=None, timeout=0.2)


def _read_only(path: str, more: str = "") -> sqlite3.Connection:
    # Spelt by hand: urllib, which has a function for this, costs as much as sqlite3 itself.
    escaped = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    if os.name == "nt":
        escaped = "/" + escaped.replace("\\", "/")
    return sqlite3.connect(f"file:{escaped}?mode=ro{more}", uri=True, isolation_level=None, timeout=0.2)


def _format_of(connection: sqlite3.Connection) -> int:
    # A look into the schema as well: the number alone does not open the write-ahead log.
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found
