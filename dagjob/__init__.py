"""Dagster-style jobs as one fast command. The public names are those of `__all__`; each is loaded when it is first used.

Every command and every job module imports this file, so it imports nothing: a table says where each name lives. Type
checkers see plain imports.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins as _builtins
    from typing import Any

    from dagjob.builtin.fs_io import (
        FilesystemIOManager as FilesystemIOManager,
    )
    from dagjob.builtin.mem_io import (
        InMemoryIOManager as InMemoryIOManager,
    )
    from dagjob.builtin.path_io import (
        UPathIOManager as UPathIOManager,
    )
    from dagjob.builtin.yaml_files import (
        config_from_files as config_from_files,
    )
    from dagjob.builtin.yaml_files import (
        config_from_pkg_resources as config_from_pkg_resources,
    )
    from dagjob.builtin.yaml_files import (
        config_from_yaml_strings as config_from_yaml_strings,
    )
    from dagjob.config.mapping import (
        ConfigMapping as ConfigMapping,
    )
    from dagjob.config.mapping import (
        config_mapping as config_mapping,
    )
    from dagjob.config.mapping import (
        configured as configured,
    )
    from dagjob.config.pydantic_config import (
        Config as Config,
    )
    from dagjob.config.pydantic_config import (
        PermissiveConfig as PermissiveConfig,
    )
    from dagjob.config.runconfig import (
        RunConfig as RunConfig,
    )
    from dagjob.config.schema import (
        Array as Array,
    )
    from dagjob.config.schema import (
        BoolSource as BoolSource,
    )
    from dagjob.config.schema import (
        Enum as Enum,
    )
    from dagjob.config.schema import (
        EnumValue as EnumValue,
    )
    from dagjob.config.schema import (
        Field as Field,
    )
    from dagjob.config.schema import (
        IntSource as IntSource,
    )
    from dagjob.config.schema import (
        Map as Map,
    )
    from dagjob.config.schema import (
        Noneable as Noneable,
    )
    from dagjob.config.schema import (
        Permissive as Permissive,
    )
    from dagjob.config.schema import (
        ScalarUnion as ScalarUnion,
    )
    from dagjob.config.schema import (
        Selector as Selector,
    )
    from dagjob.config.schema import (
        Shape as Shape,
    )
    from dagjob.config.schema import (
        StringSource as StringSource,
    )
    from dagjob.config.sources import (
        EnvVar as EnvVar,
    )
    from dagjob.definitions.collection import (
        BindResourcesToJobs as BindResourcesToJobs,
    )
    from dagjob.definitions.collection import (
        Definitions as Definitions,
    )
    from dagjob.definitions.collection import (
        RepositoryDefinition as RepositoryDefinition,
    )
    from dagjob.definitions.collection import (
        create_repository_using_definitions_args as create_repository_using_definitions_args,
    )
    from dagjob.definitions.collection import (
        definitions as definitions,
    )
    from dagjob.definitions.collection import (
        repository as repository,
    )
    from dagjob.definitions.collection import (
        with_resources as with_resources,
    )
    from dagjob.definitions.executor_requirements import (
        ExecutorRequirement as ExecutorRequirement,
    )
    from dagjob.definitions.executor_requirements import (
        multiple_process_executor_requirements as multiple_process_executor_requirements,
    )
    from dagjob.definitions.executors import (
        ExecutorDefinition as ExecutorDefinition,
    )
    from dagjob.definitions.executors import (
        InitExecutorContext as InitExecutorContext,
    )
    from dagjob.definitions.executors import (
        executor as executor,
    )
    from dagjob.definitions.executors import (
        in_process_executor as in_process_executor,
    )
    from dagjob.definitions.executors import (
        multi_or_in_process_executor as multi_or_in_process_executor,
    )
    from dagjob.definitions.executors import (
        multiprocess_executor as multiprocess_executor,
    )
    from dagjob.definitions.explicit import (
        DependencyDefinition as DependencyDefinition,
    )
    from dagjob.definitions.explicit import (
        InputMapping as InputMapping,
    )
    from dagjob.definitions.explicit import (
        MultiDependencyDefinition as MultiDependencyDefinition,
    )
    from dagjob.definitions.explicit import (
        NodeInvocation as NodeInvocation,
    )
    from dagjob.definitions.explicit import (
        OutputMapping as OutputMapping,
    )
    from dagjob.definitions.graphs import (
        GraphDefinition as GraphDefinition,
    )
    from dagjob.definitions.graphs import (
        graph as graph,
    )
    from dagjob.definitions.hooks import (
        HookDefinition as HookDefinition,
    )
    from dagjob.definitions.hooks import (
        HookExecutionResult as HookExecutionResult,
    )
    from dagjob.definitions.hooks import (
        failure_hook as failure_hook,
    )
    from dagjob.definitions.hooks import (
        success_hook as success_hook,
    )
    from dagjob.definitions.inputs import (
        GraphIn as GraphIn,
    )
    from dagjob.definitions.inputs import (
        In as In,
    )
    from dagjob.definitions.invocations import (
        PendingNodeInvocation as PendingNodeInvocation,
    )
    from dagjob.definitions.iomanagers import (
        InputManager as InputManager,
    )
    from dagjob.definitions.iomanagers import (
        InputManagerDefinition as InputManagerDefinition,
    )
    from dagjob.definitions.iomanagers import (
        IOManager as IOManager,
    )
    from dagjob.definitions.iomanagers import (
        IOManagerDefinition as IOManagerDefinition,
    )
    from dagjob.definitions.iomanagers import (
        custom_path_fs_io_manager as custom_path_fs_io_manager,
    )
    from dagjob.definitions.iomanagers import (
        fs_io_manager as fs_io_manager,
    )
    from dagjob.definitions.iomanagers import (
        input_manager as input_manager,
    )
    from dagjob.definitions.iomanagers import (
        io_manager as io_manager,
    )
    from dagjob.definitions.iomanagers import (
        mem_io_manager as mem_io_manager,
    )
    from dagjob.definitions.jobs import (
        JobDefinition as JobDefinition,
    )
    from dagjob.definitions.jobs import (
        job as job,
    )
    from dagjob.definitions.loggers import (
        InitLoggerContext as InitLoggerContext,
    )
    from dagjob.definitions.loggers import (
        LoggerDefinition as LoggerDefinition,
    )
    from dagjob.definitions.loggers import (
        colored_console_logger as colored_console_logger,
    )
    from dagjob.definitions.loggers import (
        default_loggers as default_loggers,
    )
    from dagjob.definitions.loggers import (
        json_console_logger as json_console_logger,
    )
    from dagjob.definitions.loggers import (
        logger as logger,
    )
    from dagjob.definitions.module_scan import (
        load_definitions_from_current_module as load_definitions_from_current_module,
    )
    from dagjob.definitions.module_scan import (
        load_definitions_from_module as load_definitions_from_module,
    )
    from dagjob.definitions.module_scan import (
        load_definitions_from_modules as load_definitions_from_modules,
    )
    from dagjob.definitions.module_scan import (
        load_definitions_from_package_module as load_definitions_from_package_module,
    )
    from dagjob.definitions.module_scan import (
        load_definitions_from_package_name as load_definitions_from_package_name,
    )
    from dagjob.definitions.ops import (
        OpDefinition as OpDefinition,
    )
    from dagjob.definitions.ops import (
        op as op,
    )
    from dagjob.definitions.outputs import (
        DynamicOut as DynamicOut,
    )
    from dagjob.definitions.outputs import (
        GraphOut as GraphOut,
    )
    from dagjob.definitions.outputs import (
        Out as Out,
    )
    from dagjob.definitions.pydantic_resources import (
        ConfigurableIOManager as ConfigurableIOManager,
    )
    from dagjob.definitions.pydantic_resources import (
        ConfigurableIOManagerFactory as ConfigurableIOManagerFactory,
    )
    from dagjob.definitions.pydantic_resources import (
        ConfigurableResource as ConfigurableResource,
    )
    from dagjob.definitions.pydantic_resources import (
        IAttachDifferentObjectToOpContext as IAttachDifferentObjectToOpContext,
    )
    from dagjob.definitions.pydantic_resources import (
        ResourceDependency as ResourceDependency,
    )
    from dagjob.definitions.resources import (
        ResourceDefinition as ResourceDefinition,
    )
    from dagjob.definitions.resources import (
        ResourceParam as ResourceParam,
    )
    from dagjob.definitions.resources import (
        make_values_resource as make_values_resource,
    )
    from dagjob.definitions.resources import (
        resource as resource,
    )
    from dagjob.definitions.retries import (
        Backoff as Backoff,
    )
    from dagjob.definitions.retries import (
        Jitter as Jitter,
    )
    from dagjob.definitions.retries import (
        RetryPolicy as RetryPolicy,
    )
    from dagjob.definitions.type_loaders import (
        DagjobTypeLoader as DagjobTypeLoader,
    )
    from dagjob.definitions.type_loaders import (
        dagster_type_loader as dagster_type_loader,
    )
    from dagjob.definitions.types import (
        DagjobType as DagjobType,
    )
    from dagjob.definitions.types import (
        Dict as Dict,
    )
    from dagjob.definitions.types import (
        List as List,
    )
    from dagjob.definitions.types import (
        Optional as Optional,
    )
    from dagjob.definitions.types import (
        PythonObjectDagsterType as PythonObjectDagsterType,
    )
    from dagjob.definitions.types import (
        Set as Set,
    )
    from dagjob.definitions.types import (
        Tuple as Tuple,
    )
    from dagjob.definitions.types import (
        check_dagster_type as check_dagster_type,
    )
    from dagjob.definitions.types import (
        make_python_type_usable_as_dagster_type as make_python_type_usable_as_dagster_type,
    )
    from dagjob.definitions.types import (
        usable_as_dagster_type as usable_as_dagster_type,
    )
    from dagjob.engine.contexts import (
        HookContext as HookContext,
    )
    from dagjob.engine.contexts import (
        InitResourceContext as InitResourceContext,
    )
    from dagjob.engine.contexts import (
        OpExecutionContext as OpExecutionContext,
    )
    from dagjob.engine.dagster_events import (
        DagjobEvent as DagjobEvent,
    )
    from dagjob.engine.dagster_events import (
        DagjobEventType as DagjobEventType,
    )
    from dagjob.engine.direct import (
        build_hook_context as build_hook_context,
    )
    from dagjob.engine.direct import (
        build_init_logger_context as build_init_logger_context,
    )
    from dagjob.engine.direct import (
        build_init_resource_context as build_init_resource_context,
    )
    from dagjob.engine.direct import (
        build_input_context as build_input_context,
    )
    from dagjob.engine.direct import (
        build_op_context as build_op_context,
    )
    from dagjob.engine.direct import (
        build_output_context as build_output_context,
    )
    from dagjob.engine.direct import (
        build_resources as build_resources,
    )
    from dagjob.engine.io_contexts import (
        InputContext as InputContext,
    )
    from dagjob.engine.io_contexts import (
        OutputContext as OutputContext,
    )
    from dagjob.engine.logs import get_dagster_logger as get_dagjob_logger
    from dagjob.engine.logs import (
        get_dagster_logger as get_dagster_logger,
    )
    from dagjob.engine.result import (
        ExecuteInProcessResult as ExecuteInProcessResult,
    )
    from dagjob.engine.types import (
        TypeCheckContext as TypeCheckContext,
    )
    from dagjob.errors import (
        BetaWarning as BetaWarning,
    )
    from dagjob.errors import (
        ConfigArgumentWarning as ConfigArgumentWarning,
    )
    from dagjob.errors import (
        DagjobConfigMappingFunctionError as DagjobConfigMappingFunctionError,
    )
    from dagjob.errors import (
        DagjobError as DagjobError,
    )
    from dagjob.errors import (
        DagjobEventLogInvalidForRun as DagjobEventLogInvalidForRun,
    )
    from dagjob.errors import (
        DagjobExecutionInterruptedError as DagjobExecutionInterruptedError,
    )
    from dagjob.errors import (
        DagjobExecutionStepExecutionError as DagjobExecutionStepExecutionError,
    )
    from dagjob.errors import (
        DagjobExecutionStepNotFoundError as DagjobExecutionStepNotFoundError,
    )
    from dagjob.errors import (
        DagjobInvalidConfigDefinitionError as DagjobInvalidConfigDefinitionError,
    )
    from dagjob.errors import (
        DagjobInvalidConfigError as DagjobInvalidConfigError,
    )
    from dagjob.errors import (
        DagjobInvalidDefinitionError as DagjobInvalidDefinitionError,
    )
    from dagjob.errors import (
        DagjobInvalidInvocationError as DagjobInvalidInvocationError,
    )
    from dagjob.errors import (
        DagjobInvalidSubsetError as DagjobInvalidSubsetError,
    )
    from dagjob.errors import (
        DagjobInvariantViolationError as DagjobInvariantViolationError,
    )
    from dagjob.errors import (
        DagjobResourceFunctionError as DagjobResourceFunctionError,
    )
    from dagjob.errors import (
        DagjobRunNotFoundError as DagjobRunNotFoundError,
    )
    from dagjob.errors import (
        DagjobStepOutputNotFoundError as DagjobStepOutputNotFoundError,
    )
    from dagjob.errors import (
        DagjobSubprocessError as DagjobSubprocessError,
    )
    from dagjob.errors import (
        DagjobTypeCheckDidNotPass as DagjobTypeCheckDidNotPass,
    )
    from dagjob.errors import (
        DagjobTypeCheckError as DagjobTypeCheckError,
    )
    from dagjob.errors import (
        DagjobUnknownPartitionError as DagjobUnknownPartitionError,
    )
    from dagjob.errors import (
        DagjobUnknownResourceError as DagjobUnknownResourceError,
    )
    from dagjob.errors import (
        DagjobUnmetExecutorRequirementsError as DagjobUnmetExecutorRequirementsError,
    )
    from dagjob.errors import (
        DagjobUserCodeExecutionError as DagjobUserCodeExecutionError,
    )
    from dagjob.errors import (
        PreviewWarning as PreviewWarning,
    )
    from dagjob.errors import (
        SupersessionWarning as SupersessionWarning,
    )
    from dagjob.plan.resolve import (
        validate_run_config as validate_run_config,
    )
    from dagjob.values.asset_key import (
        AssetKey as AssetKey,
    )
    from dagjob.values.code_references import (
        LocalFileCodeReference as LocalFileCodeReference,
    )
    from dagjob.values.code_references import (
        MetadataEntry as MetadataEntry,
    )
    from dagjob.values.code_references import (
        UrlCodeReference as UrlCodeReference,
    )
    from dagjob.values.failures import (
        Failure as Failure,
    )
    from dagjob.values.failures import (
        RetryRequested as RetryRequested,
    )
    from dagjob.values.metadata import (
        BoolMetadataValue as BoolMetadataValue,
    )
    from dagjob.values.metadata import (
        DagjobAssetMetadataValue as DagjobAssetMetadataValue,
    )
    from dagjob.values.metadata import (
        DagjobJobMetadataValue as DagjobJobMetadataValue,
    )
    from dagjob.values.metadata import (
        DagjobRunMetadataValue as DagjobRunMetadataValue,
    )
    from dagjob.values.metadata import (
        FloatMetadataValue as FloatMetadataValue,
    )
    from dagjob.values.metadata import (
        IntMetadataValue as IntMetadataValue,
    )
    from dagjob.values.metadata import (
        JsonMetadataValue as JsonMetadataValue,
    )
    from dagjob.values.metadata import (
        MarkdownMetadataValue as MarkdownMetadataValue,
    )
    from dagjob.values.metadata import (
        MetadataValue as MetadataValue,
    )
    from dagjob.values.metadata import (
        NotebookMetadataValue as NotebookMetadataValue,
    )
    from dagjob.values.metadata import (
        NullMetadataValue as NullMetadataValue,
    )
    from dagjob.values.metadata import (
        PathMetadataValue as PathMetadataValue,
    )
    from dagjob.values.metadata import (
        PoolMetadataValue as PoolMetadataValue,
    )
    from dagjob.values.metadata import (
        PythonArtifactMetadataValue as PythonArtifactMetadataValue,
    )
    from dagjob.values.metadata import (
        TableColumnLineageMetadataValue as TableColumnLineageMetadataValue,
    )
    from dagjob.values.metadata import (
        TableMetadataValue as TableMetadataValue,
    )
    from dagjob.values.metadata import (
        TableSchemaMetadataValue as TableSchemaMetadataValue,
    )
    from dagjob.values.metadata import (
        TextMetadataValue as TextMetadataValue,
    )
    from dagjob.values.metadata import (
        TimestampMetadataValue as TimestampMetadataValue,
    )
    from dagjob.values.metadata import (
        UrlMetadataValue as UrlMetadataValue,
    )
    from dagjob.values.observations import (
        AssetMaterialization as AssetMaterialization,
    )
    from dagjob.values.observations import (
        AssetObservation as AssetObservation,
    )
    from dagjob.values.observations import (
        DataVersion as DataVersion,
    )
    from dagjob.values.observations import (
        ExpectationResult as ExpectationResult,
    )
    from dagjob.values.observations import (
        TypeCheck as TypeCheck,
    )
    from dagjob.values.results import (
        DynamicOutput as DynamicOutput,
    )
    from dagjob.values.results import (
        Nothing as Nothing,
    )
    from dagjob.values.results import (
        Output as Output,
    )
    from dagjob.values.tables import (
        TableColumn as TableColumn,
    )
    from dagjob.values.tables import (
        TableColumnConstraints as TableColumnConstraints,
    )
    from dagjob.values.tables import (
        TableColumnDep as TableColumnDep,
    )
    from dagjob.values.tables import (
        TableColumnLineage as TableColumnLineage,
    )
    from dagjob.values.tables import (
        TableConstraints as TableConstraints,
    )
    from dagjob.values.tables import (
        TableRecord as TableRecord,
    )
    from dagjob.values.tables import (
        TableSchema as TableSchema,
    )

    Int = _builtins.int
    Float = _builtins.float
    String = _builtins.str
    Bool = _builtins.bool

__version__ = "0.1.0"

_NAMES = {
    "builtin.fs_io": "FilesystemIOManager",
    "builtin.mem_io": "InMemoryIOManager",
    "builtin.path_io": "UPathIOManager",
    "builtin.yaml_files": "config_from_files config_from_pkg_resources config_from_yaml_strings",
    "config.mapping": "ConfigMapping config_mapping configured",
    "config.pydantic_config": "Config PermissiveConfig",
    "config.runconfig": "RunConfig",
    "config.schema": "Array BoolSource Enum EnumValue Field IntSource Map Noneable Permissive ScalarUnion Selector Shape StringSource",
    "config.sources": "EnvVar",
    "definitions.collection": "BindResourcesToJobs Definitions RepositoryDefinition create_repository_using_definitions_args definitions repository with_resources",
    "definitions.executor_requirements": "ExecutorRequirement multiple_process_executor_requirements",
    "definitions.executors": "ExecutorDefinition InitExecutorContext executor in_process_executor multi_or_in_process_executor multiprocess_executor",
    "definitions.explicit": "DependencyDefinition InputMapping MultiDependencyDefinition NodeInvocation OutputMapping",
    "definitions.graphs": "GraphDefinition graph",
    "definitions.hooks": "HookDefinition HookExecutionResult failure_hook success_hook",
    "definitions.inputs": "GraphIn In",
    "definitions.invocations": "PendingNodeInvocation",
    "definitions.iomanagers": "IOManager IOManagerDefinition InputManager InputManagerDefinition custom_path_fs_io_manager fs_io_manager input_manager io_manager mem_io_manager",
    "definitions.jobs": "JobDefinition job",
    "definitions.loggers": "InitLoggerContext LoggerDefinition colored_console_logger default_loggers json_console_logger logger",
    "definitions.module_scan": "load_definitions_from_current_module load_definitions_from_module load_definitions_from_modules load_definitions_from_package_module load_definitions_from_package_name",
    "definitions.ops": "OpDefinition op",
    "definitions.outputs": "DynamicOut GraphOut Out",
    "definitions.pydantic_resources": "ConfigurableIOManager ConfigurableIOManagerFactory ConfigurableResource IAttachDifferentObjectToOpContext ResourceDependency",
    "definitions.resources": "ResourceDefinition ResourceParam make_values_resource resource",
    "definitions.retries": "Backoff Jitter RetryPolicy",
    "definitions.type_loaders": "DagjobTypeLoader dagster_type_loader",
    "definitions.types": "DagjobType Dict List Optional PythonObjectDagsterType Set Tuple check_dagster_type make_python_type_usable_as_dagster_type usable_as_dagster_type",
    "engine.contexts": "HookContext InitResourceContext OpExecutionContext",
    "engine.dagster_events": "DagjobEvent DagjobEventType",
    "engine.direct": "build_hook_context build_init_logger_context build_init_resource_context build_input_context build_op_context build_output_context build_resources",
    "engine.io_contexts": "InputContext OutputContext",
    "engine.logs": "get_dagster_logger",
    "engine.result": "ExecuteInProcessResult",
    "engine.types": "TypeCheckContext",
    "errors": "BetaWarning ConfigArgumentWarning DagjobConfigMappingFunctionError DagjobError DagjobEventLogInvalidForRun DagjobExecutionInterruptedError DagjobExecutionStepExecutionError DagjobExecutionStepNotFoundError DagjobInvalidConfigDefinitionError DagjobInvalidConfigError DagjobInvalidDefinitionError DagjobInvalidInvocationError DagjobInvalidSubsetError DagjobInvariantViolationError DagjobResourceFunctionError DagjobRunNotFoundError DagjobStepOutputNotFoundError DagjobSubprocessError DagjobTypeCheckDidNotPass DagjobTypeCheckError DagjobUnknownPartitionError DagjobUnknownResourceError DagjobUnmetExecutorRequirementsError DagjobUserCodeExecutionError PreviewWarning SupersessionWarning",
    "plan.resolve": "validate_run_config",
    "values.asset_key": "AssetKey",
    "values.code_references": "LocalFileCodeReference MetadataEntry UrlCodeReference",
    "values.failures": "Failure RetryRequested",
    "values.metadata": "BoolMetadataValue DagjobAssetMetadataValue DagjobJobMetadataValue DagjobRunMetadataValue FloatMetadataValue IntMetadataValue JsonMetadataValue MarkdownMetadataValue MetadataValue NotebookMetadataValue NullMetadataValue PathMetadataValue PoolMetadataValue PythonArtifactMetadataValue TableColumnLineageMetadataValue TableMetadataValue TableSchemaMetadataValue TextMetadataValue TimestampMetadataValue UrlMetadataValue",
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


def __getattr__(name: str) -> Any:
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
    from dagjob.errors import did_you_mean

    return AttributeError(f"module 'dagjob' has no attribute {name!r}.{did_you_mean(name, __all__)}")
