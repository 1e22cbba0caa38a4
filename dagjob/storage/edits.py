"""What may still be changed about a run that has ended: its tags, and whether it is kept at all.

A run is deleted as a whole: its rows, its logs, its stored outputs. One that is running is left alone.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from typing import Any

from dagjob.errors import DagjobRunNotFoundError, DagjobStateError
from dagjob.event_json import dumps
from dagjob.storage import database
from dagjob.storage.admission import admit
from dagjob.storage.crashes import mark_crashed
from dagjob.storage.locks import is_held
from dagjob.storage.paths import StateDir, unwritable
from dagjob.values.names import BACKFILL_TAG


class Edits:
    """Changes to recorded runs, each in a transaction of its own. `run_id` is always the whole id.

    All of them raise `DagjobRunNotFoundError`, and `DagjobStateError` where the database cannot be written.
    """

    def __init__(self, connection: sqlite3.Connection, state: StateDir | None = None) -> None:
        self._connection = connection
        self._state = state

    @classmethod
    def open(cls, state: StateDir) -> Edits | None:
        """For a state directory; None where nothing was recorded."""
        admit(state)
        if not os.path.exists(state.db):
            return None
        connection = database.open_for_writing(state.db)
        with database.closed_on_error(connection), database.explained(state.db):
            mark_crashed(connection, state)
        return cls(connection, state)

    def add_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Add tags to a run; those that it has get the new value."""
        with database.explained(self._where), database.transaction(self._connection):
            run, text = self._find(run_id, "tags")
            merged = {**json.loads(text), **tags}
            self._connection.execute("UPDATE runs SET tags = ? WHERE run = ?", (dumps(merged), run))

    def delete(self, run_id: str) -> None:
        """Forget a run, and remove its folder. Raises `DagjobStateError` for a run that is still running."""
        with database.explained(self._where), database.transaction(self._connection):
            run, status, tags = self._find(run_id, "status, tags")
            if status == "running" and (self._state is None or is_held(self._state.lock(run_id))):
                raise DagjobStateError(f'run "{run_id}" is still running').noting(
                    f"stop it first:  dagjob runs cancel {run_id[:8]}"
                )
            for table in ("events", "steps", "runs"):
                self._connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
            backfill = json.loads(tags).get(BACKFILL_TAG)
            last = backfill is not None and not self._has_backfill(backfill)
        # Rows first: a folder that nobody lists is rubbish, a listed run without its folder would be a lie.
        if self._state is not None:
            _remove(self._state.run(run_id))
            if last:
                from dagjob.storage.backfills import Backfills

                Backfills(self._state).forget(backfill)

    def _has_backfill(self, backfill: str) -> bool:
        """Whether a run of it is left."""
        rows = self._connection.execute("SELECT tags FROM runs WHERE tags LIKE ?", (f"%{backfill}%",))
        return any(json.loads(tags).get(BACKFILL_TAG) == backfill for (tags,) in rows)

    def close(self) -> None:
        """Leave the database."""
        database.leave(self._connection, self._state.db if self._state else None)

    def __enter__(self) -> Edits:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def _where(self) -> str:
        return self._state.db if self._state else "in memory"

    def _find(self, run_id: str, columns: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._connection.execute(
            f"SELECT run, {columns} FROM runs WHERE id = ?", database.storable([run_id])
        ).fetchone()
        if row is None:
            raise DagjobRunNotFoundError(f'there is no run "{run_id}"')
        return row


def _remove(folder: str) -> None:
    from shutil import rmtree

    try:
        rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unwritable(folder, error) from error
