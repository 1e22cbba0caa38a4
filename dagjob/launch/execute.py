"""Does a prepared run: the one place where executor, sinks and schedule are put together and turned.

The order in `execute` is a rule, not a habit: the executor starts (and forks its template) before the database, a display
or anything else with a lock or a thread exists.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.definitions.executors import InitExecutorContext
from dagjob.engine.describe import describe
from dagjob.engine.interrupts import signal_name
from dagjob.engine.loop import run_schedule
from dagjob.engine.ports import Audience, Emit, Executor, Signals, StepCall
from dagjob.engine.worker import JobSource, Worker, preloads
from dagjob.errors import DagjobError, DagjobResourceFunctionError
from dagjob.events import EngineNoted, Event, PlanMade, PlannedOp, RunEnded, RunStarted
from dagjob.launch import executors
from dagjob.plan.schedule import Moment, Schedule, Taken
from dagjob.record import Record
from dagjob.run_view import TERMINATED

if TYPE_CHECKING:
    from dagjob.engine.run_info import RunInfo
    from dagjob.launch.request import PreparedRun

LogPath = Callable[[str, int], str]
"""The file that gets the output of an attempt, by step and number of the attempt."""


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
) -> Executed:
    """Do the run, and say how it ended. Failing steps are in the events; raises only what keeps the run from starting.

    `open_sinks` is called when the executor has started; closing them is the caller's business. `worker` does attempts
    in this process (None: a new one). With `log_path` the output of user code is captured; without, it goes where this
    process prints.
    """
    request = prepared.request
    worker = worker or Worker(prepared.job, run, request.input_values)
    worker.debug = request.debug

    def emit(event: Event) -> None:
        audience(event)

    source = JobSource(request.target, run) if request.target is not None else None
    executor = executors.make_executor(
        InitExecutorContext(
            prepared.job,
            prepared.executor,
            prepared.executor_config,
            work=worker,
            source=source,
            emit=emit,
            slots=request.slots,
            grace=request.grace,
            wakeup_fd=signals.fd,
            preload=tuple(preloads(prepared.plan, prepared.job)),
        )
    )
    started = clock.time()
    schedule = Schedule(
        prepared.plan,
        chance=_chance,
        retries=executors.retries_enabled(prepared.executor_config),
        limits=executors.tag_limits(prepared.executor_config),
        reused=request.reused,
        at=started,
    )
    executor.start()
    try:
        audience = open_sinks()
        _tell_start(prepared, run, executor, audience, started)
        failure = _turn(prepared, schedule, executor, audience, signals, worker, log_path)
    finally:
        executor.close()
    ended = _ended(schedule, failure, signals, started, raised=request.raise_on_error)
    audience(ended)
    return Executed(ended, failure)


def _tell_start(prepared: PreparedRun, run: RunInfo, executor: Executor, emit: Emit, started: float) -> None:
    target = prepared.request.target
    emit(
        RunStarted(
            started,
            run.run_id,
            run.job,
            target.text if target is not None else "",
            prepared.executor.name,
            executor.slots,
            os.getpid(),
            run.tags,
            run.config,
            prepared.resolved.recorded,
            partition=run.partition_key,
            parent_run_id=run.parent_run_id,
            root_run_id=run.root_run_id,
            selection=run.selection,
            excluded=run.excluded,
            selected=prepared.job.selection.names if prepared.job.selection is not None else (),
            start_method=executor.start_method,
            isolated=not executor.in_this_process,
        )
    )
    for warning in prepared.warnings:
        emit(EngineNoted(clock.time(), warning, level="warning"))
    steps = prepared.plan.steps
    ops = (PlannedOp(step.key, step.op, tuple(sorted(step.upstream)), step.maps is not None) for step in steps)
    emit(PlanMade(clock.time(), tuple(ops)))


def _turn(
    prepared: PreparedRun,
    schedule: Schedule,
    executor: Executor,
    audience: Audience,
    signals: Signals,
    worker: Worker,
    log_path: LogPath | None,
) -> DagjobError | None:
    """The loop; around it, in this process, the resources of the run. Returns what ended it from outside a step."""
    request = prepared.request

    def call(taken: Taken) -> StepCall:
        step = taken.step
        timeout = step.timeout if step.timeout is not None else request.op_timeout
        timeout = None if request.debug else timeout
        return StepCall(step, taken.attempt, log_path(step.key, taken.attempt) if log_path else None, timeout)

    try:
        if executor.in_this_process:
            _aside(lambda emit: worker.open_resources(prepared.plan, emit), audience, log_path is not None)
        run_schedule(
            schedule,
            executor,
            audience,
            call,
            signals,
            grace=request.grace,
            fail_fast=request.fail_fast or request.raise_on_error,
        )
    except DagjobResourceFunctionError as error:
        for event in schedule.give_up(Moment(clock.monotonic(), clock.time())):
            audience(event)
        return error
    finally:
        if executor.in_this_process:
            _aside(worker.close_resources, audience, log_path is not None)
    return None


def _aside(act: Callable[[Emit], None], emit: Emit, captured: bool) -> None:
    """Call user code that belongs to no step. Where output is captured, it prints to stderr: only displays have stdout."""
    if not captured:
        act(emit)
        return
    from dagjob.executors.in_process import OntoStderr  # only where ops run in this process

    with OntoStderr() as printing:
        act(printing.around(emit))


def _ended(
    schedule: Schedule, failure: DagjobError | None, signals: Signals, started: float, *, raised: bool
) -> RunEnded:
    now, counts, failed = clock.time(), dict(schedule.counts), tuple(schedule.failed)
    seconds = now - started
    if signals.signum is not None and not (schedule.ok and schedule.finished):
        name = signal_name(signals.signum)
        return RunEnded(now, "canceled", seconds, counts, TERMINATED, failed_steps=failed, stopped_by=name)
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
