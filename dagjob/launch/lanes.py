"""The runs of a backfill on an executor that they share: each has a lane, and all have one connection to the history."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.errors import DagjobStateError
from dagjob.launch.execute import Executed, Execution, schedule_of
from dagjob.launch.sharing import shared_slots

if TYPE_CHECKING:
    import sqlite3

    from dagjob.engine.interrupts import Interrupts
    from dagjob.engine.loop import Turns
    from dagjob.engine.worker import RunsWorker
    from dagjob.executors.shared import Part, SharedProcesses
    from dagjob.launch.launch import KeptRun
    from dagjob.plan.schedule import Schedule
    from dagjob.storage.paths import StateDir
    from dagjob.storage.runs import RunStore

NEVER = float("inf")


class Lane:
    """The run of one partition on the shared executor."""

    def __init__(self, kept: KeptRun, shared: SharedProcesses, work: RunsWorker, interrupts: Interrupts) -> None:
        self.kept = kept
        self._shared = shared
        self._differs = work.differs(kept.run)
        self._interrupts = interrupts
        self._schedule: Schedule | None = None
        self.due = NEVER
        """When it has something to do by itself, by the monotonic clock."""
        self.executed: Executed | None = None
        """How it ended, once it has."""
        self._held = ExitStack()
        self._part: Part
        self._turns: Turns[Executed]

    def open_ahead(self) -> None:
        """Do all of its beginning that nobody sees. What goes wrong is told when it begins, if it still does then."""
        prepared = self.kept.prepared
        if not prepared.request.pools and prepared.continued is None:
            self._schedule = schedule_of(prepared, None, 0.0)
        with suppress(DagjobStateError):
            self.kept.open_ahead()

    def begin(self, state: StateDir) -> None:
        """Let it run. Raises `DagjobStateError` where it cannot be kept."""
        kept, shared = self.kept, self._shared
        pools = self._held.enter_context(shared_slots(kept.prepared, state, kept.run.run_id))
        execution = Execution(
            kept.prepared, kept.run, self._interrupts, log_path=kept.log_path, pools=pools, schedule=self._schedule
        )
        self._part = shared.part(kept.run.run_id, self._differs, execution.emit)
        self._turns = execution.turns(self._part, kept.open_sinks, slots=shared.slots, busy=self._part.busy)
        self._turn(lambda: next(self._turns))

    @property
    def has_news(self) -> bool:
        """Whether anything has come for it."""
        return self._part.has_news

    def advance(self) -> None:
        """Hear what has ended, and start what may be started."""
        if self.executed is None:
            ended = self._part.take()
            self._turn(lambda: self._turns.send(ended))

    def close(self) -> None:
        """Give back what it shared with others."""
        self._part.leave()
        self._held.close()

    def _turn(self, act: Callable[[], float | None]) -> None:
        try:
            timeout = act()
            self.due = NEVER if timeout is None else clock.monotonic() + timeout
        except StopIteration as end:
            self.executed = end.value


class OneConnection:
    """The database, opened for the first run and left after the last."""

    def __init__(self, state: StateDir) -> None:
        self._state = state
        self._connection: sqlite3.Connection | None = None

    def open_store(self, state: StateDir, run_id: str, ahead: bool) -> RunStore:
        """The store of one run."""
        from dagjob.storage.runs import RunStore, connected  # loads sqlite3, after the template was forked

        if self._connection is None:
            self._connection = connected(state)
        return RunStore.create(state, run_id, connection=self._connection, ahead=ahead)

    def __enter__(self) -> OneConnection:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._connection is not None:
            from dagjob.storage import database

            database.leave(self._connection, self._state.db)
