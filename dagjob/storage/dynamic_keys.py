"""The keys of dynamic partitions, by the name of their definition, in the order in which they were added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dagjob.storage.database import explained, open_for_reading, open_for_writing, transaction

if TYPE_CHECKING:
    from dagjob.storage.paths import StateDir

_OF_NAME = 'SELECT key FROM dynamic_partitions WHERE name = ? ORDER BY "number"'


class StoredKeys:
    """The dynamic keys of a state directory, as partitions ask for them."""

    def __init__(self, state: StateDir) -> None:
        self._state = state

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """All of that name, in order."""
        return keys_of(self._state, partitions_def_name)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Is there such a key?"""
        return has_key(self._state, partitions_def_name, partition_key)


def keys_of(state: StateDir, name: str) -> list[str]:
    """All keys of that name; none where nothing was kept yet."""
    with _reading(state) as connection:
        return [] if connection is None else [key for (key,) in connection.execute(_OF_NAME, (name,))]


def has_key(state: StateDir, name: str, key: str) -> bool:
    """Is there such a key?"""
    asked = "SELECT 1 FROM dynamic_partitions WHERE name = ? AND key = ?"
    with _reading(state) as connection:
        return connection is not None and connection.execute(asked, (name, key)).fetchone() is not None


def add_keys(state: StateDir, name: str, keys: Sequence[str]) -> None:
    """Add keys at the end; one that is there stays where it is."""
    from dagjob.storage.admission import admit
    from dagjob.storage.paths import prepare

    prepare(state)
    admit(state)
    with _writing(state) as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO dynamic_partitions (name, key) VALUES (?, ?)", [(name, key) for key in keys]
        )


def delete_key(state: StateDir, name: str, key: str) -> None:
    """Forget a key; one that is not there is no mistake."""
    if not has_key(state, name, key):
        return
    with _writing(state) as connection:
        connection.execute("DELETE FROM dynamic_partitions WHERE name = ? AND key = ?", (name, key))


@contextmanager
def _reading(state: StateDir) -> Iterator[sqlite3.Connection | None]:
    """The database; None where there is none, or one of a format that had no such keys yet."""
    connection = open_for_reading(state.db)
    if connection is None:
        yield None
        return
    try:
        with explained(state.db):
            there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'dynamic_partitions'").fetchone()
            yield connection if there else None
    finally:
        connection.close()


@contextmanager
def _writing(state: StateDir) -> Iterator[sqlite3.Connection]:
    connection = open_for_writing(state.db)
    try:
        with explained(state.db), transaction(connection):
            yield connection
    finally:
        connection.close()
