"""A backfill: a run for each of many partitions of one job, from one process that has loaded the job once.

Where each op has a process of its own, all runs share one executor: its template is forked once, and its slots serve
whatever partition has something to do. Else the partitions run one after the other, each like a run of its own.

What is kept of a backfill says which partitions it is about; how they stand is in the history of their runs. So nothing
is lost with this process, and who goes on asks the history.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.definitions.executors import InitExecutorContext
from dagjob.display.overall import OnePartition, PartitionRuns, beginning
from dagjob.engine.interrupts import Interrupts, signal_name, stop_here
from dagjob.engine.worker import JobSource, RunsWorker, preloads
from dagjob.errors import DagjobBusyError, DagjobStateError, ExitCode
from dagjob.events import EngineNoted, Event, RunEnded
from dagjob.launch import executors
from dagjob.launch.audience import RunAudience
from dagjob.launch.execute import Executed, Execution, execute
from dagjob.launch.launch import KeptRun, say, state_or_temporary
from dagjob.launch.prepared_partitions import BackfillRequest, Maskings, PreparedPartitions
from dagjob.launch.registries import STAND_IN
from dagjob.launch.request import PreparedRun, run_info
from dagjob.launch.sharing import shared_slots
from dagjob.record import replace
from dagjob.storage.backfills import Backfills

if TYPE_CHECKING:
    import sqlite3

    from dagjob.display.options import DisplayOptions
    from dagjob.engine.loop import Turns
    from dagjob.engine.ports import Sink
    from dagjob.executors.shared import Part, SharedProcesses
    from dagjob.storage.paths import StateDir
    from dagjob.storage.runs import RunStore

MakeDisplays = Callable[["DisplayOptions", PartitionRuns], Sequence["Sink"]]


def backfill(
    request: BackfillRequest,
    prepared: PreparedPartitions,
    make_displays: MakeDisplays,
    options: DisplayOptions,
    state: StateDir,
) -> int:
    """Do it, and return the exit code. Raises `DagjobBusyError` before anything is begun."""
    with state_or_temporary(state):
        backfills = Backfills(state)
        lock = backfills.lock(request.record.id)
        try:
            with _held_lock(request, prepared.first, state):
                backfills.write(request.record)
                return _Backfill(request, prepared, make_displays, options, state).do(backfills)
        finally:
            lock.release()


@contextmanager
def _held_lock(request: BackfillRequest, first: PreparedRun, state: StateDir) -> Iterator[None]:
    """Hold the lock that was asked for: one for all partitions."""
    if request.lock is None:
        yield
        return
    without_pools = replace(first, request=replace(first.request, pools={}))
    with shared_slots(without_pools, state, request.record.id, request.lock, say):
        yield


_NEVER = float("inf")


class _Backfill:
    """A backfill at work."""

    def __init__(
        self,
        request: BackfillRequest,
        prepared: PreparedPartitions,
        make_displays: MakeDisplays,
        options: DisplayOptions,
        state: StateDir,
    ) -> None:
        self._request = request
        self._prepared = prepared
        self._runs = PartitionRuns()
        self._options = replace(
            options,
            whole="backfill",
            unit="partition",
            logs_of=self._runs.logs_of,
            go_on=f"dagjob resume {request.record.id[:8]}",
        )
        self._make_displays = make_displays
        self._masking = Maskings(prepared.first, request.redact)
        self._state = state
        self._waiting = deque(request.keys)
        self._counts: dict[str, int] = {}
        self._began = clock.time()
        self._state_error: DagjobStateError | None = None
        self._code = ExitCode.OK
        """What it ends with for another reason than the partitions that failed."""

        self._whole = RunAudience(None)
        self._interrupts: Interrupts
        self._current: KeptRun | None = None
        self._ahead: KeptRun | None = None
        """The run of the first partition that waits, if it has been made already."""
        self._work: RunsWorker

    def do(self, backfills: Backfills) -> int:
        """All partitions, and the end."""
        clock.anchor()
        asked = {"SIGTSTP": self._stop_for_now, **dict.fromkeys(("SIGUSR1", "SIGINFO"), self._tell_status)}
        with Interrupts(self._request.run.grace, self._cut_off, asked) as self._interrupts:
            try:
                shared = self._shared()
                if shared is None:
                    self._show(1, "")
                    self._one_by_one()
                else:
                    self._together(shared)
            except BaseException:
                self._whole.close()  # It has the terminal.
                raise
            return self._end(backfills)

    # -- all on one executor ---------------------------------------------------------------------------------------

    def _shared(self) -> SharedProcesses | None:
        """The executor for all of them, where one can serve several runs."""
        first = self._prepared.first
        if not self._prepared.alike:
            return None
        request = first.request
        run = run_info(first, state=self._state)
        os.environ.update(run.variables)  # Workers change them: what is there already costs less to change.
        source = JobSource(request.target, run, request.maker, shared=True) if request.target is not None else None
        self._work = RunsWorker(first.job, run)
        self._work.open_ahead()
        return executors.shared(
            InitExecutorContext(
                first.job,
                first.executor,
                first.executor_config,
                work=self._work,
                source=source,
                emit=self._tell,
                slots=request.slots,
                grace=request.grace,
                wakeup_fd=self._interrupts.fd,
                preload=tuple(preloads(first.job)),
            )
        )

    def _together(self, shared: SharedProcesses) -> None:
        parallel = min(self._request.parallel, len(self._request.keys))
        shared.start()
        self._whole.executor = shared
        self._interrupts.wake_for_all()
        try:
            self._show(parallel, f"{shared.slots} worker{'s' if shared.slots > 1 else ''}")
            with _Connection(self._state) as connection:
                self._turn_lanes(shared, parallel, connection)
        finally:
            shared.close()

    def _turn_lanes(self, shared: SharedProcesses, parallel: int, connection: _Connection) -> None:
        """While ops are at work there is time for what is between the partitions: the end of one, the making of another."""
        lanes: list[_Lane] = []
        over: list[_Lane] = []
        heeded = 0
        while lanes or over or self._goes_on():
            while len(lanes) < parallel and self._goes_on():
                kept = self._kept(connection.open_store)
                try:
                    lanes.append(_Lane(kept, shared, self._work, self._interrupts, self._state))
                except DagjobStateError as error:  # Those that are at work come to their end.
                    self._not_begun(kept, error)
            while over:
                lane = over.pop(0)
                self._ended(lane.kept, lane.executed)
            if not lanes:
                continue
            if all(lane.executed is None for lane in lanes):
                if self._goes_on() and self._ahead is None:
                    self._ahead = self._made(connection.open_store)
                due = min(lane.due for lane in lanes)
                shared.wait(None if due == _NEVER else max(0.0, due - clock.monotonic()))
                self._interrupts.answer()
            interrupted = self._interrupts.count > heeded
            if interrupted:
                shared.interrupt(0.0 if heeded else self._request.run.grace)
                heeded = self._interrupts.count
            now = clock.monotonic()
            for lane in lanes:
                if interrupted or lane.has_news or now >= lane.due:
                    lane.advance()
            for lane in [lane for lane in lanes if lane.executed is not None]:
                lanes.remove(lane)
                over.append(lane)
                self._leave(lane)

    def _leave(self, lane: _Lane) -> None:
        """Keep how it ended, before another partition begins; the rest has time until that is at work."""
        assert lane.executed is not None
        assert lane.kept.audience is not None
        lane.close()
        lane.kept.audience.keep()
        self._count(lane.executed)

    # -- each on its own -------------------------------------------------------------------------------------------

    def _one_by_one(self) -> None:
        if self._request.parallel > 1:
            name = self._prepared.first.executor.name
            text = f"one partition at a time: the executor {name} does not serve several"
            self._tell(EngineNoted(clock.time(), text, level="warning"))
        while self._goes_on():
            kept = self._current = self._kept(None)
            os.environ.update(kept.run.variables)
            with shared_slots(kept.prepared, self._state, kept.run.run_id) as pools:
                executed = execute(
                    kept.prepared, kept.run, kept.open_sinks, self._interrupts, log_path=kept.log_path, pools=pools
                )
            self._count(executed)
            self._ended(kept, executed)
            self._current = None

    # -- a partition -----------------------------------------------------------------------------------------------

    def _goes_on(self) -> bool:
        """Whether another partition is to be begun."""
        if not self._waiting or self._interrupts.count or self._state_error is not None or self._code:
            return False
        failed = self._counts.get("failed", 0) + self._counts.get("timeout", 0)
        return self._request.max_failures is None or failed < self._request.max_failures

    def _kept(self, open_store: Callable[[StateDir, str], RunStore] | None) -> KeptRun:
        """The run of the next partition, which waits no longer."""
        kept = self._ahead or self._made(open_store)
        self._ahead = None
        self._waiting.popleft()
        return kept

    def _made(self, open_store: Callable[[StateDir, str], RunStore] | None) -> KeptRun:
        key = self._waiting[0]

        def sinks(options: DisplayOptions) -> list[Sink]:
            own = [each.make(options) for each in self._request.of_each]
            return [OnePartition(key, self._runs, self._whole), *own]

        prepared = self._prepared.take(key)
        return KeptRun(
            prepared,
            self._state,
            sinks,
            self._options,
            keep=True,
            masking=self._masking.of(prepared),
            open_store=open_store,
            retention=self._request.retention,
        )

    def _not_begun(self, kept: KeptRun, error: DagjobStateError) -> None:
        """A run could not be kept, so no further one is begun."""
        assert kept.run.partition_key is not None
        self._waiting.appendleft(kept.run.partition_key)
        self._state_error = self._state_error or error

    def _count(self, executed: Executed) -> None:
        status = executed.ended.status
        self._counts[status] = self._counts.get(status, 0) + 1
        if isinstance(executed.failure, DagjobBusyError):
            self._code = ExitCode.BUSY

    def _ended(self, kept: KeptRun, executed: Executed | None) -> None:
        """Tell of the end of a partition, and close what its run had open."""
        audience = kept.close(success=executed is not None and executed.ended.status == "success")
        self._state_error = self._state_error or audience.state_error
        if audience.broken_pipe:
            self._code = ExitCode.SIGPIPE
        elif audience.lost and self._code != ExitCode.BUSY:
            self._code = ExitCode.STATE

    # -- what is seen ----------------------------------------------------------------------------------------------

    def _show(self, parallel: int, workers: str) -> None:
        """Put up the displays: after the template was forked."""
        request = self._request
        displays = self._make_displays(self._options, self._runs)
        executor = self._whole.executor
        self._whole = RunAudience(
            None, displays, stand_in=lambda what: replace(STAND_IN, arguments=(what,)).make(self._options)
        )
        self._whole.executor = executor
        self._whole.before_turn = self._interrupts.answer
        target = request.run.target.text if request.run.target is not None else ""
        for event in beginning(
            self._began, request.record.id, request.run.job.name, target, request.keys, parallel, workers, os.getpid()
        ):
            self._whole(event)
        self._whole.turn()

    def _stop_for_now(self) -> None:
        self._whole.stand_still(stop_here)

    def _tell_status(self) -> None:
        self._whole.tell_status()

    def _tell(self, event: Event) -> None:
        """Something that belongs to no partition."""
        self._whole(event)

    def _end(self, backfills: Backfills) -> int:
        """Say how it ended, and write it down if there is nothing left to go on with."""
        request, counts, signum = self._request, self._counts, self._interrupts.signum
        stopped = bool(self._waiting) or counts.get("canceled", 0) > 0
        failed = sum(many for status, many in counts.items() if status not in ("success", "canceled"))
        interrupted = signum is not None and stopped
        status = "canceled" if interrupted else "failed" if failed or stopped else "success"
        by = signal_name(signum) if interrupted and signum is not None else None
        reason = "UNEXPECTED_TERMINATION" if by else None
        now = clock.time()
        if not stopped:
            backfills.write(replace(request.record, ended=now))
        whole = self._whole
        whole(RunEnded(now, status, now - self._began, counts, reason, stopped_by=by))  # type: ignore[arg-type]
        whole.close()
        if self._state_error is not None:
            raise self._state_error
        if whole.broken_pipe or self._code == ExitCode.SIGPIPE:
            return ExitCode.SIGPIPE
        if interrupted:
            return 128 + (signum or 0)
        return self._code or (ExitCode.FAILED if status != "success" else ExitCode.STATE if whole.lost else ExitCode.OK)

    def _cut_off(self, signum: int) -> None:
        """An op in this very process does not end: write down what is known, and leave."""
        if self._current is not None:
            self._current.write_off(signum)
        with suppress(Exception):
            now = clock.time()
            self._whole(RunEnded(now, "canceled", now - self._began, {}, stopped_by=signal_name(signum)))
            self._whole.close()
        os._exit(128 + signum)


class _Lane:
    """The run of one partition on the shared executor; begun as it is made."""

    def __init__(
        self, kept: KeptRun, shared: SharedProcesses, work: RunsWorker, interrupts: Interrupts, state: StateDir
    ) -> None:
        self.kept = kept
        self.due = _NEVER
        """When it has something to do by itself, by the monotonic clock."""
        self.executed: Executed | None = None
        """How it ended, once it has."""
        self._held = ExitStack()
        pools = self._held.enter_context(shared_slots(kept.prepared, state, kept.run.run_id))
        execution = Execution(kept.prepared, kept.run, interrupts, log_path=kept.log_path, pools=pools)
        self._part: Part = shared.part(kept.run.run_id, work.differs(kept.run), execution.emit)
        self._turns: Turns[Executed] = execution.turns(
            self._part, kept.open_sinks, slots=shared.slots, busy=self._part.busy
        )
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
            self.due = _NEVER if timeout is None else clock.monotonic() + timeout
        except StopIteration as end:
            self.executed = end.value


class _Connection:
    """The database, opened for the first run and left after the last."""

    def __init__(self, state: StateDir) -> None:
        self._state = state
        self._connection: sqlite3.Connection | None = None

    def open_store(self, state: StateDir, run_id: str) -> RunStore:
        """The store of one run."""
        from dagjob.storage.runs import RunStore, connected  # loads sqlite3, after the template was forked

        if self._connection is None:
            self._connection = connected(state)
        return RunStore.create(state, run_id, connection=self._connection)

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._connection is not None:
            from dagjob.storage import database

            database.leave(self._connection, self._state.db)
