"""`execute_in_process`: run a job here and now, for tests and notebooks. Nothing is written to disk, no signal is taken.

The executor is always the one of this process; a default IO manager is replaced by one in memory, so an op gets the
very object that another returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.definitions.iomanagers import default_io_manager, mem_io_manager
from dagjob.definitions.jobs import checked_inputs
from dagjob.definitions.resources import to_resource_definition
from dagjob.definitions.selection import checked_clauses
from dagjob.engine.interrupts import NoSignals
from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.result import ExecuteInProcessResult
from dagjob.engine.run_info import RunInfo
from dagjob.engine.step import StepAttempt
from dagjob.engine.worker import Worker
from dagjob.errors import (
    CheckError,
    DagjobExecutionInterruptedError,
    DagjobMaxRetriesExceededError,
    DagjobUserCodeExecutionError,
)
from dagjob.events import Event
from dagjob.launch.execute import execute
from dagjob.launch.request import RunRequest, prepare, run_info
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
    op_selection: Sequence[str] | None = None,
) -> ExecuteInProcessResult:
    """Run a job, or the ops of it that `op_selection` names, and return the result.

    With `raise_on_error` the run stops at the first failing step and the user's own exception comes out; without it
    independent steps go on, and failures are in the result. Config that does not fit raises
    `DagjobInvalidConfigError` in both cases.
    """
    job = _for_this_process(job, resources or {})
    if op_selection is None:  # else only what is selected must have its resources, which is known later
        job.check_requirements()
    checked_inputs(f'job "{job.name}"', job.whole_graph, input_values)
    prepared = prepare(
        RunRequest(
            job,
            run_config,
            tags=normalize_tags(tags or {}, f'run tags of job "{job.name}"'),
            in_process=True,
            raise_on_error=raise_on_error,
            on_disk=False,
            input_values=input_values or {},
            selection=checked_clauses(op_selection, "op_selection"),
        )
    )
    job = prepared.job
    if op_selection is not None:
        job.check_requirements()
    run = run_info(prepared, _checked_run_id(run_id))
    worker = _KeepingWorker(job, run, input_values, hooks_after_failure=not raise_on_error)
    events = _EventList()
    done = execute(prepared, run, lambda: events, NoSignals(), worker=worker)
    failure: BaseException | None = done.failure
    if failure is None and done.ended.failed_steps and (raise_on_error or worker.interrupted):
        failure = worker.exception_of(done.ended.failed_steps[0])
    if failure is not None and (raise_on_error or worker.interrupted):
        raise failure
    return ExecuteInProcessResult(job, run, events.events, worker.values_by_step())


class _EventList:
    """A list as the only sink."""

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
        if isinstance(outcome, Failed) and outcome.ask is None and outcome.retryable and policy is not None:
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


def _for_this_process(job: JobDefinition, resources: Mapping[str, Any]) -> JobDefinition:
    """The job with `resources` in place, and outputs in memory where it has said nothing about them."""
    changed = {key: to_resource_definition(value) for key, value in resources.items()}
    if "io_manager" not in changed and job.resource_defs.get("io_manager") is default_io_manager:
        changed["io_manager"] = mem_io_manager
    return job.with_top_level_resources({**job.resource_defs, **changed}) if changed else job


def _checked_run_id(run_id: str | None) -> str | None:
    import re

    if run_id is not None and not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", run_id):
        raise CheckError(f"run_id must be a UUID, not {run_id!r}")
    return run_id
