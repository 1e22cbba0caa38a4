"""The facts that contexts are made from, and the parts that they share.

A context shows user code the call of an op. What it shows comes from one of two providers: an attempt in a run
(`attempt.py`), or what a test has given to `build_op_context` (`direct.py`), behind which there is no run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from dagjob.config.runconfig import with_enum_values
from dagjob.config.schema import config_class
from dagjob.errors import DagjobUnknownResourceError

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.engine.attempt import AttemptScope
    from dagjob.launch.instance import DagjobInstance
    from dagjob.partitions.base import PartitionKeyRange


class OpFacts(Protocol):
    """One call of an op, as contexts and checks want to know it."""

    @property
    def key(self) -> str:
        """The key of the step; the name of the op in a direct call."""

    @property
    def owner(self) -> str:
        """Who has the inputs and outputs, for messages: `step "load"`, `op "load"`."""

    @property
    def op_path(self) -> str:
        """Where the op stands: `outer.inner`; its name in a direct call."""

    @property
    def source(self) -> str:
        """What tags and partition come from, for messages: the run, or the context of a test."""

    @property
    def op(self) -> OpDefinition:
        """Raises `DagjobInvalidPropertyError` where no op is being called."""

    @property
    def op_config(self) -> Any:
        """The config of the op, as a dict also where the op gets an object; None without any."""

    @property
    def resources(self) -> Mapping[str, Any]:
        """All that are open, by key."""

    @property
    def op_resources(self) -> Resources:
        """What `context.resources` shows to the op."""

    @property
    def run_id(self) -> str: ...

    @property
    def tags(self) -> Mapping[str, str]: ...

    @property
    def partition_key(self) -> str | None: ...

    @property
    def partition_key_range(self) -> PartitionKeyRange | None: ...

    @property
    def mapping_key(self) -> str | None: ...

    @property
    def attempt(self) -> int:
        """1 for the first."""

    def log(self) -> Logger:
        """The logger of the call; opened when it is first asked for."""

    def progress(self, done: float, total: float | None, unit: str, text: str) -> None:
        """Tell how far the op is."""

    def open_instance(self) -> DagjobInstance:
        """Where runs are kept, this one too; outside of a run what was given, or an empty one."""

    def in_run(self, asked: str) -> AttemptScope:
        """The attempt, for `asked`, a member that only a run has. Raises `DagjobInvalidPropertyError` outside of one."""


class Resources:
    """`context.resources`: what was declared, by attribute."""

    __slots__ = ("_by_key", "_owner")

    def __init__(self, by_key: Mapping[str, Any], owner: str = "this op") -> None:
        self._by_key = {key: _shown(value) for key, value in by_key.items()}
        self._owner = owner

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self._by_key[key]
        except KeyError:
            raise DagjobUnknownResourceError(
                f'{self._owner} did not declare the resource "{key}": '
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


def _shown(value: Any) -> Any:
    """What `context.resources` shows of a resource: itself, or what an `IAttachDifferentObjectToOpContext` says."""
    if hasattr(type(value), "get_object_to_set_on_execution_context"):  # its class needs pydantic, so it is not named
        return value.get_object_to_set_on_execution_context()
    return value


class OfCall:
    """What every context of a call of an op tells: the run, the job, the op and its config, a logger."""

    def __init__(self, facts: OpFacts) -> None:
        self._facts = facts

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._facts.run_id

    @property
    def run_config(self) -> Mapping[str, Any]:
        """The run config as it was passed, without defaults."""
        return self._facts.in_run("run_config").run.config

    @property
    def run_tags(self) -> Mapping[str, str]:
        """All tags of the run."""
        return self._facts.tags

    def has_tag(self, key: str) -> bool:
        """Has the run this tag?"""
        return key in self._facts.tags

    def get_tag(self, key: str) -> str | None:
        """The value of a tag of the run, or None."""
        return self._facts.tags.get(key)

    @property
    def job_name(self) -> str:
        """The name of the job."""
        return self._facts.in_run("job_name").run.job

    @property
    def job_def(self) -> JobDefinition:
        """The job."""
        return self._facts.in_run("job_def").job

    @property
    def op_def(self) -> OpDefinition:
        """The definition of the op that is called."""
        return self._facts.op

    @property
    def op_config(self) -> Any:
        """The config of the op with its defaults, as a dict also where the op gets an object; None without any."""
        return self._facts.op_config

    @property
    def instance(self) -> DagjobInstance:
        """Where runs are kept, and can be asked for."""
        return self._facts.open_instance()

    @property
    def log(self) -> Logger:
        """A `logging.Logger`; its lines are kept with the step and shown by `dagjob runs logs`."""
        return self._facts.log()


def op_config_of(op: OpDefinition, config: Any) -> Any:
    """The config of an op as its code may ask for it: that of a class as a dict, enums by their values."""
    return config if config_class(op.config_schema) is None else with_enum_values(config)
