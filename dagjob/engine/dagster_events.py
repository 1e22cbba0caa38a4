"""Dagster's event types, and what each carries. `dagster_view.py` makes them of ours, for code that asks."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.errors import CheckError
from dagjob.plan.steps import node_path
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.engine.contexts import NodeHandle


class DagjobEventType(str, enum.Enum):
    """What an event tells. Run events have two names; the value is the older one. Not all of them happen here."""

    RUN_START = "PIPELINE_START"
    RUN_SUCCESS = "PIPELINE_SUCCESS"
    RUN_FAILURE = "PIPELINE_FAILURE"
    RUN_CANCELED = "PIPELINE_CANCELED"
    RUN_STARTING = "PIPELINE_STARTING"
    RUN_ENQUEUED = "PIPELINE_ENQUEUED"
    RUN_DEQUEUED = "PIPELINE_DEQUEUED"
    RUN_CANCELING = "PIPELINE_CANCELING"
    RUN_SUSPENDED = "RUN_SUSPENDED"
    RUN_RESUMED = "RUN_RESUMED"
    PIPELINE_STARTING = "PIPELINE_STARTING"
    PIPELINE_ENQUEUED = "PIPELINE_ENQUEUED"
    PIPELINE_DEQUEUED = "PIPELINE_DEQUEUED"
    PIPELINE_CANCELING = "PIPELINE_CANCELING"
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
    ASSET_MATERIALIZATION_PLANNED = "ASSET_MATERIALIZATION_PLANNED"
    ASSET_OBSERVATION = "ASSET_OBSERVATION"
    ASSET_CHECK_EVALUATION = "ASSET_CHECK_EVALUATION"
    OBJECT_STORE_OPERATION = "OBJECT_STORE_OPERATION"
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


class StepOutputHandle(Record):
    """Which output of which step; of a dynamic one, which of its values."""

    step_key: str
    output_name: str = "result"
    mapping_key: str | None = None


class StepOutputData(Record):
    """Of STEP_OUTPUT."""

    step_output_handle: StepOutputHandle
    type_check_data: TypeCheckData
    version: str | None
    metadata: Mapping[str, Any]

    @property
    def output_name(self) -> str:
        """The name of the output."""
        return self.step_output_handle.output_name

    @property
    def mapping_key(self) -> str | None:
        """Of a dynamic output, which of its values."""
        return self.step_output_handle.mapping_key


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
    run_id: str = ""

    @property
    def event_type(self) -> DagjobEventType:
        """The type as an enum member."""
        return DagjobEventType(self.event_type_value)

    @property
    def node_handle(self) -> NodeHandle | None:
        """Where the op stands in the job; None for an event of the run."""
        from dagjob.engine.contexts import NodeHandle

        return NodeHandle(node_path(self.step_key)) if self.step_key and self._is_of_step else None

    @property
    def node_name(self) -> str | None:
        """The name of the op's node."""
        return node_path(self.step_key)[-1] if self.step_key else None

    @property
    def step_kind_value(self) -> str | None:
        """`COMPUTE` for every event of a step."""
        return "COMPUTE" if self._is_of_step else None

    @property
    def logging_tags(self) -> Mapping[str, str]:
        """What a logger of Dagster's is told of the step; nothing for an event of the run."""
        if self.step_key is None or not self._is_of_step:
            return {}
        names = {"job_name": self.job_name, "step_key": self.step_key, "op_name": node_path(self.step_key)[-1]}
        return {"run_id": self.run_id, **names, "resource_name": "None", "resource_fn_name": "None"}

    @property
    def _is_of_step(self) -> bool:
        return self.step_key is not None and self.event_type_value.startswith(_OF_STEPS)

    @property
    def is_failure(self) -> bool:
        """A failure of a step or of the run?"""
        return self.event_type_value in ("STEP_FAILURE", "PIPELINE_FAILURE")

    @property
    def asset_key(self) -> Any:
        """The key of the reported asset; None for other events."""
        return self._asset.asset_key if self._asset is not None else None

    @property
    def partition(self) -> str | None:
        """The partition of the reported asset; None for other events."""
        return self._asset.partition if self._asset is not None else None

    @property
    def _asset(self) -> Any:
        data = self.event_specific_data
        if isinstance(data, MaterializationData):
            return data.materialization
        return data.asset_observation if isinstance(data, ObservationData) else None

    def __getattr__(self, name: str) -> Any:
        if name in _QUESTIONS:
            return self.event_type_value in _QUESTIONS[name]
        if name in _PAYLOADS:
            kind = _PAYLOADS[name]
            if not isinstance(self.event_specific_data, kind):
                whose = (kind.__doc__ or "").removeprefix("Of ").rstrip(".")
                raise CheckError(f'event {self.event_type.name} has no "{name}"; an event {whose} has it')
            return self.event_specific_data
        raise AttributeError(f"DagjobEvent has no attribute {name!r}")


_STEP_EVENTS = ("STEP_", "LOADED", "HANDLED", "ASSET", "OBJECT")
_OF_STEPS = (*_STEP_EVENTS, "HOOK_")
_QUESTIONS: Mapping[str, frozenset[str]] = {
    "is_job_event": frozenset(t.value for t in DagjobEventType if t.name.startswith("RUN_")),
    "is_step_event": frozenset(
        t.value
        for t in DagjobEventType
        if t.name.startswith(_STEP_EVENTS) and "WORKER" not in t.name and "PLANNED" not in t.name
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
    "is_asset_materialization_planned": frozenset({"ASSET_MATERIALIZATION_PLANNED"}),
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
