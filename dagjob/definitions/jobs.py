"""Jobs: a graph bound to everything that is needed to run it. `@job` and `JobDefinition`.

A definition is frozen: `with_...` returns copies. What depends on a run (config, partition, plan) is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, overload

from dagjob.definitions.executors import ExecutorDefinition, multi_or_in_process_executor
from dagjob.definitions.graphs import GraphDefinition, compose
from dagjob.definitions.iomanagers import default_io_manager
from dagjob.definitions.job_partitions import JobPartitions, checked_partitions
from dagjob.definitions.nodes import NO_HOOKS, Node, NodeDefinition, check_hooks, dress
from dagjob.definitions.requirements import check_inputs, check_names, check_resources, needed_resources
from dagjob.definitions.resources import ResourceDefinition, to_resource_definitions
from dagjob.definitions.retries import RetryPolicy, check_retry_policy
from dagjob.definitions.walk import walk_nodes
from dagjob.errors import (
    DagjobError,
    DagjobInvalidDefinitionError,
    DagjobInvariantViolationError,
    ParameterCheckError,
    Place,
    did_you_mean,
)
from dagjob.values.checks import check_kind
from dagjob.values.names import check_name, check_owners, normalize_tags

if TYPE_CHECKING:
    from dagjob.config.mapping import ConfigMapping
    from dagjob.config.schema import Schema
    from dagjob.definitions.hooks import HookDefinition
    from dagjob.definitions.loggers import LoggerDefinition
    from dagjob.definitions.partitioned_config import PartitionedConfig
    from dagjob.definitions.selection import Selection
    from dagjob.engine.result import ExecuteInProcessResult
    from dagjob.launch.instance import DagjobInstance
    from dagjob.partitions.base import PartitionsDefinition
    from dagjob.values.metadata import MetadataValue

IO_MANAGER = "io_manager"

JobConfig: TypeAlias = "dict[str, Any] | ConfigMapping | PartitionedConfig | None"
"""The forms in which a job has a config of its own; a `RunConfig` has become a dict."""


class JobDefinition(JobPartitions):
    """What `@job` and `graph.to_job()` return. Parameters as on the `@job` page (contract def-3)."""

    def __init__(
        self,
        *,
        graph_def: GraphDefinition,
        name: str | None = None,
        description: str | None = None,
        resource_defs: Mapping[str, object] | None = None,
        config: Any = None,
        tags: Mapping[str, Any] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        logger_defs: Mapping[str, LoggerDefinition] | None = None,
        executor_def: ExecutorDefinition | None = None,
        hook_defs: Iterable[HookDefinition] | None = None,
        op_retry_policy: RetryPolicy | None = None,
        partitions_def: PartitionsDefinition | None = None,
        input_values: Mapping[str, object] | None = None,
        owners: Sequence[str] | None = None,
    ) -> None:
        self.graph = check_kind(graph_def, GraphDefinition, "JobDefinition: graph_def")
        self.name = check_name(name or graph_def.name, "job")
        subject = f'job "{self.name}"'
        check_inputs(self.name, graph_def)
        check_names(self.name, graph_def)
        check_kind(executor_def, (ExecutorDefinition, type(None)), f"{subject}: executor_def")
        self.executor_def = executor_def or multi_or_in_process_executor
        self.has_specified_executor = executor_def is not None
        self._loggers = _checked_loggers(logger_defs, subject)
        self.config: JobConfig = _checked_config(config, subject)
        self.partitions_def = checked_partitions(partitions_def, self.config, subject)
        check_kind(description, (str, type(None)), f"{subject}: description")
        self.description = description if description is not None else graph_def.description
        self.tags: Mapping[str, str] = normalize_tags(tags, subject)
        self.has_separately_defined_run_tags = run_tags is not None
        self.run_tags = self.tags if run_tags is None else normalize_tags(run_tags, f"run_tags of the {subject}")
        self.metadata = _normalized(metadata, subject)
        self.hook_defs = check_hooks(hook_defs, f"hooks of the {subject}") if hook_defs is not None else NO_HOOKS
        self.op_retry_policy = op_retry_policy
        if op_retry_policy is not None:
            check_retry_policy(op_retry_policy, f"op_retry_policy of the {subject}")
        own = to_resource_definitions(resource_defs, subject)
        self.resource_defs: dict[str, ResourceDefinition] = (
            own if IO_MANAGER in own else {IO_MANAGER: default_io_manager, **own}
        )
        if own:
            self.check_requirements()
        self.owners = check_owners(owners, subject)
        self.input_values = checked_inputs(subject, graph_def, input_values)
        self.whole_graph = graph_def
        """The graph from which a selection took `graph`; the same, where there was none."""
        self.selection: Selection | None = None
        self.place: Place | None = graph_def.place

    # -- structure -------------------------------------------------------------------------------------------------

    @property
    def loggers(self) -> Mapping[str, LoggerDefinition]:
        """The loggers that a run config may name: those of the job, else the console."""
        if self._loggers:
            return self._loggers
        from dagjob.definitions.loggers import default_loggers

        return default_loggers()

    @property
    def has_specified_loggers(self) -> bool:
        """Were loggers given, even if none?"""
        return self._loggers is not None

    @property
    def nodes(self) -> list[Node]:
        """The nodes of the graph in the order of the calls."""
        return self.graph.nodes

    @property
    def nodes_in_topological_order(self) -> list[Node]:
        """What feeds a node before it; inside a level by name."""
        return self.graph.nodes_in_topological_order

    @property
    def top_level_node_defs(self) -> list[NodeDefinition]:
        """The definitions that the nodes are uses of."""
        return self.graph.node_defs

    @property
    def all_node_defs(self) -> list[NodeDefinition]:
        """The definitions at any depth, each once."""
        return list({id(node.definition): node.definition for _, node in walk_nodes(self.graph)}.values())

    @property
    def dependencies(self) -> dict[Any, dict[str, Any]]:
        """How the nodes are wired, in the explicit form."""
        return self.graph.dependencies

    def has_node_named(self, name: str) -> bool:
        """Is there such a node at the top?"""
        return self.graph.has_node_named(name)

    def get_node_named(self, name: str) -> Node:
        """The node of that name at the top."""
        return self.graph.node_named(name)

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """The keys that ops, hooks, types and IO managers need, and what those need in turn."""
        return needed_resources(self)

    def check_requirements(self) -> None:
        """Raise `DagjobInvalidDefinitionError` for a resource that something needs and the job lacks."""
        check_resources(self.name, self.graph, self.hook_defs, self.resource_defs)

    # -- config ----------------------------------------------------------------------------------------------------

    @property
    def run_config(self) -> dict[str, Any] | None:
        """The dict or `RunConfig` that the job was defined with, as a plain dict; None where its config has another form."""
        return self.config if isinstance(self.config, dict) else None

    @property
    def config_mapping(self) -> ConfigMapping | None:
        """The config mapping of the job, if it has one."""
        if self.config is None or isinstance(self.config, dict):
            return None  # most jobs, which need not load what a mapping takes
        from dagjob.config.mapping import ConfigMapping

        return self.config if isinstance(self.config, ConfigMapping) else None

    @property
    def run_config_schema(self) -> Schema:
        """What a run config may be. Raises `DagjobInvalidConfigError` when the job's own config does not fit it."""
        from dagjob.plan.resolve import run_config_schema

        return run_config_schema(self)

    def check_own_config(self) -> None:
        """Raise `DagjobInvalidConfigError` when the dict that the job was defined with does not fit it by itself."""
        if self.run_config is not None:
            from dagjob.plan.resolve import run_config_schema

            run_config_schema(self)

    # -- copies ----------------------------------------------------------------------------------------------------

    def _copy(self, **changes: Any) -> JobDefinition:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.__dict__.update(changes)
        return made

    def with_hooks(self, hook_defs: Iterable[HookDefinition]) -> JobDefinition:
        """A copy with more hooks."""
        return self._copy(hook_defs=self.hook_defs | check_hooks(hook_defs, f'hooks of the job "{self.name}"'))

    def with_top_level_resources(self, resource_defs: Mapping[str, object]) -> JobDefinition:
        """A copy with these resources instead of its own."""
        own = to_resource_definitions(resource_defs, f'job "{self.name}"')
        return self._copy(resource_defs=own if IO_MANAGER in own else {IO_MANAGER: default_io_manager, **own})

    def with_executor_def(self, executor_def: ExecutorDefinition) -> JobDefinition:
        """A copy that runs by another executor."""
        return self._copy(executor_def=executor_def, has_specified_executor=True)

    def with_logger_defs(self, logger_defs: Mapping[str, LoggerDefinition]) -> JobDefinition:
        """A copy with these loggers."""
        return self._copy(_loggers=_checked_loggers(logger_defs, f'job "{self.name}"'))

    def with_metadata(self, metadata: Mapping[str, Any]) -> JobDefinition:
        """A copy with this metadata."""
        return self._copy(metadata=_normalized(metadata, f'job "{self.name}"'))

    # -- subsets ---------------------------------------------------------------------------------------------------

    def get_subset(self, *, op_selection: Iterable[str] | None = None, exclude: Iterable[str] = ()) -> JobDefinition:
        """The job with the ops that `op_selection` names (none: all) and `exclude` does not; the grammar is in docs/selection.md.

        Raises `DagjobInvalidSubsetError` for a clause that fits nothing, and for ops that cannot run without the others.
        """
        if op_selection in (None, ()) and exclude == ():
            return self
        from dagjob.definitions.selection import checked_clauses, select_ops
        from dagjob.definitions.subset import subset_graph

        clauses = checked_clauses(op_selection, "op_selection")
        excluded = checked_clauses(exclude, "exclude")
        if not clauses and not excluded:
            return self
        selection = select_ops(self.name, self.graph, clauses, excluded)
        return self._copy(graph=subset_graph(self.name, self.graph, selection), selection=selection)

    @property
    def whole(self) -> JobDefinition:
        """The job with all that a selection left out."""
        return self._copy(graph=self.whole_graph, selection=None) if self.is_subset else self

    @property
    def is_subset(self) -> bool:
        """Was this made by a selection of ops from another job?"""
        return self.selection is not None

    @property
    def op_selection(self) -> set[str] | None:
        """The clauses that a subset was made by."""
        return set(self.selection.clauses) if self.selection is not None else None

    @property
    def resolved_op_selection(self) -> set[str] | None:
        """The names that the clauses of a subset came to, dotted inside of graphs."""
        return set(self.selection.names) if self.selection is not None else None

    # -- running ---------------------------------------------------------------------------------------------------

    def execute_in_process(
        self,
        run_config: Any = None,
        instance: DagjobInstance | None = None,
        partition_key: str | None = None,
        raise_on_error: bool = True,
        *,
        run_id: str | None = None,
        input_values: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        op_selection: Sequence[str] | None = None,
    ) -> ExecuteInProcessResult:
        """Run the job here and now, for tests and notebooks; see `launch.in_process.execute_in_process`."""
        from dagjob.launch.in_process import execute_in_process

        return execute_in_process(
            self,
            run_config=run_config,
            raise_on_error=raise_on_error,
            run_id=run_id,
            input_values=input_values,
            tags=tags,
            resources=resources,
            op_selection=op_selection,
            instance=instance,
            partition_key=partition_key,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A job is no function."""
        raise DagjobInvariantViolationError(
            f'the job "{self.name}" was called like a function. Run it with  dagjob run MODULE:{self.name}  or '
            f"{self.name}.execute_in_process()."
        )

    def __repr__(self) -> str:
        return f"<JobDefinition {self.name}>"


# -- the decorator -------------------------------------------------------------------------------------------------


class _Decorator(Protocol):
    def __call__(self, compose_fn: Callable[..., Any], /) -> JobDefinition: ...


@overload
def job(compose_fn: Callable[..., Any], /) -> JobDefinition: ...
@overload
def job(
    *,
    name: str | None = ...,
    description: str | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    config: Any = ...,
    tags: Mapping[str, Any] | None = ...,
    run_tags: Mapping[str, Any] | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    logger_defs: Mapping[str, LoggerDefinition] | None = ...,
    executor_def: ExecutorDefinition | None = ...,
    hooks: set[HookDefinition] | frozenset[HookDefinition] | None = ...,
    op_retry_policy: RetryPolicy | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    input_values: Mapping[str, object] | None = ...,
    owners: Sequence[str] | None = ...,
) -> _Decorator: ...
def job(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    resource_defs: Mapping[str, object] | None = None,
    config: Any = None,
    tags: Mapping[str, Any] | None = None,
    run_tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    logger_defs: Mapping[str, LoggerDefinition] | None = None,
    executor_def: ExecutorDefinition | None = None,
    hooks: set[HookDefinition] | frozenset[HookDefinition] | None = None,
    op_retry_policy: RetryPolicy | None = None,
    partitions_def: PartitionsDefinition | None = None,
    input_values: Mapping[str, object] | None = None,
    owners: Sequence[str] | None = None,
) -> Any:
    """Make a job of a function that calls ops and graphs; used bare or with arguments.

    The function runs once, now, to record what it calls. Raises `DagjobInvalidDefinitionError` for what cannot be a job,
    `CheckError` for an argument of the wrong type.
    """

    def decorate(function: Callable[..., Any]) -> JobDefinition:
        graph = compose(function, name, "job", description=description)
        try:
            made = JobDefinition(
                graph_def=graph,
                name=graph.name,
                resource_defs=resource_defs,
                config=config,
                tags=tags,
                run_tags=run_tags,
                metadata=metadata,
                logger_defs=logger_defs,
                executor_def=executor_def,
                hook_defs=hooks,
                op_retry_policy=op_retry_policy,
                partitions_def=partitions_def,
                input_values=input_values,
                owners=owners,
            )
        except DagjobError as error:
            error.place = error.place or graph.place
            raise
        dress(made, function)
        return made

    return decorate if compose_fn is None else decorate(compose_fn)


# -- parts ---------------------------------------------------------------------------------------------------------


def _checked_loggers(
    logger_defs: Mapping[str, LoggerDefinition] | None, subject: str
) -> dict[str, LoggerDefinition] | None:
    if logger_defs is None:
        return None
    from dagjob.definitions.loggers import check_loggers

    return check_loggers(logger_defs, subject)


def _checked_config(config: object, subject: str) -> JobConfig:
    if config is None:
        return None
    from dagjob.config.runconfig import RunConfig, as_config

    if isinstance(config, dict | RunConfig):
        made: dict[str, Any] = as_config(config)
        return made
    from dagjob.config.mapping import ConfigMapping

    if isinstance(config, ConfigMapping):
        return config
    from dagjob.definitions.partitioned_config import PartitionedConfig

    if isinstance(config, PartitionedConfig):
        return config
    raise ParameterCheckError(
        f"{subject}: config must be a dict, a RunConfig, a ConfigMapping or a PartitionedConfig, not {config!r}."
    )


def _normalized(metadata: Mapping[str, Any] | None, subject: str) -> Mapping[str, MetadataValue]:
    if metadata is None:
        return {}
    check_kind(metadata, (dict, Mapping), f"metadata of the {subject}")
    from dagjob.values.metadata import normalize_metadata

    return normalize_metadata(metadata)


def checked_inputs(subject: str, graph: GraphDefinition, values: Mapping[str, object] | None) -> dict[str, object]:
    """Values for inputs of a job; raises `DagjobInvalidDefinitionError` for a name that it does not have."""
    if values is None:
        return {}
    check_kind(values, (dict, Mapping), f"{subject}: input_values")
    for name in values:
        if name not in graph.graph_inputs:
            known = ", ".join(graph.graph_inputs) or "none"
            raise DagjobInvalidDefinitionError(
                f'the {subject} has no input "{name}" (it has: {known}).{did_you_mean(name, graph.graph_inputs)}'
            )
    return dict(values)
