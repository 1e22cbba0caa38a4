"""Dagster's names that are not dagjob's: public ones that are left out, with what to do instead, and its modules.

Names and where they stand are facts of Dagster 1.13.29. Loaded when a name is asked for that dagjob does not have, or a
module below `dagster`.
"""

from __future__ import annotations

import sys
from typing import Any

from dagjob.record import Record


class Family(Record):
    """Names that are left out for one reason. `instead` ends a sentence that begins with the name.

    Of a `builder`, methods give more of the same (`AssetSelection.all() - ...`); of others they would do something, so they
    are refused. Classes that are `mixed` with others by their users have no metaclass, and no attributes of their own.
    """

    what: str
    instead: str
    names: str
    builder: bool = False
    mixed: bool = False


FAMILIES = (
    Family(
        "assets",
        "write the function as an @op, call it in a @job, and let an IO manager or the op itself store the result",
        "AssetCheckEvaluation AssetCheckExecutionContext AssetCheckKey AssetCheckResult AssetCheckSeverity AssetCheckSpec "
        "AssetChecksDefinition AssetDep AssetExecutionContext AssetIn AssetJobKey AssetOrCheckKey AssetOut "
        "AssetPartitionStatus AssetRecordsFilter AssetSelection AssetSpec AssetValueLoader AssetsDefinition BackfillPolicy "
        "DataProvenance DataVersionsByPartition FreshnessPolicy LegacyFreshnessPolicy MaterializeResult MigrateIOStorageResult "
        "ObserveResult SourceAsset apply_freshness_policy asset asset_check build_asset_check_context build_asset_context "
        "build_column_schema_change_checks build_last_update_freshness_checks build_metadata_bounds_checks "
        "build_sensor_for_freshness_checks build_time_partition_freshness_checks define_asset_job graph_asset graph_multi_asset "
        "load_asset_checks_from_current_module load_asset_checks_from_modules load_asset_checks_from_package_module "
        "load_asset_checks_from_package_name load_assets_from_current_module load_assets_from_modules "
        "load_assets_from_package_module load_assets_from_package_name map_asset_specs materialize materialize_to_memory "
        "migrate_io_storage multi_asset multi_asset_check multi_observable_source_asset observable_source_asset "
        "AnchorBasedFilePathMapping FilePathMapping link_code_references_to_git with_source_code_references",
        builder=True,
    ),
    Family(
        "partition mappings of assets",
        "let each job have its own partitions",
        "AllPartitionMapping DimensionPartitionMapping IdentityPartitionMapping LastPartitionMapping MultiPartitionMapping "
        "MultiToSingleDimensionPartitionMapping SpecificPartitionsPartitionMapping StaticPartitionMapping "
        "TimeWindowPartitionMapping",
        builder=True,
    ),
    Family(
        "automation",
        "let cron, systemd, CI or what notices the change call  dagjob run JOB",
        "AutoMaterializeAssetPartitionsFilter AutoMaterializePolicy AutoMaterializeRule AutomationCondition "
        "AutomationConditionSensorDefinition AutomationContext AutomationResult EvaluateAutomationConditionsResult "
        "evaluate_automation_conditions",
        builder=True,
    ),
    Family(
        "sensors",
        "let what notices the change call  dagjob run JOB",
        "AssetSensorDefinition DefaultSensorStatus MultiAssetSensorDefinition MultiAssetSensorEvaluationContext "
        "RunFailureSensorContext RunStatusSensorContext RunStatusSensorDefinition "
        "RunShardedEventsCursor SensorDefinition SensorEvaluationContext SensorResult SensorReturnTypesUnion asset_sensor "
        "multi_asset_sensor sensor run_failure_sensor run_status_sensor build_multi_asset_sensor_context "
        "build_run_status_sensor_context build_sensor_context make_email_on_run_failure_sensor",
    ),
    Family(
        "schedules",
        "let cron, systemd or CI call  dagjob run JOB",
        "DefaultScheduleStatus ScheduleDefinition ScheduleEvaluationContext schedule build_schedule_context "
        "build_schedule_from_partitioned_job RunRequest SkipReason",
    ),
    Family(
        "servers, launchers and queues",
        "start runs with  dagjob run JOB",
        "DefaultRunLauncher QueuedRunCoordinator SubmitRunContext CodeLocationSelector JobSelector RepositorySelector "
        "UPathDefsStateStorage",
        mixed=True,
    ),
    Family(
        "step launchers",
        "give the job an executor of your own (docs/contributing.md, An executor)",
        "StepLauncher StepRunRef external_instance_from_step_run_ref run_step_from_ref step_context_to_step_run_ref "
        "step_run_ref_to_step_context",
        mixed=True,
    ),
    Family(
        "Pipes",
        "start the program in the op itself, with subprocess",
        "PipesBlobStoreMessageReader PipesClient PipesClientCompletedInvocation PipesCompositeMessageReader "
        "PipesContextInjector PipesEnvContextInjector PipesExecutionResult PipesFileContextInjector PipesFileMessageReader "
        "PipesLaunchedData PipesLogReader PipesMessageHandler PipesMessageReader PipesSession PipesSubprocessClient "
        "PipesTempFileContextInjector PipesTempFileMessageReader open_pipes_session",
        mixed=True,
    ),
    Family(
        "components",
        "write the jobs in Python",
        "AssetAttributesModel Component ComponentFormConfig ComponentLoadContext ComponentTree ComponentTypeSpec "
        "DefinitionsComponent DefsFolderComponent FunctionComponent Injected Model PythonScriptComponent ResolutionContext "
        "Resolvable ResolvedAssetCheckSpec ResolvedAssetKey ResolvedAssetSpec Resolver ScaffoldRequest Scaffolder SqlComponent "
        "StateBackedComponent TemplatedSqlComponent UvRunComponent build_component_defs build_defs_for_component "
        "component_defs component_instance get_all_components_defs_within_project get_component_defs_within_project load_defs "
        "load_from_defs_folder resources scaffold_component scaffold_with template_var",
        mixed=True,
    ),
    Family(
        "queries of the event log",
        "ask  dagjob runs  with --format json, or DagjobInstance.all_logs",
        "EventRecordsFilter PaginatedResults DagsterLibraryRegistry",
        mixed=True,
    ),
)
LEFT_OUT = {name: family for family in FAMILIES for name in family.names.split()}

ELSEWHERE = {
    "Callable": "typing:Callable",
    "Final": "typing:Final",
    "Mapping": "collections.abc:Mapping",
    "Sequence": "collections.abc:Sequence",
    "TypingAny": "typing:Any",
    "TypingTuple": "typing:Tuple",
    "TYPE_CHECKING": "typing:TYPE_CHECKING",
    "importlib": "importlib",
    "sys": "sys",
    "Executor": "dagjob.engine.ports:Executor",
    "StepExecutionContext": "dagjob.engine.contexts:OpExecutionContext",
    "EventLogRecord": "dagjob.launch.event_records:EventLogRecord",
    "EventRecordsResult": "dagjob.launch.event_records:EventRecordsResult",
    "RunStatusChangeRecordsFilter": "dagjob.launch.event_records:RunStatusChangeRecordsFilter",
    "deprecation_warning": "dagjob.compat.utilities:deprecation_warning",
    "raise_execution_interrupts": "dagjob.compat.utilities:raise_execution_interrupts",
    "serialize_value": "dagjob.compat.utilities:serialize_value",
    "deserialize_value": "dagjob.compat.utilities:deserialize_value",
    "ExperimentalWarning": "dagjob.errors:BetaWarning",
}
"""Public names of Dagster that dagjob has under another name, or Python has. The last one went with Dagster 1.10."""

_NOT_DAGSTERS = {
    "load_output",
    "dask_executor",
    "CheckError",
    "HookExecutionError",
    "ParameterCheckError",
    "event_list_hook",
    "get_dagjob_logger",
}
_DEEPER = (
    "DagsterExecutionHandleOutputError DagsterExecutionLoadInputError DagsterImportError DagsterInvalidMetadata "
    "DagsterInvalidPropertyError DagsterInvalidPythonicConfigDefinitionError DagsterMaxRetriesExceededError "
    "DagsterTypeLoadingError ExperimentalWarning"
)


def _public() -> list[str]:
    ours = [f"Dagster{name[6:]}" if name.startswith("Dagjob") else name for name in sys.modules["dagjob"].__all__]
    known = {*ours, *LEFT_OUT, *ELSEWHERE, "components", "version"}
    return sorted(known - _NOT_DAGSTERS - {*_DEEPER.split()})


PUBLIC = _public()
"""The public names of Dagster: what `from dagster import *` means."""


def loaded(where: str) -> Any:
    """The object that a `module:name` names; a module where there is no name."""
    from importlib import import_module

    module, _, name = where.partition(":")
    return getattr(import_module(module), name) if name else import_module(module)


# -- modules -------------------------------------------------------------------------------------------------------

_MODULES = """
 : _annotations _builtins _check _config _core _experimental _legacy _loggers _record _serdes _seven _time _utils components
 : deprecated preview version
_config : config_schema config_type errors field field_utils post_process primitive_mapping source type_printer validate
_config : pythonic_config snap stack traversal_context
_config.pythonic_config : attach_other_object_to_context config io_manager resource type_check_utils typing_utils
_config.pythonic_config : conversion_utils
_core : code_pointer debug decorator_utils definitions errors event_api events execution execution_plan executor
_core : host_representation instance instance_for_test launcher log_manager loader nux op_invocation pipes
_core : run_coordinator scheduler secrets selector snap storage system_config telemetry test_utils types utility_ops
_core : utility_solids utils utils_test workspace
_core.definitions : asset_check_evaluation asset_check_result asset_check_spec asset_checks asset_dep asset_graph
_core.definitions : asset_group asset_in asset_job asset_key asset_layer asset_out asset_reconciliation_sensor
_core.definitions : asset_selection asset_sensor_definition asset_spec assets auto_materialize_policy
_core.definitions : auto_materialize_rule auto_materialize_rule_impls automation_condition_sensor_definition
_core.definitions : backfill_policy base_asset_graph cacheable_assets composition config configurable data_time
_core.definitions : data_version declarative_automation decorators definition_config_schema definitions_class
_core.definitions : definitions_load_context dependency dynamic_partitions_request events executor_definition
_core.definitions : external_asset factory freshness freshness_based_auto_materialize freshness_policy
_core.definitions : freshness_policy_sensor_definition graph graph_definition hook_definition hook_invocation inference
_core.definitions : input instance_cm inference job job_base job_definition load_assets_from_modules logger_definition
_core.definitions : logger_invocation materialize metadata mode module_loaders multi_asset_sensor_definition
_core.definitions : multi_dimensional_partitions no_step_launcher node_container node_definition observe op_definition
_core.definitions : op_invocation output partition partition_key_range partition_mapping partitioned_schedule partitions
_core.definitions : pipeline pipeline_base pipeline_definition policy preset reconstruct repository_definition
_core.definitions : reconstructable resource_annotation resource_definition resource_invocation resource_requirement
_core.definitions : result run_config run_config_schema run_request run_status_sensor_definition schedule_definition
_core.definitions : scoped_resources_builder selector sensor_definition solid_container solid_definition source_asset
_core.definitions : step_launcher target time_window_partition_mapping time_window_partitions type_checker
_core.definitions : unresolved_asset_job_definition utils version_strategy
_core.definitions.asset_checks : asset_check_evaluation asset_check_factories asset_check_result asset_check_spec
_core.definitions.asset_checks : asset_checks_definition
_core.definitions.asset_checks.asset_check_factories : freshness_checks metadata_bounds_checks schema_change_checks
_core.definitions.asset_checks.asset_check_factories : utils
_core.definitions.asset_checks.asset_check_factories.freshness_checks : last_update sensor time_partition
_core.definitions.assets : definition graph job
_core.definitions.assets.definition : asset_dep asset_spec assets_definition
_core.definitions.assets.graph : asset_graph base_asset_graph
_core.definitions.assets.job : asset_in asset_job asset_layer asset_out
_core.definitions.declarative_automation : automation_condition automation_condition_tester automation_context operators
_core.definitions.declarative_automation.operators : boolean_operators
_core.definitions.decorators : asset_check_decorator asset_decorator config_mapping_decorator graph_decorator
_core.definitions.decorators : hook_decorator job_decorator op_decorator pipeline_decorator repository_decorator
_core.definitions.decorators : schedule_decorator sensor_decorator solid_decorator source_asset_decorator
_core.definitions.metadata : metadata_value source_code table
_core.definitions.module_loaders : load_asset_checks_from_modules load_assets_from_modules load_defs_from_module utils
_core.definitions.partitions : context definition mapping partition partition_key_range partitioned_config
_core.definitions.partitions : partitioned_schedule subset utils
_core.definitions.partitions.definition : dynamic multi partitions_definition static time_window time_window_subclasses
_core.definitions.partitions.mapping : all identity last multi partition_mapping specific_partitions static time_window
_core.definitions.partitions.mapping.multi : base multi_to_multi multi_to_single
_core.definitions.partitions.partitioned_config : dynamic partitioned_config static time_window
_core.definitions.partitions.utils : multi time_window
_core.definitions.repository_definition : repository_data repository_definition
_core.events : log utils
_core.execution : api asset_backfill backfill build_resources context context_creation_job context_creation_pipeline
_core.execution : execute_in_process execute_in_process_result execution_result execution_results host_mode
_core.execution : job_backfill job_execution_result memoization plan resources_init results retries
_core.execution : scheduled_execution_engine stats tags validate_run_config with_resources
_core.execution.context : asset_check_execution_context asset_execution_context compute data_version_cache hook init
_core.execution.context : input invocation logger op_execution_context output system
_core.execution.plan : active compute compute_generator execute_plan execute_step external_step handle inputs
_core.execution.plan : instance_concurrency_context local_external_step_launcher objects outputs plan state step utils
_core.executor : base child_process_executor in_process init multi_environment multiprocess step_delegating
_core.executor.step_delegating : step_handler step_delegating_executor
_core.instance : config instance ref types utils
_core.launcher : base default_run_launcher sync_in_memory_run_launcher
_core.pipes : client context merge_streams subprocess utils
_core.run_coordinator : base default_run_coordinator queued_run_coordinator
_core.scheduler : instigation scheduler
_core.selector : subset_selector
_core.storage : alembic asset_value_loader asset_value_storage base_storage captured_log_manager compute_log_manager
_core.storage : config dagster_run db_io_manager defs_state event_log file_manager fs_io_manager in_memory_run_storage
_core.storage : input_manager io_manager legacy_storage local_compute_log_manager mem_io_manager memoizable_io_manager
_core.storage : migrate noop_compute_log_manager object_store partition_status_cache pipeline_run root root_input_manager
_core.storage : runs schedules sqlite_storage tags temp_file_manager upath_io_manager
_core.storage.defs_state : base blob_storage_state_storage
_core.storage.event_log : base sqlite
_core.types : builtin_config_schemas config_schema dagster_type decorator loadable_target_origin marshal pagination
_core.types : primitive_mapping python_dict python_set python_tuple
_serdes : config_class ipc serdes utils
_seven : abc compat json temp_dir
_seven.compat : pendulum
_utils : alert backcompat backoff cached_method concurrency container dagster_type env error forked_pdb hosted_user_process
_utils : indenting_printer interrupts internal_init log merger names net partitions schedules security storage tags test
_utils : temp_file tempdirs timing types typed_dict typing_api warnings yaml_utils
_utils.test : schedule_storage
components : component component_scaffolding core definitions lib resolved scaffold testing utils
components.component : component component_loader state_backed_component template_vars
components.core : component_tree context decl defs_module load_defs tree
components.lib : definitions_component executable_component managed shim_components sql_component
components.lib.executable_component : component function_component python_script_component uv_run_component
components.lib.shim_components : asset base job multi_asset resources schedule sensor
components.lib.sql_component : sql_component sql_client
components.resolved : base context core_models errors form_config metadata model scopes
components.scaffold : scaffold
components.testing : deprecated test_cases utils
"""
_SHARED = """
 : check cli dagster_model error ipc libraries merger record scaffold serdes seven telemetry utils version yaml_utils
check : builder decorator functions record
dagster_model : pydantic_compat_layer
serdes : errors objects pack serdes utils
seven : abc compat json temp_dir
utils : cached_method config hash test timing warnings
yaml_utils : source_position
"""
_FORMERLY = {
    name: f"_{name}" for name in ("builtins", "check", "config", "core", "loggers", "serdes", "seven", "utils")
}
"""How modules were called before Dagster 1.0, and how since."""


def _paths(table: str) -> frozenset[str]:
    paths = set()
    for line in table.strip().splitlines():
        above, _, names = line.partition(":")
        paths |= {f"{above.strip()}.{name}".lstrip(".") for name in names.split()}
    return frozenset(paths)


_KNOWN = {"dagster": _paths(_MODULES), "dagster_shared": _paths(_SHARED)}


def present_name(module: str) -> str:
    """A module of Dagster's under its present name, `dagster.` included."""
    root, _, inner = module.partition(".")
    top, dot, rest = inner.partition(".")
    return f"{root}.{_FORMERLY.get(top, top)}{dot}{rest}" if root == "dagster" and inner else module


def is_module(name: str) -> bool:
    """Whether Dagster has, or had, a module of this name."""
    root, _, inner = present_name(name).partition(".")
    return inner in _KNOWN.get(root, ())
