"""The events of a run under Dagster's event types, for code that inspects `result.all_events`.

A view, made when it is asked for; nothing inside the house reads it. Where dagjob tells a fact in another place, merges two
or keeps silent about one, the view puts it where Dagster has it (contract exe-3, "Order inside one step"; exe-6 for the
processes of ops).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dagjob import events as ev
from dagjob.engine.dagster_events import (
    DagjobEvent,
    DagjobEventType,
    EngineEventData,
    ErrorSource,
    ExpectationData,
    HandledOutputData,
    HookErroredData,
    JobFailureData,
    LoadedInputData,
    MaterializationData,
    ObservationData,
    RunFailureReason,
    SerializableErrorInfo,
    StepFailureData,
    StepInputData,
    StepOutputData,
    StepOutputHandle,
    StepRetryData,
    StepSuccessData,
    TypeCheckData,
    UserFailureData,
)
from dagjob.plan.steps import TEMPLATE_SUFFIX


def dagster_view(events: Sequence[ev.Event], job: str) -> list[DagjobEvent]:
    """All events of a run, in Dagster's shape and order."""
    view = View(job)
    return [*view.of(events), *view.rest()]


class View:
    """Makes the view, event by event."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._run_id = ""
        self._first_failure: DagjobEvent | None = None
        self._planned: dict[str, ev.PlannedOp] = {}
        self._captured = False
        self._isolated = False
        self._pid: int | None = None
        self._pids: dict[str, int] = {}
        self._held: dict[str, DagjobEvent] = {}
        """STEP_START in a process of its own: Dagster tells of it after the resources."""
        self._hooks: dict[str, list[DagjobEvent]] = {}
        """Of the steps at work: their hooks, which another process may tell of before their end is told here."""
        self._opening: tuple[str, ...] = ()
        self._child_broke = False
        """Did a process of an op end by something else than the op?"""

    def of(self, events: Iterable[ev.Event]) -> Iterator[DagjobEvent]:
        """What Dagster makes of these; may be called again with what comes next."""
        for event in events:
            make = _MAKERS.get(type(event))
            if make is None:
                continue
            if self._held:
                step = getattr(event, "step", None)
                if step in self._held and not isinstance(event, _RESOURCES):
                    yield from self._release(step, event.at)
            yield from make(self, event)
            if isinstance(event, _ENDS):
                yield from self._hooks.pop(event.step, ())

    def rest(self) -> Iterator[DagjobEvent]:
        """What waits for an event that did not come, of a run that goes on."""
        for step, started in list(self._held.items()):
            yield from self._release(step, started.timestamp)
        for hooks in self._hooks.values():
            yield from hooks

    def event(self, at: float, kind: str, message: str, step: str | None = None, data: Any = None) -> DagjobEvent:
        """One event in Dagster's shape."""
        pid = self._pids.get(step, self._pid) if step is not None else self._pid
        return DagjobEvent(DagjobEventType[kind].value, self._job, message, step, data, pid, at, self._run_id)

    # Each of the following turns one of our events into Dagster's.

    def run_started(self, e: ev.RunStarted) -> Iterator[DagjobEvent]:
        self._isolated = e.isolated
        self._run_id = e.run_id
        self._pid = e.pid
        yield self.event(e.at, "RUN_START", f'Started execution of run for "{self._job}".')

    def plan_made(self, e: ev.PlanMade) -> Iterator[DagjobEvent]:
        self._planned = {op.key: op for op in e.ops}
        yield self.event(e.at, "ENGINE_EVENT", f"Executing {len(e.ops)} steps", data=EngineEventData())
        if not e.ops and not self._isolated:
            yield from self._capture(e.at)

    def engine_noted(self, e: ev.EngineNoted) -> Iterator[DagjobEvent]:
        data = EngineEventData(_error(e.error) if e.error else None)
        yield self.event(e.at, "ENGINE_EVENT", e.text, e.step, data)

    def opening(self, e: ev.ResourcesOpening) -> Iterator[DagjobEvent]:
        self._opening = e.keys
        yield self.event(e.at, "RESOURCE_INIT_STARTED", f"Making resources [{', '.join(e.keys)}].", e.step)

    def opened(self, e: ev.ResourcesOpened) -> Iterator[DagjobEvent]:
        yield self.event(
            e.at, "RESOURCE_INIT_SUCCESS", f"Resources are ready [{', '.join(sorted(e.seconds))}].", e.step
        )
        if e.step in self._held:
            yield from self._begin(e.step, e.at)
        elif not self._isolated:
            yield from self._capture(e.at)

    def resource_failed(self, e: ev.ResourceFailed) -> Iterator[DagjobEvent]:
        text = f"Of the resources [{', '.join(self._opening)}], {e.key} could not be made"
        yield self.event(e.at, "RESOURCE_INIT_FAILURE", text, e.step, EngineEventData(_error(e.error)))
        if e.step is not None and self._held.pop(e.step, None) is not None:
            self._child_broke = True

    def _capture(self, at: float) -> Iterator[DagjobEvent]:
        if not self._captured:
            self._captured = True
            yield self.event(at, "LOGS_CAPTURED", "stdout and stderr are captured")

    def step_started(self, e: ev.StepStarted) -> Iterator[DagjobEvent]:
        self._pids[e.step] = e.pid
        kind = "STEP_START" if e.attempt == 1 else "STEP_RESTARTED"
        said = "Started" if e.attempt == 1 else f"Started again, attempt number {e.attempt},"
        started = self.event(e.at, kind, f'{said} execution of step "{e.step}".', e.step)
        if self._isolated:
            yield self.event(e.at, "STEP_WORKER_STARTING", f'A process for step "{e.step}" is started.', e.step)
            yield self.event(e.at, "STEP_WORKER_STARTED", f'The process for step "{e.step}" is there.', e.step)
            self._held[e.step] = started
            self._hooks[e.step] = []
            return
        yield from self._capture(e.at)
        yield started

    def _release(self, step: str, at: float) -> Iterator[DagjobEvent]:
        """STEP_START, after the resources that its process has opened without a word."""
        planned = self._planned.get(step) or self._planned.get(f"{step.partition('[')[0]}{TEMPLATE_SUFFIX}")
        keys = ", ".join(planned.resources if planned is not None else ())
        if keys:
            yield self.event(at, "RESOURCE_INIT_STARTED", f"Making resources [{keys}].", step)
            yield self.event(at, "RESOURCE_INIT_SUCCESS", f"Resources are ready [{keys}].", step)
        yield from self._begin(step, at)

    def _begin(self, step: str | None, at: float) -> Iterator[DagjobEvent]:
        yield self.event(at, "LOGS_CAPTURED", "stdout and stderr are captured")
        if step is not None:
            yield self._held.pop(step)

    def _crash(self, e: ev.StepFailed | ev.StepRetrying) -> Iterator[DagjobEvent]:
        """The death of a process, which Dagster tells by itself, before what it means for the step."""
        if e.error.type == "ChildProcessCrashException" and e.error.module == "dagjob.errors":
            self._child_broke = self._child_broke or isinstance(e, ev.StepFailed)
            yield self.event(e.at, "ENGINE_EVENT", e.error.message, e.step, EngineEventData(_error(e.error)))

    def input_loaded(self, e: ev.InputLoaded) -> Iterator[DagjobEvent]:
        data = LoadedInputData(e.input, e.manager_key, e.upstream_output, e.upstream_step, _wrapped(e.metadata))
        yield self.event(e.at, "LOADED_INPUT", f'Loaded input "{e.input}"', e.step, data)

    def input_checked(self, e: ev.InputChecked) -> Iterator[DagjobEvent]:
        data = StepInputData(e.input, TypeCheckData(e.success, e.input, e.description, _wrapped(e.metadata)))
        yield self.event(e.at, "STEP_INPUT", f'Got input "{e.input}" of type "{e.type}"', e.step, data)

    def output_checked(self, e: ev.OutputChecked) -> Iterator[DagjobEvent]:
        check = TypeCheckData(e.success, e.output, e.description, _wrapped(e.check_metadata))
        data = StepOutputData(StepOutputHandle(e.step, e.output, e.mapping_key), check, None, _wrapped(e.metadata))
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
        yield from self._crash(e)
        event = self.event(e.at, "STEP_FAILURE", f'Execution of step "{e.step}" failed.', e.step, data)
        self._first_failure = self._first_failure or event
        yield event

    def retrying(self, e: ev.StepRetrying) -> Iterator[DagjobEvent]:
        yield from self._crash(e)
        data = StepRetryData(_error(_without_wrapper(e.error)), e.wait)
        yield self.event(e.at, "STEP_UP_FOR_RETRY", f'Step "{e.step}" failed and will be tried again', e.step, data)

    def skipped(self, e: ev.StepSkipped) -> Iterator[DagjobEvent]:
        if not e.step.endswith(TEMPLATE_SUFFIX):  # Dagster knows only the copies of a mapped op
            yield self.event(e.at, "STEP_SKIPPED", f'Step "{e.step}" is skipped: no {", ".join(e.missing)}', e.step)

    def hook(self, e: ev.HookRan) -> Iterator[DagjobEvent]:
        data = HookErroredData(_error(e.error)) if e.error else None
        seen = self.event(e.at, f"HOOK_{e.outcome.upper()}", f'Hook "{e.hook}" {e.outcome}', e.step, data)
        if e.step in self._hooks:
            self._hooks[e.step].append(seen)
        else:
            yield seen

    def run_ended(self, e: ev.RunEnded) -> Iterator[DagjobEvent]:
        broke = self._child_broke and e.status == "failed"
        crashed = broke or (e.failure_reason == "RUN_EXCEPTION" and e.error is not None)
        began = e.failure_reason != "JOB_INITIALIZATION_FAILURE"
        if began and (not crashed or (self._captured and not broke) or not self._planned):
            yield self.event(e.at, "ENGINE_EVENT", "Finished steps", data=EngineEventData())
        if e.status == "success":
            yield self.event(e.at, "RUN_SUCCESS", f'Finished execution of run for "{self._job}".')
        elif e.status == "canceled":
            yield self.event(e.at, "RUN_CANCELED", f'Execution of run for "{self._job}" was canceled.')
        else:
            steps = ", ".join(e.failed_steps)
            text = f'Execution of run for "{self._job}" failed.' + (f" Steps failed: {steps}." if steps else "")
            reason = RunFailureReason("RUN_EXCEPTION" if broke else e.failure_reason or "STEP_FAILURE")
            first = self._first_failure
            error = _error(e.error) if e.error else first.event_specific_data.error if first is not None else None
            data = JobFailureData(error, reason, first)
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
    "DagjobUserCodeExecutionError",
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


_ENDS = (ev.StepSucceeded, ev.StepFailed, ev.StepRetrying)
_RESOURCES = (ev.ResourcesOpening, ev.ResourcesOpened, ev.ResourceFailed)
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
