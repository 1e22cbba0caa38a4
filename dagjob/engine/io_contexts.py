"""What an IO manager is told: `OutputContext` and `InputContext`, with Dagster's public names.

They are built just before `handle_output` or `load_input` is called; the engine itself never reads from them, except for what
the manager has added. A member that has no value here raises and says which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from dagjob.errors import CheckError, DagjobInvalidMetadata, DagjobInvariantViolationError
from dagjob.values.checks import brief

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.definitions.types import DagjobType
    from dagjob.engine.contexts import OpExecutionContext
    from dagjob.engine.facts import OpFacts, Resources
    from dagjob.engine.run_info import RunInfo
    from dagjob.launch.instance import DagjobInstance


class _IOContext:
    """What both contexts share. Values that were not given raise when they are asked for."""

    _kind = "IOContext"

    def __init__(self, more: Callable[[], Mapping[str, Any]] | None = None, **given: Any) -> None:
        """`more` gives what is seldom asked for, when it is."""
        self._given = given
        self._more = more
        self._metadata: dict[str, Any] = {}

    def _get(self, name: str) -> Any:
        value = self._given.get(name)
        if value is None and self._more is not None:
            more, self._more = self._more, None
            self._given = {**more(), **self._given}
            value = self._given.get(name)
        return value

    def _ask(self, name: str) -> Any:
        value = self._given.get(name)
        if value is None:
            value = self._get(name)
        if value is None:
            asked = "step_context" if name == "scope" else name
            raise DagjobInvariantViolationError(
                f'{self._kind} has no "{asked}": it was not given when the context was built'
            )
        return value

    @property
    def name(self) -> str:
        """Of the output or input."""
        return str(self._ask("name"))

    @property
    def job_name(self) -> str:
        """Of the job."""
        return str(self._ask("job_name"))

    @property
    def job_def(self) -> JobDefinition:
        """The job that runs."""
        job: JobDefinition = self._ask("job_def")
        return job

    @property
    def op_def(self) -> OpDefinition:
        """The op that the output or input belongs to."""
        op: OpDefinition = self._ask("op_def")
        return op

    @property
    def dagster_type(self) -> DagjobType:
        """Its declared type."""
        kind: DagjobType = self._ask("dagster_type")
        return kind

    @property
    def config(self) -> Any:
        """Config of this one output or input."""
        return self._get("config")

    @property
    def resource_config(self) -> Any:
        """Config of the IO manager; None for one without a schema, whose run config says nothing."""
        return self._get("resource_config")

    @property
    def resources(self) -> Resources:
        """The resources that the IO manager requires."""
        resources: Resources = self._ask("resources")
        return resources

    @property
    def step_context(self) -> OpExecutionContext:
        """What the op that runs may ask; in Dagster, the engine's own context of the step."""
        from dagjob.engine.contexts import OpExecutionContext

        return OpExecutionContext(self._ask("scope"))

    @property
    def definition_metadata(self) -> Mapping[str, Any]:
        """The metadata of the `In` or `Out`, as it was written."""
        return self._get("definition_metadata") or {}

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The old name of `definition_metadata`."""
        return self.definition_metadata

    @property
    def log(self) -> Logger:
        """A logger; what it writes is kept with the step."""
        open_log: Callable[[], Logger] | None = self._get("log")
        if open_log is not None:
            return open_log()
        from dagjob.engine.logs import DagjobLogManager  # built for a test

        return DagjobLogManager("dagjob")

    @property
    def has_partition_key(self) -> bool:
        """Is the run for one partition?"""
        return self._get("partition_key") is not None

    @property
    def partition_key(self) -> str:
        """The run's partition key."""
        key: str | None = self._get("partition_key")
        if key is None:
            raise DagjobInvariantViolationError(f"{self._kind} has no partition key: the run is not partitioned")
        return key

    @property
    def has_asset_key(self) -> bool:
        """Never, in a job of ops."""
        return False

    @property
    def has_asset_partitions(self) -> bool:
        """Never, in a job of ops."""
        return False

    def _replace_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Attach metadata; later keys win."""
        from dagjob.values.metadata import normalize_metadata

        self._metadata.update(normalize_metadata(metadata))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith(("asset_", "get_asset_")):
            raise DagjobInvariantViolationError(
                f'{self._kind} has no "{name}": this is an output or input of an op, and belongs to no asset'
            )
        raise AttributeError(f"{self._kind} has no attribute {name!r}")


class OutputContext(_IOContext):
    """What `handle_output` is told about the output that it stores."""

    _kind = "OutputContext"
    stored: tuple[str | None, int | None] = (None, None)
    """File and size, where the manager has told them."""

    @property
    def step_key(self) -> str:
        """The step that made the output."""
        return str(self._ask("step_key"))

    @property
    def run_id(self) -> str:
        """The run that made the output."""
        return str(self._ask("run_id"))

    @property
    def mapping_key(self) -> str | None:
        """Of a dynamic output."""
        return self._given.get("mapping_key")

    @property
    def output_metadata(self) -> Mapping[str, Any]:
        """What the op attached to this output."""
        return self._given.get("output_metadata") or {}

    @property
    def version(self) -> str | None:
        """The code version of the output, where it has one."""
        version: str | None = self._get("version")
        return version

    @property
    def storage_dir(self) -> str | None:
        """Where the outputs of the run are kept by default (dagjob's own)."""
        run: RunInfo | None = self._given.get("run")
        return run.out_dir_of(self.run_id) if run is not None else None

    def get_identifier(self) -> list[str]:
        """`[run_id, step_key, name]`, and the mapping key of a dynamic output."""
        key = [self.run_id, self.step_key, self.name]
        return [*key, self.mapping_key] if self.mapping_key is not None else key

    def get_run_scoped_output_identifier(self) -> list[str]:
        """The same, under its older name."""
        return self.get_identifier()

    def add_output_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Attach metadata to the event that tells of the stored output; each key once."""
        for key in metadata:
            if key in self._metadata:
                raise DagjobInvalidMetadata(f'the metadata "{key}" of {self._kind} was added before')
        self._replace_metadata(metadata)

    def get_logged_metadata(self) -> Mapping[str, Any]:
        """What was attached so far."""
        return self._metadata

    def stored_at(self, path: str, size: int) -> None:
        """Say which file holds the output and how many bytes it has (dagjob's own)."""
        self.stored = (path, size)

    def log_event(self, event: object) -> None:
        """Report an `AssetMaterialization` or `AssetObservation`."""
        from dagjob.values.observations import AssetMaterialization, AssetObservation

        if not isinstance(event, (AssetMaterialization, AssetObservation)):
            raise CheckError(
                f"log_event takes an AssetMaterialization or AssetObservation, not {brief(event)} "
                f"(a {type(event).__name__})"
            )
        self._given.setdefault("events", []).append(event)

    def get_logged_events(self) -> list[object]:
        """What was reported so far."""
        return list(self._given.get("events", ()))


class InputContext(_IOContext):
    """What `load_input` is told about the input that it loads. `upstream_output` is None for an unconnected input."""

    _kind = "InputContext"

    @property
    def has_input_name(self) -> bool:
        """Was a name given? In a run always."""
        return self._given.get("name") is not None

    @property
    def upstream_output(self) -> OutputContext | None:
        """The output that feeds the input."""
        upstream: OutputContext | None = self._get("upstream_output")
        return upstream

    @property
    def instance(self) -> DagjobInstance:
        """Where runs are kept."""
        scope: OpFacts | None = self._get("scope")
        if scope is not None:
            return scope.open_instance()
        instance: DagjobInstance = self._ask("instance")
        return instance

    def get_identifier(self) -> list[str]:
        """That of the upstream output."""
        if self.upstream_output is None:
            raise DagjobInvariantViolationError("InputContext has no upstream output, so no identifier")
        return self.upstream_output.get_identifier()

    def add_input_metadata(self, metadata: Mapping[str, Any], description: str | None = None) -> None:
        """Attach metadata to the event that tells of the loaded input; later keys win."""
        self._replace_metadata(metadata)


def output_context(
    run: RunInfo, run_id: str | None = None, more: Callable[[], Mapping[str, Any]] | None = None, **given: Any
) -> OutputContext:
    """The context of one output of this run, or of the run `run_id` that it reads from."""
    return OutputContext(
        more,
        run_id=run_id or run.run_id,
        job_name=run.job,
        partition_key=run.partition_key,
        run=run,
        **given,
    )
