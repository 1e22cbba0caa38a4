"""The contexts that user code sees, with Dagster's public names: built at the last moment, read by user code only.

The engine passes values to functions; it never reads from a context, except what the op has put there (`log_event`,
`add_output_metadata`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from dagjob.engine.facts import OfCall, OpFacts, Resources
from dagjob.engine.of_partition import OfPartition
from dagjob.errors import CheckError, DagjobInvalidPropertyError, DagjobInvariantViolationError
from dagjob.record import Record
from dagjob.values.checks import brief

if TYPE_CHECKING:
    from logging import Logger
    from pdb import Pdb

    from dagjob.definitions.nodes import Node
    from dagjob.definitions.resources import ResourceDefinition
    from dagjob.engine.run_info import RunInfo
    from dagjob.engine.run_record import DagjobRun
    from dagjob.launch.instance import DagjobInstance


def _record_of(run: RunInfo) -> DagjobRun:
    from dagjob.engine.run_record import record_of  # loads enum

    return record_of(run)


RUNNING: ContextVar[OpExecutionContext] = ContextVar("dagjob_running_op")
"""The context of the op that runs here, for `OpExecutionContext.get()`."""


class NodeHandle(Record):
    """The path of an op in its job; its text is `outer.inner`."""

    parts: tuple[str, ...]

    @property
    def path(self) -> list[str]:
        """The names on the way to it, its own the last."""
        return list(self.parts)

    @property
    def name(self) -> str:
        """The last part."""
        return self.parts[-1]

    @property
    def parent(self) -> NodeHandle | None:
        """The enclosing graph."""
        return NodeHandle(self.parts[:-1]) if len(self.parts) > 1 else None

    def to_string(self) -> str:
        """The path with dots."""
        return ".".join(self.parts)

    def __str__(self) -> str:
        return self.to_string()


class OpExecutionContext(OfCall, OfPartition):
    """What an op's body may ask and tell: its config, resources, run, logger; events and metadata."""

    def __init__(self, facts: OpFacts) -> None:
        super().__init__(facts)
        self._forget_call()

    def _forget_call(self) -> None:
        """Nothing was reported, attached or yielded yet."""
        self._events: list[Any] = []
        self._output_metadata: dict[tuple[str, str | None], dict[str, Any]] = {}
        self._yielded: set[tuple[str, str | None]] = set()

    @property
    def resources(self) -> Resources:
        """What the op has declared, by attribute."""
        return self._facts.op_resources

    @property
    def step_key(self) -> str:
        """The key of the running step (dagjob's own)."""
        return self._facts.in_run("step_key").key

    @staticmethod
    def get() -> OpExecutionContext:
        """The context of the op that is running, from anywhere below it in the call stack."""
        context = RUNNING.get(None)
        if context is None:
            raise DagjobInvariantViolationError("no op is running here, so there is no OpExecutionContext to get")
        return context

    # -- the run ---------------------------------------------------------------------------------------------------

    @property
    def run(self) -> DagjobRun:
        """The run record."""
        return _record_of(self._facts.in_run("run").run)

    @property
    def dagster_run(self) -> DagjobRun:
        """The older name of `run`."""
        return _record_of(self._facts.in_run("dagster_run").run)

    @property
    def location_name(self) -> None:
        """There are no code locations here."""
        return

    # -- the op ----------------------------------------------------------------------------------------------------

    @property
    def op(self) -> Node:
        """The invocation: `name` is the alias, `tags` are those of definition and invocation."""
        return self._facts.in_run("op").node

    @property
    def op_handle(self) -> NodeHandle:
        """Where the op stands in the job."""
        return NodeHandle(self._facts.in_run("op_handle").step.node)

    @property
    def node_handle(self) -> NodeHandle:
        """The same."""
        return NodeHandle(self._facts.in_run("node_handle").step.node)

    @property
    def retry_number(self) -> int:
        """0 on the first attempt, then 1, 2, ..."""
        return self._facts.attempt - 1

    @property
    def selected_output_names(self) -> list[str]:
        """The names of the op's outputs."""
        return list(self._facts.op.outs)

    def get_mapping_key(self) -> str | None:
        """The mapping key of a mapped step."""
        return self._facts.mapping_key

    def get_step_execution_context(self) -> OpExecutionContext:
        """In Dagster, the engine's own context of the step; here, this one."""
        self._facts.in_run("get_step_execution_context")
        return self

    def describe_op(self) -> str:
        """For messages."""
        return f'op "{self._facts.op_path}"'

    @property
    def op_execution_context(self) -> Self:
        """Itself."""
        return self

    # -- what is not there -----------------------------------------------------------------------------------------

    @property
    def repository_def(self) -> Any:
        """There are no repositories behind a run here."""
        self._facts.in_run("repository_def")
        raise CheckError("repository_def: a run of dagjob knows its job, not a repository")

    @property
    def step_launcher(self) -> None:
        """There are no step launchers here."""
        self._facts.in_run("step_launcher")

    @property
    def has_assets_def(self) -> bool:
        """Never, for an op in a job."""
        return False

    @property
    def selected_asset_keys(self) -> set[Any]:
        """None, for an op in a job."""
        return set()

    @property
    def is_subset(self) -> bool:
        """Never, for an op in a job."""
        return False

    # -- what the op says ------------------------------------------------------------------------------------------

    @property
    def pdb(self) -> Pdb:
        """`context.pdb.set_trace()` opens the debugger on the terminal, where ops run in process."""
        from dagjob.engine.breakpoints import terminal_pdb

        return terminal_pdb()

    def progress(self, done: float, total: float | None = None, unit: str = "", text: str = "") -> None:
        """Show how far the op is (dagjob's own): `context.progress(520, 1000, "chunks")`. Say it as often as you like."""
        self._facts.progress(done, total, unit, text)

    def log_event(self, event: Any) -> None:
        """Report an `AssetMaterialization`, `AssetObservation` or `ExpectationResult`."""
        from dagjob.values.observations import AssetMaterialization, AssetObservation, ExpectationResult

        if not isinstance(event, (AssetMaterialization, AssetObservation, ExpectationResult)):
            raise CheckError(
                f"log_event takes an AssetMaterialization, AssetObservation or ExpectationResult, not {brief(event)} "
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


class InitResourceContext:
    """What a resource function is told."""

    def __init__(
        self,
        *,
        resource_config: Any,
        resources: Mapping[str, Any],
        resource_def: ResourceDefinition | None = None,
        run: RunInfo | None = None,
        log: Callable[[], Logger] | None = None,
        key: str = "a resource",
    ) -> None:
        self.resource_config = resource_config
        self._resources = Resources(resources, f'resource "{key}"')
        self.resource_def = resource_def
        self._run = run
        self._open_log = log

    @property
    def resources(self) -> Resources:
        """What the resource has declared, by attribute."""
        return self._resources

    @property
    def run(self) -> DagjobRun | None:
        """The run record; None outside of a run."""
        return _record_of(self._run) if self._run is not None else None

    @property
    def run_id(self) -> str | None:
        """The id of the run; None outside of one."""
        return self._run.run_id if self._run is not None else None

    @property
    def dagster_run(self) -> DagjobRun | None:
        """The older name of `run`."""
        return self.run

    @property
    def has_partition_key(self) -> bool:
        """Is the run for one partition? (dagjob's own)"""
        return self._run is not None and self._run.partition_key is not None

    @property
    def partition_key(self) -> str:
        """The partition key of the run (dagjob's own)."""
        key = self._run.partition_key if self._run is not None else None
        if key is None:
            raise DagjobInvariantViolationError("there is no partition_key: the run has no partition")
        return key

    @property
    def instance(self) -> DagjobInstance:
        """Where runs are kept, this one too; outside of a run what was given, or an empty one."""
        from dagjob.engine.instances import instance_of

        return instance_of(self._run)

    @property
    def storage_dir(self) -> str | None:
        """Where the outputs of the run are kept by default (dagjob's own)."""
        return self._run.out_dir if self._run is not None else None

    @property
    def log(self) -> Logger:
        """A logger."""
        from logging import getLogger

        return self._open_log() if self._open_log is not None else getLogger("dagjob")

    @property
    def log_manager(self) -> Logger:
        """The older name of `log`."""
        return self.log

    def replace_config(self, config: Any) -> InitResourceContext:
        """The same context with another config."""
        from copy import copy

        made = copy(self)
        made.resource_config = config
        return made
