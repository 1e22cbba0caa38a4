"""Dagster-style jobs as one fast command. The public names are those of `__all__`; each is loaded when it is first used.

Every command and every job module imports this file, so it imports nothing that must be looked for: a table says where each
name lives. Type checkers see plain imports.
"""

import sys as _sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
else:
    import _signal

# `python -m dagjob` begins here: what `dagjob_start` does, of which there could be another one in the current folder.
_is_the_command = _sys.argv[:1] == ["-m"] and _sys.orig_argv[-len(_sys.argv) :][:1] == ["dagjob"]
if _is_the_command and _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

if TYPE_CHECKING:
    import builtins as _builtins
    from typing import Any

    from dagjob.builtin.file_manager import (
        FileHandle as FileHandle,
        LocalFileHandle as LocalFileHandle,
        local_file_manager as local_file_manager,
    )
    from dagjob.builtin.fs_io import (
        FilesystemIOManager as FilesystemIOManager,
    )
    from dagjob.builtin.loggers import (
        JsonLogFormatter as JsonLogFormatter,
    )
    from dagjob.builtin.mem_io import (
        InMemoryIOManager as InMemoryIOManager,
    )
    from dagjob.builtin.module_files import (
        file_relative_path as file_relative_path,
    )
    from dagjob.builtin.path_io import (
        UPathIOManager as UPathIOManager,
    )
    from dagjob.builtin.yaml_files import (
        config_from_files as config_from_files,
        config_from_pkg_resources as config_from_pkg_resources,
        config_from_yaml_strings as config_from_yaml_strings,
    )
    from dagjob.config.mapping import (
        ConfigMapping as ConfigMapping,
        config_mapping as config_mapping,
        configured as configured,
    )
    from dagjob.config.pydantic_config import (
        Config as Config,
        PermissiveConfig as PermissiveConfig,
    )
    from dagjob.config.runconfig import (
        EnvVar as EnvVar,
        RunConfig as RunConfig,
    )
    from dagjob.config.schema import (
        Array as Array,
        BoolSource as BoolSource,
        ConfigSchema as ConfigSchema,
        Enum as Enum,
        EnumValue as EnumValue,
        Field as Field,
        IntSource as IntSource,
        Map as Map,
        Noneable as Noneable,
        Permissive as Permissive,
        ScalarUnion as ScalarUnion,
        Selector as Selector,
        Shape as Shape,
        StringSource as StringSource,
    )
    from dagjob.definitions.collection import (
        BindResourcesToJobs as BindResourcesToJobs,
        Definitions as Definitions,
        RepositoryDefinition as RepositoryDefinition,
        create_repository_using_definitions_args as create_repository_using_definitions_args,
        definitions as definitions,
        repository as repository,
        with_resources as with_resources,
    )
    from dagjob.definitions.executor_requirements import (
        ExecutorRequirement as ExecutorRequirement,
        multiple_process_executor_requirements as multiple_process_executor_requirements,
    )
    from dagjob.definitions.executors import (
        ExecutorDefinition as ExecutorDefinition,
        InitExecutorContext as InitExecutorContext,
        executor as executor,
        in_process_executor as in_process_executor,
        multi_or_in_process_executor as multi_or_in_process_executor,
        multiprocess_executor as multiprocess_executor,
    )
    from dagjob.definitions.explicit import (
        DependencyDefinition as DependencyDefinition,
        InputMapping as InputMapping,
        MultiDependencyDefinition as MultiDependencyDefinition,
        NodeInvocation as NodeInvocation,
        OutputMapping as OutputMapping,
    )
    from dagjob.definitions.graphs import (
        GraphDefinition as GraphDefinition,
        graph as graph,
    )
    from dagjob.definitions.hooks import (
        HookDefinition as HookDefinition,
        HookExecutionResult as HookExecutionResult,
        event_list_hook as event_list_hook,
        failure_hook as failure_hook,
        success_hook as success_hook,
    )
    from dagjob.definitions.inputs import (
        GraphIn as GraphIn,
        In as In,
    )
    from dagjob.definitions.invocations import (
        PendingNodeInvocation as PendingNodeInvocation,
    )
    from dagjob.definitions.iomanagers import (
        InputManager as InputManager,
        InputManagerDefinition as InputManagerDefinition,
        IOManager as IOManager,
        IOManagerDefinition as IOManagerDefinition,
        custom_path_fs_io_manager as custom_path_fs_io_manager,
        fs_io_manager as fs_io_manager,
        input_manager as input_manager,
        io_manager as io_manager,
        mem_io_manager as mem_io_manager,
    )
    from dagjob.definitions.jobs import (
        JobDefinition as JobDefinition,
        job as job,
    )
    from dagjob.definitions.legacy_adapters import (
        ConfigurableLegacyIOManagerAdapter as ConfigurableLegacyIOManagerAdapter,
    )
    from dagjob.definitions.loggers import (
        InitLoggerContext as InitLoggerContext,
        LoggerDefinition as LoggerDefinition,
        colored_console_logger as colored_console_logger,
        default_loggers as default_loggers,
        default_system_loggers as default_system_loggers,
        json_console_logger as json_console_logger,
        logger as logger,
    )
    from dagjob.definitions.module_scan import (
        load_definitions_from_current_module as load_definitions_from_current_module,
        load_definitions_from_module as load_definitions_from_module,
        load_definitions_from_modules as load_definitions_from_modules,
        load_definitions_from_package_module as load_definitions_from_package_module,
        load_definitions_from_package_name as load_definitions_from_package_name,
    )
    from dagjob.definitions.ops import (
        OpDefinition as OpDefinition,
        op as op,
    )
    from dagjob.definitions.outputs import (
        DynamicOut as DynamicOut,
        GraphOut as GraphOut,
        Out as Out,
    )
    from dagjob.definitions.partitioned_config import (
        PartitionedConfig as PartitionedConfig,
        daily_partitioned_config as daily_partitioned_config,
        dynamic_partitioned_config as dynamic_partitioned_config,
        hourly_partitioned_config as hourly_partitioned_config,
        monthly_partitioned_config as monthly_partitioned_config,
        partitioned_config as partitioned_config,
        static_partitioned_config as static_partitioned_config,
        weekly_partitioned_config as weekly_partitioned_config,
    )
    from dagjob.definitions.pydantic_resources import (
        ConfigurableIOManager as ConfigurableIOManager,
        ConfigurableIOManagerFactory as ConfigurableIOManagerFactory,
        ConfigurableResource as ConfigurableResource,
        IAttachDifferentObjectToOpContext as IAttachDifferentObjectToOpContext,
        ResourceDependency as ResourceDependency,
    )
    from dagjob.definitions.repositories import (
        RepositoryData as RepositoryData,
    )
    from dagjob.definitions.resources import (
        ResourceDefinition as ResourceDefinition,
        ResourceParam as ResourceParam,
        make_values_resource as make_values_resource,
        resource as resource,
    )
    from dagjob.definitions.retries import (
        Backoff as Backoff,
        Jitter as Jitter,
        RetryPolicy as RetryPolicy,
    )
    from dagjob.definitions.type_loaders import (
        DagjobTypeLoader as DagjobTypeLoader,
        dagster_type_loader as dagster_type_loader,
    )
    from dagjob.definitions.types import (
        DagjobType as DagjobType,
        Dict as Dict,
        List as List,
        Optional as Optional,
        PythonObjectDagsterType as PythonObjectDagsterType,
        Set as Set,
        Tuple as Tuple,
        check_dagster_type as check_dagster_type,
        make_python_type_usable_as_dagster_type as make_python_type_usable_as_dagster_type,
        usable_as_dagster_type as usable_as_dagster_type,
    )
    from dagjob.engine.contexts import (
        InitResourceContext as InitResourceContext,
        OpExecutionContext as OpExecutionContext,
    )
    from dagjob.engine.dagster_events import (
        DagjobEvent as DagjobEvent,
        DagjobEventType as DagjobEventType,
    )
    from dagjob.engine.direct import (
        build_hook_context as build_hook_context,
        build_init_logger_context as build_init_logger_context,
        build_init_resource_context as build_init_resource_context,
        build_op_context as build_op_context,
        build_resources as build_resources,
    )
    from dagjob.engine.direct_io import (
        build_input_context as build_input_context,
        build_output_context as build_output_context,
    )
    from dagjob.engine.event_log import (
        EventLogEntry as EventLogEntry,
    )
    from dagjob.engine.hook_context import (
        HookContext as HookContext,
    )
    from dagjob.engine.io_contexts import (
        InputContext as InputContext,
        OutputContext as OutputContext,
    )
    from dagjob.engine.job_result import (
        JobExecutionResult as JobExecutionResult,
    )
    from dagjob.engine.logs import (
        DagjobLogManager as DagjobLogManager,
        get_dagster_logger as get_dagster_logger,
    )
    from dagjob.engine.reconstructable import (
        build_reconstructable_job as build_reconstructable_job,
        reconstructable as reconstructable,
    )
    from dagjob.engine.result import (
        ExecuteInProcessResult as ExecuteInProcessResult,
    )
    from dagjob.engine.run_record import (
        DagjobRun as DagjobRun,
        DagjobRunStatus as DagjobRunStatus,
    )
    from dagjob.engine.types import (
        DagjobTypeLoaderContext as DagjobTypeLoaderContext,
        TypeCheckContext as TypeCheckContext,
    )
    from dagjob.errors import (
        BetaWarning as BetaWarning,
        CheckError as CheckError,
        ConfigArgumentWarning as ConfigArgumentWarning,
        DagjobConfigMappingFunctionError as DagjobConfigMappingFunctionError,
        DagjobError as DagjobError,
        DagjobEventLogInvalidForRun as DagjobEventLogInvalidForRun,
        DagjobExecutionHandleOutputError as DagjobExecutionHandleOutputError,
        DagjobExecutionInterruptedError as DagjobExecutionInterruptedError,
        DagjobExecutionLoadInputError as DagjobExecutionLoadInputError,
        DagjobExecutionStepExecutionError as DagjobExecutionStepExecutionError,
        DagjobExecutionStepNotFoundError as DagjobExecutionStepNotFoundError,
        DagjobImportError as DagjobImportError,
        DagjobInvalidConfigDefinitionError as DagjobInvalidConfigDefinitionError,
        DagjobInvalidConfigError as DagjobInvalidConfigError,
        DagjobInvalidDefinitionError as DagjobInvalidDefinitionError,
        DagjobInvalidInvocationError as DagjobInvalidInvocationError,
        DagjobInvalidMetadata as DagjobInvalidMetadata,
        DagjobInvalidPropertyError as DagjobInvalidPropertyError,
        DagjobInvalidPythonicConfigDefinitionError as DagjobInvalidPythonicConfigDefinitionError,
        DagjobInvalidSubsetError as DagjobInvalidSubsetError,
        DagjobInvariantViolationError as DagjobInvariantViolationError,
        DagjobMaxRetriesExceededError as DagjobMaxRetriesExceededError,
        DagjobResourceFunctionError as DagjobResourceFunctionError,
        DagjobRunNotFoundError as DagjobRunNotFoundError,
        DagjobStepOutputNotFoundError as DagjobStepOutputNotFoundError,
        DagjobSubprocessError as DagjobSubprocessError,
        DagjobTypeCheckDidNotPass as DagjobTypeCheckDidNotPass,
        DagjobTypeCheckError as DagjobTypeCheckError,
        DagjobTypeLoadingError as DagjobTypeLoadingError,
        DagjobUnknownPartitionError as DagjobUnknownPartitionError,
        DagjobUnknownResourceError as DagjobUnknownResourceError,
        DagjobUnmetExecutorRequirementsError as DagjobUnmetExecutorRequirementsError,
        DagjobUserCodeExecutionError as DagjobUserCodeExecutionError,
        HookExecutionError as HookExecutionError,
        ParameterCheckError as ParameterCheckError,
        PreviewWarning as PreviewWarning,
        SupersessionWarning as SupersessionWarning,
    )
    from dagjob.launch.execute_job import (
        execute_job as execute_job,
    )
    from dagjob.launch.instance import (
        DagjobInstance as DagjobInstance,
        instance_for_test as instance_for_test,
    )
    from dagjob.launch.reexecution import (
        ReexecutionOptions as ReexecutionOptions,
    )
    from dagjob.launch.run_records import (
        RunRecord as RunRecord,
        RunsFilter as RunsFilter,
    )
    from dagjob.launch.stored_outputs import (
        load_output as load_output,
    )
    from dagjob.partitions.base import (
        PartitionKeyRange as PartitionKeyRange,
        PartitionMapping as PartitionMapping,
        PartitionsDefinition as PartitionsDefinition,
        TimeWindow as TimeWindow,
        partition_loading_context as partition_loading_context,
    )
    from dagjob.partitions.dynamic import (
        AddDynamicPartitionsRequest as AddDynamicPartitionsRequest,
        DeleteDynamicPartitionsRequest as DeleteDynamicPartitionsRequest,
        DynamicPartitionsDefinition as DynamicPartitionsDefinition,
        Partition as Partition,
    )
    from dagjob.partitions.fixed import (
        DailyPartitionsDefinition as DailyPartitionsDefinition,
        HourlyPartitionsDefinition as HourlyPartitionsDefinition,
        MonthlyPartitionsDefinition as MonthlyPartitionsDefinition,
        WeeklyPartitionsDefinition as WeeklyPartitionsDefinition,
    )
    from dagjob.partitions.multi import (
        MultiPartitionKey as MultiPartitionKey,
        MultiPartitionsDefinition as MultiPartitionsDefinition,
    )
    from dagjob.partitions.static import (
        StaticPartitionsDefinition as StaticPartitionsDefinition,
    )
    from dagjob.partitions.window import (
        TimeWindowPartitionsDefinition as TimeWindowPartitionsDefinition,
    )
    from dagjob.plan.resolve import (
        validate_run_config as validate_run_config,
    )
    from dagjob.values.asset_key import (
        AssetKey as AssetKey,
    )
    from dagjob.values.code_references import (
        CodeReferencesMetadataValue as CodeReferencesMetadataValue,
        LocalFileCodeReference as LocalFileCodeReference,
        MetadataEntry as MetadataEntry,
        UrlCodeReference as UrlCodeReference,
    )
    from dagjob.values.failures import (
        Failure as Failure,
        RetryRequested as RetryRequested,
    )
    from dagjob.values.metadata import (
        BoolMetadataValue as BoolMetadataValue,
        DagjobAssetMetadataValue as DagjobAssetMetadataValue,
        DagjobJobMetadataValue as DagjobJobMetadataValue,
        DagjobRunMetadataValue as DagjobRunMetadataValue,
        FloatMetadataValue as FloatMetadataValue,
        IntMetadataValue as IntMetadataValue,
        JsonMetadataValue as JsonMetadataValue,
        MarkdownMetadataValue as MarkdownMetadataValue,
        MetadataValue as MetadataValue,
        NotebookMetadataValue as NotebookMetadataValue,
        NullMetadataValue as NullMetadataValue,
        PathMetadataValue as PathMetadataValue,
        PoolMetadataValue as PoolMetadataValue,
        PythonArtifactMetadataValue as PythonArtifactMetadataValue,
        TableColumnLineageMetadataValue as TableColumnLineageMetadataValue,
        TableMetadataValue as TableMetadataValue,
        TableSchemaMetadataValue as TableSchemaMetadataValue,
        TextMetadataValue as TextMetadataValue,
        TimestampMetadataValue as TimestampMetadataValue,
        UrlMetadataValue as UrlMetadataValue,
    )
    from dagjob.values.names import (
        MAX_RUNTIME_SECONDS_TAG as MAX_RUNTIME_SECONDS_TAG,
    )
    from dagjob.values.observations import (
        AssetMaterialization as AssetMaterialization,
        AssetObservation as AssetObservation,
        DataVersion as DataVersion,
        ExpectationResult as ExpectationResult,
        TypeCheck as TypeCheck,
    )
    from dagjob.values.results import (
        DynamicOutput as DynamicOutput,
        Nothing as Nothing,
        Output as Output,
    )
    from dagjob.values.tables import (
        TableColumn as TableColumn,
        TableColumnConstraints as TableColumnConstraints,
        TableColumnDep as TableColumnDep,
        TableColumnLineage as TableColumnLineage,
        TableConstraints as TableConstraints,
        TableRecord as TableRecord,
        TableSchema as TableSchema,
    )

    get_dagjob_logger = get_dagster_logger
    Int = _builtins.int
    Float = _builtins.float
    String = _builtins.str
    Bool = _builtins.bool

__version__ = "0.1.0"

_NAMES = {
    "builtin.file_manager": "FileHandle LocalFileHandle local_file_manager",
    "builtin.fs_io": "FilesystemIOManager",
    "builtin.loggers": "JsonLogFormatter",
    "builtin.mem_io": "InMemoryIOManager",
    "builtin.module_files": "file_relative_path",
    "builtin.path_io": "UPathIOManager",
    "builtin.yaml_files": "config_from_files config_from_pkg_resources config_from_yaml_strings",
    "config.mapping": "ConfigMapping config_mapping configured",
    "config.pydantic_config": "Config PermissiveConfig",
    "config.runconfig": "EnvVar RunConfig",
    "config.schema": "Array BoolSource ConfigSchema Enum EnumValue Field IntSource Map Noneable Permissive ScalarUnion Selector Shape StringSource",
    "definitions.collection": "BindResourcesToJobs Definitions RepositoryDefinition create_repository_using_definitions_args definitions repository with_resources",
    "definitions.executor_requirements": "ExecutorRequirement multiple_process_executor_requirements",
    "definitions.executors": "ExecutorDefinition InitExecutorContext dask_executor executor in_process_executor multi_or_in_process_executor multiprocess_executor",
    "definitions.explicit": "DependencyDefinition InputMapping MultiDependencyDefinition NodeInvocation OutputMapping",
    "definitions.graphs": "GraphDefinition graph",
    "definitions.hooks": "HookDefinition HookExecutionResult event_list_hook failure_hook success_hook",
    "definitions.inputs": "GraphIn In",
    "definitions.invocations": "PendingNodeInvocation",
    "definitions.iomanagers": "IOManager IOManagerDefinition InputManager InputManagerDefinition custom_path_fs_io_manager fs_io_manager input_manager io_manager mem_io_manager",
    "definitions.jobs": "JobDefinition job",
    "definitions.legacy_adapters": "ConfigurableLegacyIOManagerAdapter",
    "definitions.loggers": "InitLoggerContext LoggerDefinition colored_console_logger default_loggers default_system_loggers json_console_logger logger",
    "definitions.module_scan": "load_definitions_from_current_module load_definitions_from_module load_definitions_from_modules load_definitions_from_package_module load_definitions_from_package_name",
    "definitions.ops": "OpDefinition op",
    "definitions.outputs": "DynamicOut GraphOut Out",
    "definitions.partitioned_config": "PartitionedConfig daily_partitioned_config dynamic_partitioned_config hourly_partitioned_config monthly_partitioned_config partitioned_config static_partitioned_config weekly_partitioned_config",
    "definitions.pydantic_resources": "ConfigurableIOManager ConfigurableIOManagerFactory ConfigurableResource IAttachDifferentObjectToOpContext ResourceDependency",
    "definitions.repositories": "RepositoryData",
    "definitions.resources": "ResourceDefinition ResourceParam make_values_resource resource",
    "definitions.retries": "Backoff Jitter RetryPolicy",
    "definitions.type_loaders": "DagjobTypeLoader dagster_type_loader",
    "definitions.types": "DagjobType Dict List Optional PythonObjectDagsterType Set Tuple check_dagster_type make_python_type_usable_as_dagster_type usable_as_dagster_type",
    "engine.contexts": "InitResourceContext OpExecutionContext",
    "engine.dagster_events": "DagjobEvent DagjobEventType",
    "engine.direct": "build_hook_context build_init_logger_context build_init_resource_context build_op_context build_resources",
    "engine.direct_io": "build_input_context build_output_context",
    "engine.event_log": "EventLogEntry",
    "engine.hook_context": "HookContext",
    "engine.io_contexts": "InputContext OutputContext",
    "engine.job_result": "JobExecutionResult",
    "engine.logs": "DagjobLogManager get_dagster_logger",
    "engine.reconstructable": "build_reconstructable_job reconstructable",
    "engine.result": "ExecuteInProcessResult",
    "engine.run_record": "DagjobRun DagjobRunStatus",
    "engine.types": "DagjobTypeLoaderContext TypeCheckContext",
    "errors": "BetaWarning CheckError ConfigArgumentWarning DagjobConfigMappingFunctionError DagjobError DagjobEventLogInvalidForRun DagjobExecutionHandleOutputError DagjobExecutionInterruptedError DagjobExecutionLoadInputError DagjobExecutionStepExecutionError DagjobExecutionStepNotFoundError DagjobImportError DagjobInvalidConfigDefinitionError DagjobInvalidConfigError DagjobInvalidDefinitionError DagjobInvalidInvocationError DagjobInvalidMetadata DagjobInvalidPropertyError DagjobInvalidPythonicConfigDefinitionError DagjobInvalidSubsetError DagjobInvariantViolationError DagjobMaxRetriesExceededError DagjobResourceFunctionError DagjobRunNotFoundError DagjobStepOutputNotFoundError DagjobSubprocessError DagjobTypeCheckDidNotPass DagjobTypeCheckError DagjobTypeLoadingError DagjobUnknownPartitionError DagjobUnknownResourceError DagjobUnmetExecutorRequirementsError DagjobUserCodeExecutionError HookExecutionError ParameterCheckError PreviewWarning SupersessionWarning",
    "launch.execute_job": "execute_job",
    "launch.instance": "DagjobInstance instance_for_test",
    "launch.reexecution": "ReexecutionOptions",
    "launch.run_records": "RunRecord RunsFilter",
    "launch.stored_outputs": "load_output",
    "partitions.base": "PartitionKeyRange PartitionMapping PartitionsDefinition TimeWindow partition_loading_context",
    "partitions.dynamic": "AddDynamicPartitionsRequest DeleteDynamicPartitionsRequest DynamicPartitionsDefinition Partition",
    "partitions.fixed": "DailyPartitionsDefinition HourlyPartitionsDefinition MonthlyPartitionsDefinition WeeklyPartitionsDefinition",
    "partitions.multi": "MultiPartitionKey MultiPartitionsDefinition",
    "partitions.static": "StaticPartitionsDefinition",
    "partitions.window": "TimeWindowPartitionsDefinition",
    "plan.resolve": "validate_run_config",
    "values.asset_key": "AssetKey",
    "values.code_references": "CodeReferencesMetadataValue LocalFileCodeReference MetadataEntry UrlCodeReference",
    "values.failures": "Failure RetryRequested",
    "values.metadata": "BoolMetadataValue DagjobAssetMetadataValue DagjobJobMetadataValue DagjobRunMetadataValue FloatMetadataValue IntMetadataValue JsonMetadataValue MarkdownMetadataValue MetadataValue NotebookMetadataValue NullMetadataValue PathMetadataValue PoolMetadataValue PythonArtifactMetadataValue TableColumnLineageMetadataValue TableMetadataValue TableSchemaMetadataValue TextMetadataValue TimestampMetadataValue UrlMetadataValue",
    "values.names": "MAX_RUNTIME_SECONDS_TAG",
    "values.observations": "AssetMaterialization AssetObservation DataVersion ExpectationResult TypeCheck",
    "values.results": "DynamicOutput Nothing Output",
    "values.tables": "TableColumn TableColumnConstraints TableColumnDep TableColumnLineage TableConstraints TableRecord TableSchema",
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names.split()}
_SAME_AS = {"get_dagjob_logger": "get_dagster_logger"}
_INSIDE = {"clock", "events"}
"""Imported by our own modules as `from dagjob import clock`: Python asks here before it looks for the file, and words
for a mistake would cost every command the import of difflib."""
_BUILTINS = {"Int": "int", "Float": "float", "String": "str", "Bool": "bool"}

__all__ = sorted([*_WHERE, *_SAME_AS, *_BUILTINS, "Any"])


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    found: Any
    if name in _BUILTINS:
        found = getattr(import_module("builtins"), _BUILTINS[name])
    elif name == "Any":
        found = import_module("typing").Any
    else:
        known = _SAME_AS.get(name, name)
        if known not in _WHERE:
            raise _unknown(name)
        found = getattr(import_module(f"dagjob.{_WHERE[known]}"), known)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _unknown(name: str) -> AttributeError:
    if name.startswith("_") or name in _INSIDE:
        return AttributeError(f"module 'dagjob' has no attribute {name!r}")
    from dagjob.engine.absent_names import about

    return AttributeError("; ".join((f"module 'dagjob' has no attribute {name!r}", *about(name))))
