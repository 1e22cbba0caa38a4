"""What public projects import from private modules of Dagster, and what it is here."""

from __future__ import annotations

from typing import Any

from dagjob.compat.names import loaded, present_name

_TAGS = """
ASSET_PARTITION_RANGE_END_TAG=dagster/asset_partition_range_end ASSET_PARTITION_RANGE_START_TAG=dagster/asset_partition_range_start
AUTO_RETRY_RUN_ID_TAG=dagster/auto_retry_run_id BACKFILL_ID_TAG=dagster/backfill CODE_LOCATION_TAG=dagster/code_location
COMPUTE_KIND_TAG=dagster/compute_kind DOCKER_IMAGE_TAG=dagster/image GLOBAL_CONCURRENCY_TAG=dagster/concurrency_key
HIDDEN_TAG_PREFIX=.dagster/ KIND_PREFIX=dagster/kind/ MAX_RETRIES_TAG=dagster/max_retries
MAX_RUNTIME_SECONDS_TAG=dagster/max_runtime MULTIDIMENSIONAL_PARTITION_PREFIX=dagster/partition/
OP_SELECTION_TAG=dagster/solid_selection PARENT_RUN_ID_TAG=dagster/parent_run_id PARTITION_NAME_TAG=dagster/partition
PARTITION_SET_TAG=dagster/partition_set PRIORITY_TAG=dagster/priority REPOSITORY_LABEL_TAG=.dagster/repository
RESUME_RETRY_TAG=dagster/is_resume_retry RETRY_NUMBER_TAG=dagster/retry_number RETRY_STRATEGY_TAG=dagster/retry_strategy
ROOT_RUN_ID_TAG=dagster/root_run_id RUN_FAILURE_REASON_TAG=dagster/failure_reason RUN_KEY_TAG=dagster/run_key
SCHEDULED_EXECUTION_TIME_TAG=.dagster/scheduled_execution_time SCHEDULE_NAME_TAG=dagster/schedule_name
SENSOR_NAME_TAG=dagster/sensor_name STEP_SELECTION_TAG=dagster/step_selection SYSTEM_TAG_PREFIX=dagster/ USER_TAG=user
WILL_RETRY_TAG=dagster/will_retry
"""
TAGS = dict(pair.split("=") for pair in _TAGS.split())

_ERRORS = """
DagsterAssetBackfillDataLoadError DagsterAssetCheckFailedError DagsterBackfillFailedError DagsterCodeLocationLoadError
DagsterCodeLocationNotFoundError DagsterDefinitionChangedDeserializationError DagsterExecutionPlanSnapshotNotFoundError
DagsterHomeNotSetError DagsterInvalidAssetKey DagsterInvalidDagsterTypeInPythonicConfigDefinitionError
DagsterInvalidDeserializationVersionError DagsterInvalidObservationError DagsterLaunchFailedError DagsterObjectStoreError
DagsterPipesExecutionError DagsterRedactedUserCodeError DagsterRunAlreadyExists DagsterRunConflict DagsterRunTooLargeError
DagsterSnapshotDoesNotExist DagsterUndefinedDataVersionError DagsterUnknownStepStateError DagsterUserCodeLoadError
DagsterUserCodeProcessError DagsterUserCodeUnreachableError DagsterUserCodeUnreachableTimeoutError
FreshnessPolicySensorExecutionError JobError PartitionExecutionError RunStatusSensorExecutionError ScheduleExecutionError
SensorExecutionError
"""
ERRORS = frozenset(_ERRORS.split())
"""Errors that nothing here raises; they can be caught."""

_MARKS = (
    "beta beta_param deprecated deprecated_param experimental experimental_param hidden_param preview public superseded"
)
_UTILITIES = """
backoff beta_warning cached_method coerce_valid_log_level create_datetime datetime_from_timestamp deep_merge_dicts
deprecation_warning ensure_gen environ get_current_datetime get_current_timestamp get_timezone is_valid_cron_string
make_new_run_id merge_dicts mkdir_p pushd raise_execution_interrupts safe_tempfile_path script_relative_path
send_interrupt serializable_error_info_from_exc_info
"""
_HERE = {
    **dict.fromkeys(_MARKS.split(), "dagjob.compat.utilities:mark"),
    **{name: f"dagjob.compat.utilities:{name}" for name in _UTILITIES.split()},
    "ensure_dir": "dagjob.compat.utilities:mkdir_p",
    "experimental_warning": "dagjob.compat.utilities:beta_warning",
    "preview_warning": "dagjob.compat.utilities:beta_warning",
    "is_valid_cron_schedule": "dagjob.compat.utilities:is_valid_cron_string",
    "new_cwd": "dagjob.compat.utilities:pushd",
    "PublicAttr": "typing:Annotated",
    "ElementCheckError": "dagjob.compat.check:ElementCheckError",
    "NotImplementedCheckError": "dagjob.compat.check:NotImplementedCheckError",
    "CheckError": "dagjob.errors:CheckError",
    "ParameterCheckError": "dagjob.errors:ParameterCheckError",
    "HookExecutionError": "dagjob.errors:HookExecutionError",
    "event_list_hook": "dagjob.definitions.hooks:event_list_hook",
    "DictField": "builtins:dict",
    "IS_WINDOWS": "dagjob.compat.private_names:IS_WINDOWS",
    "json": "json",
    "SerializableErrorInfo": "dagjob.engine.dagster_events:SerializableErrorInfo",
    "ReconstructableJob": "dagjob.engine.reconstructable:ReconstructableJob",
    "PickledObjectFilesystemIOManager": "dagjob.builtin.fs_io:FilesystemIOManager",
    "suppress_dagster_warnings": "dagjob.compat.utilities:mark",
    "PICKLE_PROTOCOL": "pickle:DEFAULT_PROTOCOL",
    "DEFAULT_DATE_FORMAT": "dagjob.compat.private_names:DEFAULT_DATE_FORMAT",
    "DEFAULT_HOURLY_FORMAT_WITHOUT_TIMEZONE": "dagjob.compat.private_names:DEFAULT_HOURLY_FORMAT_WITHOUT_TIMEZONE",
}
DEFAULT_DATE_FORMAT = "%Y-%m-%d"
DEFAULT_HOURLY_FORMAT_WITHOUT_TIMEZONE = "%Y-%m-%d-%H:%M"
_STATUSES = {
    "FINISHED_STATUSES": "SUCCESS FAILURE CANCELED",
    "NOT_FINISHED_STATUSES": "QUEUED NOT_STARTED STARTING STARTED CANCELING MANAGED",
    "IN_PROGRESS_RUN_STATUSES": "STARTING STARTED CANCELING",
    "CANCELABLE_RUN_STATUSES": "STARTED QUEUED STARTING",
}
_CHECKS = ("dagster._check", "dagster_shared.check")
_LEFT_OUT = {
    "UnresolvedAssetJobDefinition": "UnresolvedAssetJobDefinition",
    "AssetsDefinition": "AssetsDefinition",
    "ObservableAssetSpec": "AssetSpec",
    "CacheableAssetsDefinition": "AssetsDefinition",
    "TreatAsResourceParam": "TreatAsResourceParam",
    "ScheduleEvaluationContext": "ScheduleEvaluationContext",
    "RunStatusSensorContext": "RunStatusSensorContext",
}
_errors: dict[str, Any] = {}


def __getattr__(name: str) -> Any:
    if name == "IS_WINDOWS":
        import sys

        return sys.platform == "win32"
    raise AttributeError(name)


def private(module: str, name: str) -> Any:
    """What a name means in a module below `dagster`, where it is none of the public ones; None for others."""
    present = present_name(module)
    if present.startswith(_CHECKS):
        from dagjob.compat import check

        return getattr(check, name, None)
    if name in TAGS:
        return TAGS[name]
    if name in ERRORS:
        return _error(name)
    if name in _STATUSES:
        statuses = loaded("dagjob.engine.run_record:DagjobRunStatus")
        return [statuses[word] for word in _STATUSES[name].split()]
    if name in _LEFT_OUT:
        from dagjob.compat.inert import class_named

        return class_named(_LEFT_OUT[name])
    return loaded(_HERE[name]) if name in _HERE else None


def _error(name: str) -> Any:
    if name not in _errors:
        from dagjob.errors import DagjobError

        _errors[name] = type(name, (DagjobError,), {"__module__": "dagster._core.errors"})
    return _errors[name]
