"""The contexts that user code sees, with Dagster's public names: built at the last moment, read by user code only.

The engine passes values to functions; it never reads from a context, except what the op has put there (`log_event`,
`add_output_metadata`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagjob.config.runconfig import with_enum_values
from dagjob.config.schema import config_class
from dagjob.engine.run_info import RunInfo
from dagjob.errors import (
    CheckError,
    DagjobInvalidPropertyError,
    DagjobInvariantViolationError,
    DagjobUnknownResourceError,
)
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.nodes import Node
    from dagjob.definitions.ops import OpDefinition
    from dagjob.partitions.base import PartitionKeyRange, TimeWindow

RUNNING: ContextVar[OpExecutionContext] = ContextVar("dagjob_running_op")
"""The context of the op that runs here, for `OpExecutionContext.get()`."""


class Resources:
    """`context.resources`: what was declared, by attribute."""

    __slots__ = ("_by_key", "_whose")

    def __init__(self, by_key: Mapping[str, Any], whose: str = "this op") -> None:
        self._by_key = dict(by_key)
        self._whose = whose

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self._by_key[key]
        except KeyError:
            raise DagjobUnknownResourceError(
                f'{self._whose} did not declare the resource "{key}": '
                f'add it, as in  required_resource_keys={{"{key}"}}  (declared: {", ".join(self._by_key) or "none"})'
            ) from None

    def __getitem__(self, index: int) -> Any:
        return list(self._by_key.values())[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._by_key.values())

    def _asdict(self) -> dict[str, Any]:
        return dict(self._by_key)

    def __repr__(self) -> str:
        return f"Resources({', '.join(self._by_key)})"


class NodeHandle(Record):
    """The path of an op in its job; its text is `outer.inner`."""

    path: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part."""
        return self.path[-1]

    @property
    def parent(self) -> NodeHandle | None:
        """The enclosing graph."""
        return NodeHandle(self.path[:-1]) if len(self.path) > 1 else None

    def to_string(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    def __str__(self) -> str:
        return self.to_string()


class RunView(Record):
    """`context.run`: the run record, as far as an op may know it while it runs."""

    run_id: str
    job_name: str
    run_config: Mapping[str, Any]
    tags: Mapping[str, str]
    parent_run_id: str | None = None
    root_run_id: str | None = None

    @property
    def status(self) -> str:
        """Dagster's word for a run that goes on."""
        return "STARTED"


def op_config_of(definition: Any, config: Any) -> Any:
    """The config of an op as its code may ask for it."""
    return config if config_class(definition.config_schema) is None else with_enum_values(config)


class OpExecutionContext:
    """What an op's body may ask and tell: its config, resources, run, logger; events and metadata."""

    def __init__(
        self,
        *,
        run: RunInfo,
        job: JobDefinition,
        node: Node,
        path: tuple[str, ...],
        step_key: str,
        attempt: int,
        config: Any,
        resources: Mapping[str, Any],
        mapping_key: str | None,
        log: Callable[[], Any],
        progress: Callable[[float, float | None, str, str], None],
    ) -> None:
        self._run = run
        self._job = job
        self._node = node
        self._path = path
        self._attempt = attempt
        self._mapping_key = mapping_key
        self._open_log = log
        self._report_progress = progress
        self._config = config
        self.step_key = step_key
        """The key of the running step (dagjob's own)."""
        self.resources = Resources(resources, f'op "{node.name}"')
        self._events: list[Any] = []
        self._output_metadata: dict[tuple[str, str | None], dict[str, Any]] = {}
        self._yielded: set[tuple[str, str | None]] = set()

    @cached_property
    def op_config(self) -> Any:
        """The config of the op with its defaults, as a dict also where the op gets an object; None without any."""
        return op_config_of(self._node.definition, self._config)

    @staticmethod
    def get() -> OpExecutionContext:
        """The context of the op that is running, from anywhere below it in the call stack."""
        context = RUNNING.get(None)
        if context is None:
            raise DagjobInvariantViolationError("no op is running here, so there is no OpExecutionContext to get")
        return context

    # -- the run ---------------------------------------------------------------------------------------------------

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._run.run_id

    @property
    def run(self) -> RunView:
        """The run record."""
        run = self._run
        return RunView(run.run_id, run.job, run.config, run.tags, run.parent_run_id, run.root_run_id)

    @property
    def dagster_run(self) -> RunView:
        """The older name of `run`."""
        return self.run

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The run config as it was passed, without defaults."""
        return self._run.config

    @property
    def run_tags(self) -> Mapping[str, str]:
        """All tags of the run."""
        return self._run.tags

    def has_tag(self, key: str) -> bool:
        """Has the run this tag?"""
        return key in self._run.tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag of the run, or None."""
        return self._run.tags.get(key)

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return self._run.job

    @property
    def job_def(self) -> JobDefinition:
        """The job."""
        return self._job

    @property
    def location_name(self) -> None:
        """There are no code locations here."""
        return

    # -- the op ----------------------------------------------------------------------------------------------------

    @property
    def op(self) -> Node:
        """The invocation: `name` is the alias, `tags` are those of definition and invocation."""
        return self._node

    @property
    def op_def(self) -> OpDefinition:
        """The op's definition."""
        definition: OpDefinition = self._node.definition  # type: ignore[assignment]
        return definition

    @property
    def op_handle(self) -> NodeHandle:
        """Where the op stands in the job."""
        return NodeHandle(self._path)

    @property
    def node_handle(self) -> NodeHandle:
        """The same."""
        return self.op_handle

    @property
    def retry_number(self) -> int:
        """0 on the first attempt, then 1, 2, ..."""
        return self._attempt - 1

    @property
    def selected_output_names(self) -> list[str]:
        """The names of the op's outputs."""
        return list(self.op_def.outs)

    def get_mapping_key(self) -> str | None:
        """The mapping key of a mapped step."""
        return self._mapping_key

    def describe_op(self) -> str:
        """For messages."""
        return f'op "{self.op_handle}"'

    # -- partitions ------------------------------------------------------------------------------------------------

    @property
    def has_partitions(self) -> bool:
        """Is the run for a partition or a range of them?"""
        return self.has_partition_key

    @property
    def has_partition_key(self) -> bool:
        """Is the run for one partition?"""
        return self._run.partition_key is not None

    @property
    def partition_key(self) -> str:
        """The partition key of the run."""
        if self._run.partition_key is None:
            raise DagjobInvariantViolationError(
                f'run {self._run.run_id[:8]} of job "{self.job_name}" has no partition key: it is not partitioned'
            )
        return self._run.partition_key

    @property
    def has_partition_key_range(self) -> bool:
        """Is the run for a range of partitions?"""
        return False

    @property
    def partition_keys(self) -> list[str]:
        """The keys of the run's partitions."""
        return [self.partition_key]

    @property
    def multi_partition_key(self) -> str:
        """The key of a run over several dimensions."""
        raise self._unpartitioned("multi_partition_key")

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        """The range of keys of the run."""
        raise self._unpartitioned("partition_key_range")

    @property
    def partition_time_window(self) -> TimeWindow:
        """The time that the run's partition stands for."""
        raise self._unpartitioned("partition_time_window")

    def _unpartitioned(self, name: str) -> DagjobInvariantViolationError:
        return DagjobInvariantViolationError(f'{name}: the job "{self.job_name}" has no partitions')

    @property
    def repository_def(self) -> Any:
        """There are no repositories behind a run here."""
        raise CheckError("repository_def: a run of dagjob knows its job, not a repository")

    # -- what the op says ------------------------------------------------------------------------------------------

    @property
    def log(self) -> Any:
        """A `logging.Logger`; its lines are kept with the step and shown by `dagjob runs logs`."""
        return self._open_log()

    @property
    def pdb(self) -> Any:
        """`context.pdb.set_trace()` opens the debugger on the terminal, also in a child process."""
        from dagjob.engine.debugger import TerminalPdb

        return TerminalPdb()

    def progress(self, done: float, total: float | None = None, unit: str = "", text: str = "") -> None:
        """Show how far the op is (dagjob's own): `context.progress(520, 1000, "chunks")`."""
        self._report_progress(done, total, unit, text)

    def log_event(self, event: Any) -> None:
        """Report an `AssetMaterialization`, `AssetObservation` or `ExpectationResult`."""
        from dagjob.values.observations import AssetMaterialization, AssetObservation, ExpectationResult

        if not isinstance(event, (AssetMaterialization, AssetObservation, ExpectationResult)):
            raise CheckError(
                f"log_event takes an AssetMaterialization, AssetObservation or ExpectationResult, not {event!r} "
                f"(a {type(event).__name__})"
            )
        self._events.append(event)

    def has_events(self) -> bool:
        """Is there a reported event that was not passed on yet?"""
        return bool(self._events)

    def consume_events(self) -> Iterator[Any]:
        """Pass the reported events on; the engine calls this."""
        events, self._events = self._events, []
        yield from events

    def add_output_metadata(
        self, metadata: Mapping[str, Any], output_name: str | None = None, mapping_key: str | None = None
    ) -> None:
        """Attach metadata to an output before it is yielded. Later keys win, also over those of `Output(metadata=)`."""
        name = self._output_to_describe(output_name, mapping_key)
        self._output_metadata.setdefault((name, mapping_key), {}).update(metadata)

    def get_output_metadata(self, output_name: str, mapping_key: str | None = None) -> Mapping[str, Any] | None:
        """What was attached to an output so far."""
        return self._output_metadata.get((output_name, mapping_key))

    def _output_to_describe(self, output_name: str | None, mapping_key: str | None) -> str:
        outs = self.op_def.outs
        op = self.describe_op()
        if output_name is None and len(outs) != 1:
            raise DagjobInvariantViolationError(
                f"{op} has {len(outs)} outputs ({', '.join(outs) or 'none'}): say which with output_name="
            )
        name = output_name if output_name is not None else next(iter(outs))
        if name not in outs:
            raise DagjobInvariantViolationError(f'{op} has no output "{name}" (it has: {", ".join(outs) or "none"})')
        if outs[name].is_dynamic and mapping_key is None:
            raise DagjobInvariantViolationError(f'output "{name}" of {op} is dynamic: say which item with mapping_key=')
        if (name, mapping_key) in self._yielded:
            raise DagjobInvariantViolationError(
                f'output "{name}" of {op} was yielded already: add its metadata before that'
            )
        return name

    def _mark_yielded(self, output_name: str, mapping_key: str | None) -> Mapping[str, Any]:
        """The engine's: the output is out now. Returns the metadata that was attached to it."""
        self._yielded.add((output_name, mapping_key))
        return self._output_metadata.get((output_name, mapping_key), {})

    def __getattr__(self, name: str) -> Any:
        if name in _ASSET_MEMBERS:
            raise DagjobInvalidPropertyError(f'"{name}" belongs to assets; this is an op in a job')
        raise AttributeError(f"OpExecutionContext has no attribute {name!r}")


_ASSET_MEMBERS = frozenset(
    {
        "asset_key",
        "assets_def",
        "asset_key_for_input",
        "asset_key_for_output",
        "asset_partition_key_for_input",
        "asset_partition_key_for_output",
        "load_asset_value",
        "set_data_version",
        "get_asset_provenance",
    }
)


class HookContext(Record):
    """What a hook is told about the step after which it runs."""

    job_name: str
    run_id: str
    step_key: str
    op: Any
    hook_def: Any
    required_resource_keys: frozenset[str]
    resources: Resources
    op_config: Any
    op_exception: BaseException | None
    op_output_values: Mapping[str, Any]
    op_output_metadata: Mapping[str, Any]
    open_log: Callable[[], Any]

    @property
    def log(self) -> Any:
        """A logger; its lines are kept with the step."""
        return self.open_log()


class InitResourceContext:
    """What a resource function is told."""

    def __init__(
        self,
        *,
        resource_config: Any,
        resources: Mapping[str, Any],
        resource_def: Any = None,
        run: RunInfo | None = None,
        log: Callable[[], Any] | None = None,
        key: str = "a resource",
    ) -> None:
        self.resource_config = resource_config
        self.resources = Resources(resources, f'resource "{key}"')
        self.resource_def = resource_def
        self._run = run
        self._open_log = log

    @property
    def run(self) -> RunView | None:
        """The run record; None outside of a run."""
        run = self._run
        if run is None:
            return None
        return RunView(run.run_id, run.job, run.config, run.tags, run.parent_run_id, run.root_run_id)

    @property
    def run_id(self) -> str | None:
        """The id of the run; None outside of one."""
        return self._run.run_id if self._run is not None else None

    @property
    def dagster_run(self) -> RunView | None:
        """The older name of `run`."""
        return self.run

    @property
    def log(self) -> Any:
        """A logger."""
        from logging import getLogger

        return self._open_log() if self._open_log is not None else getLogger("dagjob")

    @property
    def log_manager(self) -> Any:
        """The older name of `log`."""
        return self.log

    def replace_config(self, config: Any) -> InitResourceContext:
        """The same context with another config."""
        made = copy(self)
        made.resource_config = config
        return made
