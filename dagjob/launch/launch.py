"""From a request to an exit code: load, resolve, plan, wire, loop.

The order in `_Run.go` is a rule, not a habit: the executor starts (and forks its template) before the database, the
display or anything else with a lock or a thread exists.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.definitions.executors import ExecutorDefinition, InitExecutorContext
from dagjob.engine.interrupts import Interrupts
from dagjob.engine.loop import run_schedule
from dagjob.engine.ports import Emit, Executor, StepCall
from dagjob.engine.run_info import RunInfo, new_run_id
from dagjob.engine.target import LoadedJob, load_job
from dagjob.engine.worker import JobSource, Worker, preloads
from dagjob.errors import (
    DagjobConfigMappingFunctionError,
    DagjobError,
    DagjobInvalidConfigError,
    DagjobResourceFunctionError,
    ExitCode,
)
from dagjob.events import EngineNoted, PlanMade, PlannedOp, RunEnded, RunStarted
from dagjob.launch import executors
from dagjob.launch.audience import RunAudience
from dagjob.launch.masking import masking_of
from dagjob.launch.registries import DISPLAYS, load
from dagjob.launch.request import RunRequest
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import ResolvedConfig, resolve
from dagjob.plan.schedule import Schedule, Taken
from dagjob.plan.steps import Plan
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.storage.paths import StateDir


class Prepared(Record):
    """A run that could start: everything that can be wrong before the first op has been found by now."""

    loaded: LoadedJob
    job: JobDefinition
    resolved: ResolvedConfig
    plan: Plan
    executor: ExecutorDefinition
    executor_config: Any
    warnings: tuple[str, ...] = ()


def prepare(request: RunRequest) -> Prepared:
    """Load the job, resolve its config, make its plan. Raises what the user has to mend."""
    loaded = load_job(request.target)
    job = loaded.job
    document = request.read_config(job)
    config = document.value
    warnings: tuple[str, ...] = ()
    if request.executor is not None:
        config, warning = executors.fit_execution(config, request.executor)
        warnings = (warning,) if warning else ()
        job = job.with_executor_def(executors.named_executor(request.executor))
    try:
        resolved = resolve(job, replace(document, value=config), check_instances=True)
    except (DagjobInvalidConfigError, DagjobConfigMappingFunctionError) as error:
        raise request.hide(error, job, document) from error.__cause__
    plan = build_plan(job, resolved)
    executor, executor_config = job.executor_def.chosen(resolved.execution)
    executors.check_requirements(executor, executor_config, job, plan, loadable=True, on_disk=True)
    return Prepared(loaded, job, resolved, plan, executor, executor_config, warnings)


def launch(request: RunRequest) -> int:
    """Run what is asked for, and return the exit code (CLI.md 7)."""
    prepared = prepare(request)
    if request.dry_run:
        from dagjob.display.dry_run import show_plan

        show_plan(prepared.job.name, prepared.plan, prepared.executor.name, request.display, request.displays[0])
        return ExitCode.OK
    with _state_of(request) as state:
        run = _Run(request, prepared, state)
        with Interrupts(request.grace, run.cut_off) as interrupts:
            return run.go(interrupts)


class _Run:
    """One run that is being wired and turned."""

    def __init__(self, request: RunRequest, prepared: Prepared, state: StateDir) -> None:
        self._request = request
        self._prepared = prepared
        self._state = state
        self._run = _run_info(request, prepared, state)
        self._worker = Worker(prepared.job, self._run)
        self._masking = masking_of(prepared.job, prepared.resolved, request.redact)
        self._audience: RunAudience | None = None
        self._started = clock.time()

    def go(self, interrupts: Interrupts) -> int:
        """From here on there is a run. Returns the exit code."""
        self._interrupts = interrupts
        executor = self._executor()
        schedule = Schedule(
            self._prepared.plan,
            chance=_chance,
            retries=executors.retries_enabled(self._prepared.executor_config),
            limits=executors.tag_limits(self._prepared.executor_config),
        )
        os.environ.update(
            DAGJOB_RUN_ID=self._run.run_id, DAGJOB_JOB=self._run.job, DAGJOB_RUN_DIR=self._run.run_dir or ""
        )
        executor.start()
        try:
            audience = self._audience = self._open_audience()
            self._tell_start(audience, executor)
            failure = self._turn(schedule, executor, audience)
        finally:
            executor.close()
        ended = self._ended(schedule, failure)
        audience(ended)
        audience.close()
        return self._exit_code(ended, audience)

    def cut_off(self, signum: int) -> None:
        """An op in this very process does not end: write down what is known, and leave at once."""
        if self._audience is not None:
            seconds = clock.time() - self._started
            self._audience(RunEnded(clock.time(), "canceled", seconds, {}, "UNEXPECTED_TERMINATION"))
            self._audience.close()
        os._exit(128 + signum)

    # -- wiring ----------------------------------------------------------------------------------------------------

    def _executor(self) -> Executor:
        prepared, request = self._prepared, self._request
        return executors.make_executor(
            InitExecutorContext(
                prepared.job,
                prepared.executor,
                prepared.executor_config,
                work=self._worker,
                source=JobSource(prepared.loaded.target, self._run),
                emit=self._hear,
                slots=request.jobs,
                grace=request.grace,
                wakeup_fd=self._interrupts.fd,
                preload=tuple(preloads(prepared.plan, prepared.job)),
            )
        )

    def _hear(self, event: Any) -> None:
        assert self._audience is not None
        self._audience(event)

    def _open_audience(self) -> RunAudience:
        from dagjob.storage.runs import RunStore

        request, masking = self._request, self._masking
        store = RunStore.create(self._state, self._run.run_id)
        looks = request.display if masking is None else replace(request.display, read_tail=masking.read_tail)
        return RunAudience(store, [load(DISPLAYS[name])(looks) for name in request.displays], masking)

    def _tell_start(self, audience: RunAudience, executor: Executor) -> None:
        prepared, run = self._prepared, self._run
        audience(
            RunStarted(
                self._started,
                run.run_id,
                run.job,
                prepared.loaded.target.text,
                prepared.executor.name,
                executor.slots,
                os.getpid(),
                run.tags,
                run.config,
                prepared.resolved.merged,
                partition=run.partition_key,
                start_method=executor.start_method,
                isolated=not executor.in_this_process,
            )
        )
        for warning in prepared.warnings:
            audience(_warned(warning))
        audience(PlanMade(clock.time(), planned(prepared.plan)))

    # -- the run ---------------------------------------------------------------------------------------------------

    def _turn(self, schedule: Schedule, executor: Executor, audience: RunAudience) -> DagjobError | None:
        """The loop; around it, in process, the resources of the run. Returns what ended it from outside a step."""
        in_process = executor.in_this_process
        try:
            if in_process:
                self._aside(audience, lambda emit: self._worker.open_resources(self._prepared.plan, emit))
            run_schedule(
                schedule,
                executor,
                audience,
                self._order,
                self._interrupts,
                grace=self._request.grace,
                fail_fast=self._request.fail_fast,
            )
        except DagjobResourceFunctionError as error:
            return error
        finally:
            if in_process:
                self._aside(audience, self._worker.close_resources)
        return None

    @staticmethod
    def _aside(audience: RunAudience, act: Callable[[Emit], None]) -> None:
        """Do something whose prints are no data of ours: they go to stderr, and only displays write to stdout."""
        from dagjob.executors.in_process import OntoStderr

        with OntoStderr() as printing:
            act(printing.around(audience))

    def _order(self, taken: Taken) -> StepCall:
        timeout = taken.step.timeout if taken.step.timeout is not None else self._request.op_timeout
        log = self._state.log(self._run.run_id, taken.step.key, taken.attempt)
        return StepCall(taken.step, taken.attempt, str(log), timeout)

    def _ended(self, schedule: Schedule, failure: DagjobError | None) -> RunEnded:
        from dagjob.engine.describe import describe

        seconds = clock.time() - self._started
        counts = dict(schedule.counts)
        if self._interrupts.signum is not None and not (schedule.ok and schedule.finished):
            return RunEnded(
                clock.time(), "canceled", seconds, counts, "UNEXPECTED_TERMINATION", failed_steps=tuple(schedule.failed)
            )
        if failure is not None:
            return RunEnded(clock.time(), "failed", seconds, counts, "RUN_EXCEPTION", describe(failure))
        if not schedule.ok:
            return RunEnded(
                clock.time(), "failed", seconds, counts, "STEP_FAILURE", failed_steps=tuple(schedule.failed)
            )
        return RunEnded(clock.time(), "success", seconds, counts)

    def _exit_code(self, ended: RunEnded, audience: RunAudience) -> int:
        if audience.state_error is not None:
            raise audience.state_error
        if audience.broken_pipe:
            return ExitCode.SIGPIPE
        if ended.status == "canceled":
            return 128 + (self._interrupts.signum or 0)
        return ExitCode.OK if ended.status == "success" else ExitCode.FAILED


def planned(plan: Plan) -> tuple[PlannedOp, ...]:
    """The plan as far as listeners need it."""
    return tuple(
        PlannedOp(step.key, step.op, tuple(sorted(step.upstream)), step.maps is not None) for step in plan.steps
    )


def _run_info(request: RunRequest, prepared: Prepared, state: StateDir) -> RunInfo:
    run_id = new_run_id()
    resolved = prepared.resolved
    return RunInfo(
        run_id,
        prepared.job.name,
        {**prepared.job.run_tags, **request.tags},
        resolved.given,
        resolved.resources,
        resolved.loggers,
        out_dir=str(state.out(run_id)),
        run_dir=str(state.run(run_id)),
    )


@contextmanager
def _state_of(request: RunRequest) -> Iterator[StateDir]:
    """The state directory, made ready; without one, a temporary folder that is gone afterwards."""
    from dagjob.storage.paths import StateDir, prepare

    if request.state is not None:
        prepare(request.state)
        yield request.state
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="dagjob-", ignore_cleanup_errors=True) as folder:
        state = StateDir(folder)
        prepare(state)
        yield state


def _chance() -> float:
    """A random number for the jitter of a retry; `random` is loaded when one is first needed."""
    from random import random

    return random()


def _warned(text: str) -> EngineNoted:
    return EngineNoted(clock.time(), text, level="warning")
