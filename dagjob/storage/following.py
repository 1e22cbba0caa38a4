"""The events of a run of another process, as they are committed. Who asks decides how often; nothing here waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dagjob.errors import DagjobRunNotFoundError
from dagjob.event_json import from_parts
from dagjob.events import Event, RunEnded, RunStarted
from dagjob.record import replace
from dagjob.run_view import RunView, end_crashed
from dagjob.storage import database
from dagjob.storage.admission import admit
from dagjob.storage.crashes import dead_runs
from dagjob.storage.history import History

if TYPE_CHECKING:
    from dagjob.storage.paths import StateDir
    from dagjob.storage.records import RunRow


class Follower:
    """Reads one run from its first event on. Close it, or use it as a context manager.

    `ended` is the last event, when it has come. A run whose main process dies gets the ends that nobody told.
    """

    def __init__(self, state: StateDir, run: RunRow) -> None:
        self.ended: RunEnded | None = None
        admit(state)
        connection = database.open_for_reading(state.db)
        if connection is None:
            raise DagjobRunNotFoundError("no run is recorded yet")
        self._connection = connection
        self._state = state
        self._row = run
        self._seen = 0
        self._view = RunView()

    def fresh(self) -> list[Event]:
        """The events that were committed since the last time. Raises `DagjobStateError`."""
        events = self._read()
        if not events and self.ended is None and self._is_dead():
            events = self._read() or self._ends_of_the_dead()
        return events

    def close(self) -> None:
        """Leave the database."""
        self._connection.close()

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _read(self) -> list[Event]:
        with database.explained(self._state.db):
            rows = database.when_unlocked(
                lambda: self._connection.execute(
                    "SELECT seq, kind, at, step, attempt, body FROM events WHERE run = ? AND seq > ? ORDER BY seq",
                    (self._row.number, self._seen),
                ).fetchall()
            )
        events = []
        for seq, kind, at, step, attempt, body in rows:
            self._seen = seq
            event = from_parts(kind, at, step, attempt, json.loads(body) if body else {})
            if isinstance(event, RunStarted):
                event = replace(event, tags=self._row.tags, config=self._row.config, resolved=self._row.resolved)
            if event is not None:
                events.append(event)
                self._take(event)
        return events

    def _take(self, event: Event) -> None:
        self._view(event)
        if isinstance(event, RunEnded):
            self.ended = event

    def _is_dead(self) -> bool:
        """Whether it is no longer recorded as running, or nobody lives who could end it."""
        with database.explained(self._state.db):
            found = database.when_unlocked(
                lambda: self._connection.execute(
                    "SELECT status FROM runs WHERE run = ?", (self._row.number,)
                ).fetchone()
            )
            if found is None:
                raise DagjobRunNotFoundError(f'run "{self._row.id[:8]}" was removed')
            return found[0] != "running" or self._row.number in database.when_unlocked(
                lambda: dead_runs(self._connection, self._state)
            )

    def _ends_of_the_dead(self) -> list[Event]:
        history = History.open(self._state)
        if history is None:
            raise DagjobRunNotFoundError(f'run "{self._row.id[:8]}" was removed')
        with history:
            row = history.known(self._row.id)
        events = end_crashed(self._view, row.ended if row.ended is not None else row.started)
        self.ended = self._view.ended
        return events
