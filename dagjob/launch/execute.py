"""Does a prepared run: the one place where executor, sinks and schedule are put together and turned.

The order in `execute` is a rule, not a habit: the executor starts (and forks its template) before the database, a display
or anything else with a lock or a thread exists, and before the plan is made, which each worker would carry.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from dagjob import clock
from dagjob.definitions.executors import InitExecutorContext
from dagjob.engine.describe import describe
from dagjob.engine.importing import refuse_while_imported
from dagjob.engine.interrupts import signal_name
from dagjob.engine.loop import StopRules, Turns, drive, turns_of
from dagjob.engine.ports import Audience, Emit, Executor, Signals, StepCall, Work, WorkSource
from dagjob.engine.worker import JobSource, Worker, preloads
from dagjob.errors import (
    DagjobBusyError,
    DagjobError,
    DagjobExecutionInterruptedError,
    DagjobExecutorFunctionError,
    DagjobRunTimeoutError,
)
from dagjob.events import EngineNoted, Event, PlanMade, PlannedOp, RunEnded, RunStarted
from dagjob.launch import executors
from dagjob.plan.limits import Pools
from dagjob.plan.schedule import NOTHING_REUSED, Moment, Schedule, Taken
from dagjob.plan.steps import Failed, Plan, Step
from dagjob.record import Record
from dagjob.run_view import TERMINATED
from dagjob.values.names import TIMEOUT_TAG

if TYPE_CHECKING:
    from dagjob.engine.run_info import RunInfo
    from dagjob.launch.request import PreparedRun

LogPath = Callable[[str, int], str]
"""The file that gets the output of an attempt, by step and number of the attempt."""


class RunPools(Pools, Protocol):
    """The pools of a run, and why it has to end where it may not wait for them."""

    tell: Callable[[str, str], None]
    refusal: DagjobBusyError | None

    def refused(self) -> bool:
        """Whether it has to end."""


class Executed(Record):
    """How a run ended. `failure` is what ended it from outside of any step."""

    ended: RunEnded
    failure: DagjobError | None = None


def execute(
    prepared: PreparedRun,
    run: RunInfo,
    open_sinks: Callable[[], Audience],
    signals: Signals,
    *,
    worker: Worker | None = None,
    log_path: LogPath | None = None,
    pools: RunPools | None = None,
) -> Executed:
    """Do the run, and say how it ended. Failing steps are in the events; raises only what keeps the run from starting.

    `open_sinks` is called when the executor has started; closing them is the caller's business. `worker` does attempts
    in this process (None: a new one). `pools` are those that it shares with other runs. With `log_path` the output of
    user code is captured; without, it goes where this process prints.
    """
    clock.anchor()
    request = prepared.request
    execution = Execution(prepared, run, signals, worker=worker, log_path=log_path, pools=pools)
    source = JobSource(request.target, run, request.maker) if request.target is not None else None
    executor = make_executor(prepared, execution.worker, source, execution.emit, signals)
    if not executor.in_this_process:
        refuse_while_imported()
        execution.worker.open_ahead()
    executor.start()
    return drive(execution.turns(executor, open_sinks), executor)


def make_executor(
    prepared: PreparedRun, work: Work, source: WorkSource | None, emit: Emit, signals: Signals
) -> Executor:
    """The executor that a run was prepared for, not yet started."""
    return executors.make_executor(
        InitExecutorContext(
            prepared.job,
            prepared.executor,
            prepared.executor_config,
            work=work,
            source=source,
            emit=emit,
            slots=prepared.request.slots,
            grace=prepared.request.grace,
            wakeup_fd=signals.fd,
            preload=tuple(preloads(prepared.job)),
        )
    )


def _never() -> bool:
    return False


class Execution:
    """One run at work: `emit` takes what its attempts tell, `turns` does it. `schedule` is its own, if it was made already."""

    def __init__(
        self,
        prepared: PreparedRun,
        run: RunInfo,
        signals: Signals,
        *,
        worker: Worker | None = None,
        log_path: LogPath | None = None,
        pools: RunPools | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.worker = worker or Worker(prepared.job, run, prepared.request.input_values)
        self.worker.debug = prepared.request.debug
        self._prepared = prepared
        self._run = run
        self._signals = signals
        self._log_path = log_path
        self._pools = pools
        self._eager = executors.outputs_suffice(prepared.executor_config)
        self._started = clock.time()
        self._made = schedule
        self._schedule: Schedule
        self._audience: Audience

    def emit(self, event: Event) -> None:
        """Take an event of an attempt."""
        self._audience(event)
        if self._eager:
            self._schedule.note(event)

    def turns(
        self,
        executor: Executor,
        open_sinks: Callable[[], Audience],
        *,
        slots: int | None = None,
        busy: Callable[[], bool] = _never,
    ) -> Turns[Executed]:
        """All of the run; the executor has started, and is closed at the end.

        For an executor that others share: its `slots`, and whether anything of this run is still `busy` there, as hooks are.
        """
        prepared, pools = self._prepared, self._pools
        deadline = None if prepared.timeout is None else clock.monotonic() + prepared.timeout
        # Other processes have no exception to hand back, so nothing is raised for them.
        raises = prepared.request.raise_on_error and executor.in_this_process
        try:
            schedule = self._schedule = self._made or schedule_of(prepared, pools, self._started)
            audience = self._audience = open_sinks()
            audience.executor = executor
            if pools is not None:
                pools.tell = lambda step, text: audience(EngineNoted(clock.time(), text, step, level="info"))
            _tell_start(prepared, self._run, executor, audience, self._started, slots or executor.slots)
            if slots is None:
                audience.turn()  # the first op may ask the history for its run
            else:
                audience.keep()  # and no partition waits for a display
            rules = StopRules(
                1 if raises else prepared.request.max_failures,
                deadline,
                pools.refused if pools is not None else None,
            )
            failure = yield from self._turns(executor, audience, rules)
            while busy():
                yield audience.turn()
        finally:
            executor.close()
        failure = failure or (pools.refusal if pools is not None else None)
        late = deadline is not None and clock.monotonic() >= deadline
        timeout = prepared.timeout if late else None
        ended = _ended(schedule, failure, self._signals, self._started, timeout, raised=raises)
        audience(ended)
        return Executed(ended, failure)

    def _turns(self, executor: Executor, audience: Audience, rules: StopRules) -> Turns[DagjobError | None]:
        """The loop; around it, in this process, the resources of the run. Returns what ended it from outside a step."""
        prepared, worker, captured = self._prepared, self.worker, self._log_path is not None
        retries = _may_retry(prepared)

        def call(taken: Taken) -> StepCall:
            log = self._log_path(taken.step.key, taken.attempt) if self._log_path else None
            limit = _limit(taken.step, prepared, rules)
            return StepCall(taken.step, taken.attempt, log, *limit, eager=self._eager, retries=retries)

        try:
            if executor.in_this_process:
                refusal = _open_resources(prepared, worker, audience, self._signals, captured=captured)
                if refusal is not None:
                    return self._broken_off(refusal)
                if self._signals.count:
                    for event in self._schedule.give_up(Moment(clock.monotonic(), clock.time())):
                        audience(event)
                    return None
            yield from turns_of(
                self._schedule,
                executor,
                audience,
                call,
                self._signals,
                grace=prepared.request.grace,
                rules=rules,
                ends=not executor.in_this_process,  # Else resources are closed first, which may take long.
            )
        except DagjobExecutorFunctionError as error:
            return self._broken_off(error)
        finally:
            if executor.in_this_process:
                _aside(worker.close_resources, audience, captured)
        return None

    def _broken_off(self, error: DagjobError) -> DagjobError:
        """Nothing more can run; the reason."""
        outcome = Failed(describe(error), retryable=False, source="FRAMEWORK_ERROR")
        for event in self._schedule.break_off(outcome, Moment(clock.monotonic(), clock.time())):
            self._audience(event)
        return error


def _open_resources(
    prepared: PreparedRun, worker: Worker, audience: Audience, signals: Signals, *, captured: bool
) -> DagjobError | None:
    """Open the resources of the run. What kept it from being made; None also where a signal has stopped it meanwhile."""
    try:
        _aside(lambda emit: worker.open_resources(prepared.plan, emit), audience, captured)
    except DagjobError as error:
        return error
    except DagjobExecutionInterruptedError:
        if not signals.count:
            raise
    return None


def schedule_of(prepared: PreparedRun, pools: RunPools | None, started: float) -> Schedule:
    """All steps of the run and what is to come of them."""
    kind, continued = Schedule, prepared.continued
    if executors.outputs_suffice(prepared.executor_config):
        from dagjob.plan.eager import EagerSchedule

        kind = EagerSchedule
    return kind(
        prepared.plan,
        chance=_chance,
        retries=_may_retry(prepared),
        limits=executors.tag_limits(prepared.executor_config),
        pools=pools,
        reused=continued.reused if continued is not None else NOTHING_REUSED,
        left_out=continued.left_out if continued is not None else (),
        at=started,
    )


def _may_retry(prepared: PreparedRun) -> bool:
    """Whether a failed attempt may be followed by another."""
    return prepared.request.retries and executors.retries_enabled(prepared.executor_config)


def _tell_start(
    prepared: PreparedRun, run: RunInfo, executor: Executor, emit: Emit, started: float, slots: int
) -> None:
    target = prepared.request.target
    emit(
        RunStarted(
            started,
            run.run_id,
            run.job,
            target.text if target is not None else "",
            prepared.executor.name,
            slots,
            os.getpid(),
            run.tags,
            run.config,
            prepared.resolved.recorded,
            partition=run.partition,
            parent_run_id=run.parent_run_id,
            root_run_id=run.root_run_id,
            selection=run.selection,
            excluded=run.excluded,
            selected=run.selected,
            start_method=executor.start_method,
            isolated=not executor.in_this_process,
        )
    )
    for warning in prepared.warnings:
        emit(EngineNoted(clock.time(), warning, level="warning"))
    for note in prepared.notes:
        emit(EngineNoted(clock.time(), note, level="info"))
    if prepared.planned.ops is None:
        prepared.planned.ops = _planned_ops(prepared.plan)
    why = prepared.continued.why if prepared.continued is not None else {}
    emit(PlanMade(clock.time(), prepared.planned.ops, why))


def _planned_ops(plan: Plan) -> tuple[PlannedOp, ...]:
    ordered = _Ordered()
    return tuple(
        PlannedOp(
            step.key,
            step.op,
            ordered[step.upstream or step.stood_after],
            step.maps is not None,
            ordered[step.resources],
        )
        for step in plan.steps
    )


class _Ordered(dict[frozenset[str], tuple[str, ...]]):
    """Names in order. Many steps have the same above them, and need the same resources."""

    def __missing__(self, names: frozenset[str]) -> tuple[str, ...]:
        ordered = self[names] = tuple(sorted(names))
        return ordered


def _limit(step: Step, prepared: PreparedRun, rules: StopRules) -> tuple[float | None, str]:
    """How many seconds an attempt may take, and what says so."""
    request = prepared.request
    if request.debug:
        return None, ""
    if step.timeout is not None:
        seconds, limit = step.timeout, f"after {step.timeout:g}s (tag {TIMEOUT_TAG})"
    elif request.op_timeout is not None:
        seconds, limit = request.op_timeout, f"after {request.op_timeout:g}s (--op-timeout)"
    else:
        seconds, limit = None, ""
    if rules.deadline is not None:
        left = max(rules.deadline - clock.monotonic(), 0.001)
        if seconds is None or left < seconds:
            return left, f"with the run, whose time of {prepared.timeout:g}s was over"
    return seconds, limit


def _aside(act: Callable[[Emit], None], emit: Emit, captured: bool) -> None:
    """Call user code that belongs to no step. Where output is captured, it prints to stderr: only displays have stdout."""
    if not captured:
        act(emit)
        return
    from dagjob.executors.capture import OntoStderr  # only where ops run in this process

    with OntoStderr():
        act(emit)


def _ended(
    schedule: Schedule,
    failure: DagjobError | None,
    signals: Signals,
    started: float,
    timeout: float | None,
    *,
    raised: bool,
) -> RunEnded:
    """The last event. `timeout` is that of the run, in seconds, if it has passed."""
    now, counts, failed = clock.time(), dict(schedule.counts), tuple(schedule.failed)
    seconds = now - started
    if signals.signum is not None and not (schedule.ok and schedule.finished):
        name = signal_name(signals.signum)
        return RunEnded(now, "canceled", seconds, counts, TERMINATED, failed_steps=failed, stopped_by=name)
    if timeout is not None and not (schedule.ok and schedule.finished):
        error = describe(DagjobRunTimeoutError(f"the run was stopped after {timeout:g}s, its timeout"))
        return RunEnded(now, "timeout", seconds, counts, TERMINATED, error, failed)
    if failure is not None:
        return RunEnded(now, "failed", seconds, counts, "RUN_EXCEPTION", describe(failure), failed)
    if not schedule.ok:
        reason = "RUN_EXCEPTION" if raised else "STEP_FAILURE"
        return RunEnded(now, "failed", seconds, counts, reason, failed_steps=failed)
    return RunEnded(now, "success", seconds, counts)


def _chance() -> float:
    """A random number for the jitter of a retry; `random` is loaded when one is first needed."""
    from random import random

    return random()
