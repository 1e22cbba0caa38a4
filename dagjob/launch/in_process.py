"""`execute_in_process`: run a job here and now, for tests and notebooks. Nothing is written to disk, no signal is taken.

The executor is always the one of this process; a default IO manager is replaced by one in memory, so an op gets the
very object that another returned.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.definitions.iomanagers import default_io_manager, mem_io_manager
from dagjob.definitions.jobs import checked_inputs
from dagjob.definitions.resources import to_resource_definition
from dagjob.engine.describe import describe
from dagjob.engine.loop import run_schedule
from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.result import ExecuteInProcessResult
from dagjob.engine.run_info import RunInfo, new_run_id
from dagjob.engine.step import StepAttempt
from dagjob.engine.worker import Worker
from dagjob.errors import (
    CheckError,
    DagjobExecutionInterruptedError,
    DagjobMaxRetriesExceededError,
    DagjobResourceFunctionError,
    DagjobUserCodeExecutionError,
)
from dagjob.events import Event, PlanMade, RunEnded, RunStarted
from dagjob.executors.in_process import InProcess
from dagjob.launch.launch import planned
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.schedule import Schedule, Taken
from dagjob.plan.steps import Failed
from dagjob.values.names import normalize_tags

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition


def execute_in_process(
    job: JobDefinition,
    *,
    run_config: Any = None,
    raise_on_error: bool = True,
    run_id: str | None = None,
    input_values: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
) -> ExecuteInProcessResult:
    """Run all of a job and return the result.

    With `raise_on_error` the run stops at the first failing step and the user's own exception comes out; without it
    independent steps go on, and failures are in the result. Config that does not fit raises
    `DagjobInvalidConfigError` in both cases.
    """
    job = _for_this_process(job, resources or {})
    job.check_requirements()
    checked_inputs(f'job "{job.name}"', job.graph, input_values)
    resolved = resolve(job, run_config, ignore_execution=True, input_values=tuple(input_values or ()))
    plan = build_plan(job, resolved, input_values)
    run = RunInfo(
        _checked_run_id(run_id),
        job.name,
        {**job.run_tags, **normalize_tags(tags or {}, f'run tags of job "{job.name}"')},
        resolved.given,
        resolved.resources,
        resolved.loggers,
    )
    worker = _KeepingWorker(job, run, input_values, hooks_after_failure=not raise_on_error)
    heard = _Heard()
    schedule = Schedule(plan, chance=_chance)
    started = clock.time()
    heard(RunStarted(started, run.run_id, job.name, "", "in_process", 1, os.getpid(), run.tags, run.config))
    heard(PlanMade(started, planned(plan)))
    failure: BaseException | None = None
    try:
        worker.open_resources(plan, heard)
        executor = InProcess(worker, heard)
        run_schedule(schedule, executor, heard, _order, _NoInterrupts(), fail_fast=raise_on_error)
    except DagjobResourceFunctionError as error:
        failure = error
    finally:
        worker.close_resources(heard)
    seconds = clock.time() - started
    ok = failure is None and schedule.ok
    reason = "RUN_EXCEPTION" if failure is not None or raise_on_error else "STEP_FAILURE"
    heard(
        RunEnded(
            clock.time(),
            "success" if ok else "failed",
            seconds,
            dict(schedule.counts),
            None if ok else reason,
            describe(failure) if failure is not None else None,
            tuple(schedule.failed),
        )
    )
    if failure is None and schedule.failed and (raise_on_error or worker.interrupted):
        failure = worker.exception_of(schedule.failed[0])
    if failure is not None and (raise_on_error or worker.interrupted):
        raise failure
    return ExecuteInProcessResult(job, run, heard.events, worker.values_by_step())


class _Heard:
    """A list as an audience."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def turn(self) -> float | None:
        return None


class _KeepingWorker(Worker):
    """Keeps the attempts that it made, for their values and exceptions."""

    def __init__(
        self, job: JobDefinition, run: RunInfo, direct: Mapping[str, Any] | None, *, hooks_after_failure: bool
    ) -> None:
        super().__init__(job, run, direct)
        self.keep_values()
        self._attempts: dict[str, StepAttempt] = {}
        self._hooks_after_failure = hooks_after_failure

    def __call__(self, call: StepCall, emit: Emit) -> StepAttempt:
        attempt = super().__call__(call, emit)
        attempt.hooks_after_failure = self._hooks_after_failure
        self._attempts[call.step.key] = attempt
        return attempt

    @property
    def interrupted(self) -> bool:
        return any(
            isinstance(attempt.exception, (KeyboardInterrupt, DagjobExecutionInterruptedError))
            for attempt in self._attempts.values()
        )

    def exception_of(self, key: str) -> BaseException:
        """What `raise_on_error` raises for a failed step."""
        attempt = self._attempts[key]
        error, outcome, policy = attempt.exception, attempt.outcome, attempt.call.step.retry
        assert error is not None
        if (
            isinstance(outcome, Failed)
            and outcome.ask is None
            and outcome.retryable
            and policy
            and policy.max_retries > 0
        ):
            exhausted = DagjobMaxRetriesExceededError(
                f'step "{key}" failed {attempt.call.attempt} times (at most {policy.max_retries} retries): '
                f"{outcome.error.type}: {outcome.error.message}\n{outcome.error.text}"
            )
            exhausted.__cause__ = error
            return exhausted
        if isinstance(outcome, Failed) and outcome.ask is not None:
            exhausted = DagjobMaxRetriesExceededError(
                f'step "{key}" asked for more than {outcome.ask.max_retries} retries: '
                f"{outcome.error.type}: {outcome.error.message}\n{outcome.error.text}"
            )
            exhausted.__cause__ = error
            return exhausted
        return _of_the_user(error)

    def values_by_step(self) -> dict[str, dict[str, Any]]:
        return {key: attempt.values for key, attempt in self._attempts.items()}


def _of_the_user(error: BaseException) -> BaseException:
    """The exception of the user's own code, also when it came from a type check, a loader or an IO manager."""
    own = error.user_exception if isinstance(error, DagjobUserCodeExecutionError) else None
    if own is None:
        return error
    own.add_note(str(error))  # which says where it was raised
    return own


class _NoInterrupts:
    """Signals are the caller's here."""

    signum = None
    count = 0
    fd = None


def _for_this_process(job: JobDefinition, resources: Mapping[str, Any]) -> JobDefinition:
    """The job with `resources` in place, and outputs in memory where it has said nothing about them."""
    changed = {key: to_resource_definition(value) for key, value in resources.items()}
    if "io_manager" not in changed and job.resource_defs.get("io_manager") is default_io_manager:
        changed["io_manager"] = mem_io_manager
    return job.with_top_level_resources({**job.resource_defs, **changed}) if changed else job


def _checked_run_id(run_id: str | None) -> str:
    if run_id is None:
        return new_run_id()
    import re

    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", run_id):
        raise CheckError(f"run_id must be a UUID, not {run_id!r}")
    return run_id


def _order(taken: Taken) -> StepCall:
    return StepCall(taken.step, taken.attempt)


def _chance() -> float:
    from random import random

    return random()
