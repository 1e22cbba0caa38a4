"""The events of a run under Dagster's event types, for code that inspects `result.all_events`.

A view, made when it is asked for; nothing inside the house reads it. Where dagjob tells a fact in another place or merges
two, the view puts it where Dagster has it (contract exe-3, "Order inside one step").
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dagjob import events as ev
from dagjob.errors import CheckError
from dagjob.plan.steps import TEMPLATE_SUFFIX
from dagjob.record import Record


class DagjobEventType(str, enum.Enum):
    """What an event tells. Run events have two names; the value is the older one."""

    RUN_START = "PIPELINE_START"
    RUN_SUCCESS = "PIPELINE_SUCCESS"
    RUN_FAILURE = "PIPELINE_FAILURE"
    RUN_CANCELED = "PIPELINE_CANCELED"
    RUN_STARTING = "PIPELINE_STARTING"
    RUN_ENQUEUED = "PIPELINE_ENQUEUED"
    RUN_CANCELING = "PIPELINE_CANCELING"
    PIPELINE_START = "PIPELINE_START"
    PIPELINE_SUCCESS = "PIPELINE_SUCCESS"
    PIPELINE_FAILURE = "PIPELINE_FAILURE"
    PIPELINE_CANCELED = "PIPELINE_CANCELED"
    ENGINE_EVENT = "ENGINE_EVENT"
    RESOURCE_INIT_STARTED = "RESOURCE_INIT_STARTED"
    RESOURCE_INIT_SUCCESS = "RESOURCE_INIT_SUCCESS"
    RESOURCE_INIT_FAILURE = "RESOURCE_INIT_FAILURE"
    LOGS_CAPTURED = "LOGS_CAPTURED"
    STEP_WORKER_STARTING = "STEP_WORKER_STARTING"
    STEP_WORKER_STARTED = "STEP_WORKER_STARTED"
    STEP_START = "STEP_START"
    STEP_RESTARTED = "STEP_RESTARTED"
    STEP_INPUT = "STEP_INPUT"
    STEP_OUTPUT = "STEP_OUTPUT"
    STEP_SUCCESS = "STEP_SUCCESS"
    STEP_FAILURE = "STEP_FAILURE"
    STEP_UP_FOR_RETRY = "STEP_UP_FOR_RETRY"
    STEP_SKIPPED = "STEP_SKIPPED"
    STEP_EXPECTATION_RESULT = "STEP_EXPECTATION_RESULT"
    LOADED_INPUT = "LOADED_INPUT"
    HANDLED_OUTPUT = "HANDLED_OUTPUT"
    ASSET_MATERIALIZATION = "ASSET_MATERIALIZATION"
    ASSET_OBSERVATION = "ASSET_OBSERVATION"
    HOOK_COMPLETED = "HOOK_COMPLETED"
    HOOK_SKIPPED = "HOOK_SKIPPED"
    HOOK_ERRORED = "HOOK_ERRORED"


class ErrorSource(enum.Enum):
    """Whose mistake a failure is."""

    USER_CODE_ERROR = "USER_CODE_ERROR"
    FRAMEWORK_ERROR = "FRAMEWORK_ERROR"
    UNEXPECTED_ERROR = "UNEXPECTED_ERROR"
    INTERRUPT = "INTERRUPT"


class RunFailureReason(enum.Enum):
    """Why a run failed."""

    STEP_FAILURE = "STEP_FAILURE"
    RUN_EXCEPTION = "RUN_EXCEPTION"
    JOB_INITIALIZATION_FAILURE = "JOB_INITIALIZATION_FAILURE"
    UNEXPECTED_TERMINATION = "UNEXPECTED_TERMINATION"


class SerializableErrorInfo(Record):
    """An exception as Dagster shows it."""

    message: str
    stack: tuple[str, ...]
    cls_name: str
    cause: SerializableErrorInfo | None = None
    context: SerializableErrorInfo | None = None

    def to_string(self) -> str:
        """Message, stack, and those of the cause."""
        text = self.message + "".join(self.stack)
        if self.cause is None:
            return text
        return f"{text}\nThe above exception was caused by the following exception:\n{self.cause.to_string()}"


class TypeCheckData(Record):
    """The result of a type check."""

    success: bool
    label: str
    description: str | None
    metadata: Mapping[str, Any]


class StepInputData(Record):
    """Of STEP_INPUT."""

    input_name: str
    type_check_data: TypeCheckData


class StepOutputData(Record):
    """Of STEP_OUTPUT."""

    output_name: str
    mapping_key: str | None
    type_check_data: TypeCheckData
    metadata: Mapping[str, Any]


class LoadedInputData(Record):
    """Of LOADED_INPUT."""

    input_name: str
    manager_key: str
    upstream_output_name: str | None
    upstream_step_key: str | None
    metadata: Mapping[str, Any]


class HandledOutputData(Record):
    """Of HANDLED_OUTPUT."""

    output_name: str
    manager_key: str
    metadata: Mapping[str, Any]


class UserFailureData(Record):
    """What was said by raising `Failure`."""

    label: str
    description: str | None
    metadata: Mapping[str, Any]


class StepFailureData(Record):
    """Of STEP_FAILURE."""

    error: SerializableErrorInfo
    user_failure_data: UserFailureData | None
    error_source: ErrorSource

    @property
    def error_display_string(self) -> str:
        """The error with its cause."""
        cause = self.error.cause
        return self.error.message + (f"\n\nThe above exception was caused by:\n{cause.to_string()}" if cause else "")


class StepRetryData(Record):
    """Of STEP_UP_FOR_RETRY."""

    error: SerializableErrorInfo
    seconds_to_wait: float | None


class StepSuccessData(Record):
    """Of STEP_SUCCESS."""

    duration_ms: float


class JobFailureData(Record):
    """Of RUN_FAILURE."""

    error: SerializableErrorInfo | None
    failure_reason: RunFailureReason
    first_step_failure_event: DagjobEvent | None


class ExpectationData(Record):
    """Of STEP_EXPECTATION_RESULT."""

    expectation_result: Any


class MaterializationData(Record):
    """Of ASSET_MATERIALIZATION."""

    materialization: Any


class ObservationData(Record):
    """Of ASSET_OBSERVATION."""

    asset_observation: Any


class HookErroredData(Record):
    """Of HOOK_ERRORED."""

    error: SerializableErrorInfo


class EngineEventData(Record):
    """Of ENGINE_EVENT."""

    error: SerializableErrorInfo | None = None
    metadata: Mapping[str, Any] = {}


class DagjobEvent(Record):
    """One event in Dagster's shape."""

    event_type_value: str
    job_name: str
    message: str
    step_key: str | None = None
    event_specific_data: Any = None
    pid: int | None = None
    timestamp: float = 0.0

    @property
    def event_type(self) -> DagjobEventType:
        """The type as an enum member."""
        return DagjobEventType(self.event_type_value)

    @property
    def node_name(self) -> str | None:
        """The name of the op's node."""
        return self.step_key.partition("[")[0].rpartition(".")[2] if self.step_key else None

    @property
    def is_failure(self) -> bool:
        """A failure of a step or of the run?"""
        return self.event_type_value in ("STEP_FAILURE", "PIPELINE_FAILURE")

    @property
    def asset_key(self) -> Any:
        """The key of the reported asset; None for other events."""
        data = self.event_specific_data
        asset = getattr(data, "materialization", None) or getattr(data, "asset_observation", None)
        return asset.asset_key if asset is not None else None

    def __getattr__(self, name: str) -> Any:
        if name in _QUESTIONS:
            return self.event_type_value in _QUESTIONS[name]
        if name in _PAYLOADS:
            kind = _PAYLOADS[name]
            if not isinstance(self.event_specific_data, kind):
                raise CheckError(f'event {self.event_type.name} has no "{name}"; that is for {kind.__doc__}')
            return self.event_specific_data
        raise AttributeError(f"DagjobEvent has no attribute {name!r}")


_QUESTIONS: Mapping[str, frozenset[str]] = {
    "is_step_event": frozenset(
        t.value for t in DagjobEventType if t.name.startswith(("STEP_", "LOADED", "HANDLED", "ASSET"))
    ),
    "is_step_start": frozenset({"STEP_START"}),
    "is_step_success": frozenset({"STEP_SUCCESS"}),
    "is_step_failure": frozenset({"STEP_FAILURE"}),
    "is_step_skipped": frozenset({"STEP_SKIPPED"}),
    "is_step_up_for_retry": frozenset({"STEP_UP_FOR_RETRY"}),
    "is_step_restarted": frozenset({"STEP_RESTARTED"}),
    "is_successful_output": frozenset({"STEP_OUTPUT"}),
    "is_step_materialization": frozenset({"ASSET_MATERIALIZATION"}),
    "is_asset_observation": frozenset({"ASSET_OBSERVATION"}),
    "is_expectation_result": frozenset({"STEP_EXPECTATION_RESULT"}),
    "is_handled_output": frozenset({"HANDLED_OUTPUT"}),
    "is_loaded_input": frozenset({"LOADED_INPUT"}),
    "is_engine_event": frozenset({"ENGINE_EVENT"}),
    "is_hook_event": frozenset({"HOOK_COMPLETED", "HOOK_SKIPPED", "HOOK_ERRORED"}),
    "is_hook_completed": frozenset({"HOOK_COMPLETED"}),
    "is_hook_skipped": frozenset({"HOOK_SKIPPED"}),
    "is_hook_errored": frozenset({"HOOK_ERRORED"}),
    "is_run_failure": frozenset({"PIPELINE_FAILURE"}),
    "is_job_failure": frozenset({"PIPELINE_FAILURE"}),
    "is_job_success": frozenset({"PIPELINE_SUCCESS"}),
    "is_resource_init_failure": frozenset({"RESOURCE_INIT_FAILURE"}),
}

_PAYLOADS: Mapping[str, type] = {
    "step_input_data": StepInputData,
    "step_output_data": StepOutputData,
    "loaded_input_data": LoadedInputData,
    "handled_output_data": HandledOutputData,
    "step_failure_data": StepFailureData,
    "step_retry_data": StepRetryData,
    "step_success_data": StepSuccessData,
    "job_failure_data": JobFailureData,
    "hook_errored_data": HookErroredData,
    "engine_event_data": EngineEventData,
    "step_expectation_result_data": ExpectationData,
    "step_materialization_data": MaterializationData,
    "asset_observation_data": ObservationData,
}


# -- making the view -----------------------------------------------------------------------------------------------


def dagster_view(events: Sequence[ev.Event], job: str) -> list[DagjobEvent]:
    """All events of a run, in Dagster's shape and order."""
    return list(View(job).of(events))


class View:
    """Makes the view, event by event."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._first_failure: DagjobEvent | None = None
        self._ops = 0
        self._captured = False
        self._isolated = False
        self._held: dict[str, list[DagjobEvent]] = {}
        """STEP_START of a worker that opens resources first: Dagster tells of it after them."""

    def of(self, events: Iterable[ev.Event]) -> Iterator[DagjobEvent]:
        """What Dagster makes of these; may be called again with what comes next."""
        for event in events:
            make = _MAKERS.get(type(event))
            if make is not None:
                yield from make(self, event)

    def event(self, at: float, kind: str, message: str, step: str | None = None, data: Any = None) -> DagjobEvent:
        return DagjobEvent(DagjobEventType[kind].value, self._job, message, step, data, timestamp=at)

    # Each of the following turns one of our events into Dagster's.

    def run_started(self, e: ev.RunStarted) -> Iterator[DagjobEvent]:
        self._isolated = e.isolated
        yield self.event(e.at, "RUN_START", f'Started execution of run for "{self._job}".')

    def plan_made(self, e: ev.PlanMade) -> Iterator[DagjobEvent]:
        self._ops = len(e.ops)
        yield self.event(e.at, "ENGINE_EVENT", f"Executing {self._ops} steps", data=EngineEventData())

    def engine_noted(self, e: ev.EngineNoted) -> Iterator[DagjobEvent]:
        data = EngineEventData(_error(e.error) if e.error else None)
        yield self.event(e.at, "ENGINE_EVENT", e.text, e.step, data)

    def opening(self, e: ev.ResourcesOpening) -> Iterator[DagjobEvent]:
        yield self.event(e.at, "RESOURCE_INIT_STARTED", f"Making resources [{', '.join(e.keys)}].", e.step)

    def opened(self, e: ev.ResourcesOpened) -> Iterator[DagjobEvent]:
        yield self.event(
            e.at, "RESOURCE_INIT_SUCCESS", f"Resources are ready [{', '.join(sorted(e.seconds))}].", e.step
        )
        if e.step is None or not self._isolated:
            yield from self._capture(e.at)

    def resource_failed(self, e: ev.ResourceFailed) -> Iterator[DagjobEvent]:
        text = f"Resource [{e.key}] could not be made"
        yield self.event(e.at, "RESOURCE_INIT_FAILURE", text, e.step, EngineEventData(_error(e.error)))

    def _capture(self, at: float) -> Iterator[DagjobEvent]:
        if not self._captured:
            self._captured = True
            yield self.event(at, "LOGS_CAPTURED", "stdout and stderr are captured")

    def step_started(self, e: ev.StepStarted) -> Iterator[DagjobEvent]:
        if not self._isolated:
            yield from self._capture(e.at)
        kind = "STEP_START" if e.attempt == 1 else "STEP_RESTARTED"
        said = "Started" if e.attempt == 1 else f"Started again, attempt number {e.attempt},"
        yield self.event(e.at, kind, f'{said} execution of step "{e.step}".', e.step)

    def input_loaded(self, e: ev.InputLoaded) -> Iterator[DagjobEvent]:
        data = LoadedInputData(e.input, e.manager_key, e.upstream_output, e.upstream_step, _wrapped(e.metadata))
        yield self.event(e.at, "LOADED_INPUT", f'Loaded input "{e.input}"', e.step, data)

    def input_checked(self, e: ev.InputChecked) -> Iterator[DagjobEvent]:
        data = StepInputData(e.input, TypeCheckData(e.success, e.input, e.description, _wrapped(e.metadata)))
        yield self.event(e.at, "STEP_INPUT", f'Got input "{e.input}" of type "{e.type}"', e.step, data)

    def output_checked(self, e: ev.OutputChecked) -> Iterator[DagjobEvent]:
        check = TypeCheckData(e.success, e.output, e.description, _wrapped(e.check_metadata))
        data = StepOutputData(e.output, e.mapping_key, check, _wrapped(e.metadata))
        yield self.event(e.at, "STEP_OUTPUT", f'Yielded output "{e.output}" of type "{e.type}"', e.step, data)

    def output_stored(self, e: ev.OutputStored) -> Iterator[DagjobEvent]:
        data = HandledOutputData(e.output, e.manager_key, _with_path(e))
        yield self.event(e.at, "HANDLED_OUTPUT", f'Stored output "{e.output}"', e.step, data)

    def asset(self, e: ev.AssetReported) -> Iterator[DagjobEvent]:
        observed = type(e.asset).__name__ == "AssetObservation"
        data = ObservationData(e.asset) if observed else MaterializationData(e.asset)
        kind = "ASSET_OBSERVATION" if observed else "ASSET_MATERIALIZATION"
        yield self.event(e.at, kind, kind.replace("_", " ").lower(), e.step, data)

    def expectation(self, e: ev.ExpectationReported) -> Iterator[DagjobEvent]:
        yield self.event(e.at, "STEP_EXPECTATION_RESULT", "expectation", e.step, ExpectationData(e.expectation))

    def succeeded(self, e: ev.StepSucceeded) -> Iterator[DagjobEvent]:
        data = StepSuccessData(e.seconds * 1000)
        yield self.event(e.at, "STEP_SUCCESS", f'Finished execution of step "{e.step}".', e.step, data)

    def failed(self, e: ev.StepFailed) -> Iterator[DagjobEvent]:
        error, source = _failure(e)
        user = e.failure and UserFailureData("intentional-failure", e.failure.description, _wrapped(e.failure.metadata))
        data = StepFailureData(error, user or None, source)
        event = self.event(e.at, "STEP_FAILURE", f'Execution of step "{e.step}" failed.', e.step, data)
        self._first_failure = self._first_failure or event
        yield event

    def retrying(self, e: ev.StepRetrying) -> Iterator[DagjobEvent]:
        data = StepRetryData(_error(_without_wrapper(e.error)), e.wait)
        yield self.event(e.at, "STEP_UP_FOR_RETRY", f'Step "{e.step}" failed and will be tried again', e.step, data)

    def skipped(self, e: ev.StepSkipped) -> Iterator[DagjobEvent]:
        if not e.step.endswith(TEMPLATE_SUFFIX):  # Dagster knows only the copies of a mapped op
            yield self.event(e.at, "STEP_SKIPPED", f'Step "{e.step}" is skipped: no {", ".join(e.missing)}', e.step)

    def hook(self, e: ev.HookRan) -> Iterator[DagjobEvent]:
        data = HookErroredData(_error(e.error)) if e.error else None
        yield self.event(e.at, f"HOOK_{e.outcome.upper()}", f'Hook "{e.hook}" {e.outcome}', e.step, data)

    def run_ended(self, e: ev.RunEnded) -> Iterator[DagjobEvent]:
        crashed = any(word in (e.failure_reason or "") for word in ("RUN_EXCEPTION",)) and e.error is not None
        if not crashed or self._captured or not self._ops:
            yield self.event(e.at, "ENGINE_EVENT", "Finished steps", data=EngineEventData())
        if e.status == "success":
            yield self.event(e.at, "RUN_SUCCESS", f'Finished execution of run for "{self._job}".')
        elif e.status == "canceled":
            yield self.event(e.at, "RUN_CANCELED", f'Execution of run for "{self._job}" was canceled.')
        else:
            steps = ", ".join(e.failed_steps)
            text = f'Execution of run for "{self._job}" failed.' + (f" Steps failed: {steps}." if steps else "")
            reason = RunFailureReason(e.failure_reason or "STEP_FAILURE")
            data = JobFailureData(_error(e.error) if e.error else None, reason, self._first_failure)
            yield self.event(e.at, "RUN_FAILURE", text, data=data)


def _with_path(e: ev.OutputStored) -> Mapping[str, Any]:
    """The metadata of a stored output, with its file, where the manager has told it."""
    if e.path is None or "path" in e.metadata:
        return _wrapped(e.metadata)
    from dagjob.values.metadata import MetadataValue

    return {"path": MetadataValue.path(e.path), **_wrapped(e.metadata)}


def _wrapped(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Metadata values, also where a recorded event has plain ones."""
    if not metadata:
        return metadata
    from dagjob.values.metadata import those_that_show

    return those_that_show(metadata)


def _failure(e: ev.StepFailed) -> tuple[SerializableErrorInfo, ErrorSource]:
    """The error of STEP_FAILURE: the user's exception stands behind a class that tells how it came to be final."""
    user = _error(_without_wrapper(e.error) if e.exhausted else e.error)
    if e.exhausted == "request":
        asked_bare = e.error.type == "RetryRequested"
        source = ErrorSource.FRAMEWORK_ERROR if asked_bare else ErrorSource.USER_CODE_ERROR
        text = f"Exceeded the maximum of {e.max_retries} retries"
        return SerializableErrorInfo(text, (), "RetryRequested", None if asked_bare else user), source
    if e.exhausted == "policy":
        text = f"Exceeded the maximum of {e.max_retries} retries"
        return SerializableErrorInfo(text, (), "RetryRequestedFromPolicy", user), ErrorSource.USER_CODE_ERROR
    if e.exhausted == "disabled":
        text = f'Step "{e.step}" asked for a retry, but retries are disabled'
        return SerializableErrorInfo(text, (), "RetryRequestedFromPolicy", user), ErrorSource.USER_CODE_ERROR
    source = ErrorSource(e.source)
    if source is ErrorSource.USER_CODE_ERROR and not _tells_where(e.error):
        text = f'An exception was raised in the body of "{e.step}"'
        return SerializableErrorInfo(text, (), "DagjobExecutionStepExecutionError", user), source
    return user, source


_IN_MANAGERS = frozenset({"DagjobExecutionLoadInputError", "DagjobExecutionHandleOutputError"})
_NOT_IN_THE_BODY = _IN_MANAGERS | {
    "DagjobOpTimeoutError", "DagjobResourceFunctionError", "DagjobTypeCheckError", "DagjobTypeLoadingError",
}  # fmt: skip


def _tells_where(error: ev.ErrorInfo) -> bool:
    """Is it one of ours, which says which part of the user's code raised?"""
    return error.module == "dagjob.errors" and error.type in _NOT_IN_THE_BODY


def _without_wrapper(error: ev.ErrorInfo) -> ev.ErrorInfo:
    """Where another attempt was wanted, Dagster shows what an IO manager raised as it is."""
    wrapped = error.module == "dagjob.errors" and error.type in _IN_MANAGERS
    return error.cause if wrapped and error.cause is not None else error


def _error(error: ev.ErrorInfo) -> SerializableErrorInfo:
    stack = tuple(f'  File "{f.file}", line {f.line}, in {f.name}\n    {f.text.strip()}\n' for f in error.frames)
    return SerializableErrorInfo(
        f"{error.type}: {error.message}\n",
        stack,
        error.type,
        _error(error.cause) if error.cause else None,
        _error(error.context) if error.context else None,
    )


_MAKERS: Mapping[type[ev.Event], Callable[[View, Any], Iterator[DagjobEvent]]] = {
    ev.RunStarted: View.run_started,
    ev.PlanMade: View.plan_made,
    ev.EngineNoted: View.engine_noted,
    ev.ResourcesOpening: View.opening,
    ev.ResourcesOpened: View.opened,
    ev.ResourceFailed: View.resource_failed,
    ev.StepStarted: View.step_started,
    ev.InputLoaded: View.input_loaded,
    ev.InputChecked: View.input_checked,
    ev.OutputChecked: View.output_checked,
    ev.OutputStored: View.output_stored,
    ev.AssetReported: View.asset,
    ev.ExpectationReported: View.expectation,
    ev.StepSucceeded: View.succeeded,
    ev.StepFailed: View.failed,
    ev.StepRetrying: View.retrying,
    ev.StepSkipped: View.skipped,
    ev.HookRan: View.hook,
    ev.RunEnded: View.run_ended,
}
