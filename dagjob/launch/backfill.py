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
from contextlib import contextmanager, suppress
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
from dagjob.launch.execute import Executed, execute
from dagjob.launch.lanes import NEVER, Lane, OneConnection
from dagjob.launch.launch import KeptRun, OpenStore, say, state_or_temporary
from dagjob.launch.prepared_partitions import BackfillRequest, Maskings, PreparedPartitions
from dagjob.launch.registries import STAND_IN
from dagjob.launch.request import PreparedRun, run_info
from dagjob.launch.sharing import shared_slots
from dagjob.record import replace
from dagjob.storage.ahead import leave_ahead
from dagjob.storage.backfills import Backfills
from dagjob.storage.leftovers import sweep_ahead

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.engine.ports import Sink
    from dagjob.executors.shared import SharedProcesses
    from dagjob.storage.paths import StateDir

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
        sweep_ahead(state)
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
        self._ahead: Lane | None = None
        """The run of the first partition that waits, if it has been made already."""
        self._work: RunsWorker

    def do(self, backfills: Backfills) -> int:
        """All partitions, and the end."""
        clock.anchor()
        asked = {"SIGTSTP": self._stop_for_now, **dict.fromkeys(("SIGUSR1", "SIGINFO"), self._tell_status)}
        with Interrupts(self._request.run.grace, self._cut_off, asked, last=True) as self._interrupts:
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
            with OneConnection(self._state) as connection:
                try:
                    self._turn_lanes(shared, parallel, connection)
                finally:
                    if self._ahead is not None:
                        self._ahead.kept.drop()
                    leave_ahead(self._state)
        finally:
            shared.close()

    def _turn_lanes(self, shared: SharedProcesses, parallel: int, connection: OneConnection) -> None:
        """While ops are at work there is time for what is between the partitions: the end of one, the making of another."""
        lanes: list[Lane] = []
        over: list[Lane] = []
        heeded = 0
        while lanes or over or self._goes_on():
            while len(lanes) < parallel and self._goes_on():
                lane, self._ahead = self._ahead or self._lane(shared, connection), None
                self._waiting.popleft()
                try:
                    lane.begin(self._state)
                except DagjobStateError as error:  # Those that are at work come to their end.
                    self._not_begun(lane.kept, error)
                else:
                    lanes.append(lane)
            while over:
                lane = over.pop(0)
                self._ended(lane.kept, lane.executed)
            if not lanes:
                continue
            if all(lane.executed is None for lane in lanes):
                if self._goes_on() and self._ahead is None:
                    self._ahead = self._lane(shared, connection)
                    if not self._request.of_each:  # Nobody else's sink is made for a run that perhaps never begins.
                        self._ahead.open_ahead()
                due = min(lane.due for lane in lanes)
                shared.wait(None if due == NEVER else max(0.0, due - clock.monotonic()))
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

    def _lane(self, shared: SharedProcesses, connection: OneConnection) -> Lane:
        return Lane(self._made(connection.open_store), shared, self._work, self._interrupts)

    def _leave(self, lane: Lane) -> None:
        """Keep how it ended, before another partition begins; the rest has time until that is at work."""
        assert lane.executed is not None
        assert lane.kept.audience is not None
        lane.close()
        self._count(lane.executed)
        if self._ahead is not None and self._goes_on():
            lane.kept.keep_with(self._ahead.kept)
        else:
            lane.kept.audience.keep()

    # -- each on its own -------------------------------------------------------------------------------------------

    def _one_by_one(self) -> None:
        if self._request.parallel > 1:
            name = self._prepared.first.executor.name
            text = f"one partition at a time: the executor {name} does not serve several"
            self._tell(EngineNoted(clock.time(), text, level="warning"))
        while self._goes_on():
            kept = self._current = self._made(None)
            self._waiting.popleft()
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

    def _made(self, open_store: OpenStore | None) -> KeptRun:
        """The run of the first partition that waits."""
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
