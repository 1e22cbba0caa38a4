"""What the parts of one attempt share: where it stands, its op, and whom it tells. Made in `step.py`, read by the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dagjob import clock
from dagjob.definitions.iomanagers import InputManagerDefinition
from dagjob.definitions.walk import op_at, op_node_at
from dagjob.engine.facts import Resources, op_config_of
from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.run_info import RunInfo
from dagjob.events import Progressed
from dagjob.plan.schedule import will_retry
from dagjob.plan.steps import Failed, Port, node_path

if TYPE_CHECKING:
    from logging import Logger

    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.ops import OpDefinition
    from dagjob.engine.progress import Progress, ProgressReports
    from dagjob.launch.instance import DagjobInstance
    from dagjob.partitions.base import PartitionKeyRange


class AttemptScope:
    """One attempt as its parts see it: the `OpFacts` of a run. `resources` are those that are open, by key."""

    __slots__ = (
        "_op_config", "_op_resources", "_reports", "attempt", "call", "emit", "job", "key", "log", "memory", "node", "op",
        "resources", "run", "step",
    )  # fmt: skip

    def __init__(
        self,
        call: StepCall,
        emit: Emit,
        *,
        job: JobDefinition,
        run: RunInfo,
        resources: Mapping[str, Any],
        log: Callable[[], Logger],
        memory: Memory,
    ) -> None:
        self.call = call
        self.emit = emit
        self.job = job
        self.node, self.op = op_node_at(job.graph, call.step.node)
        self.run = run
        self.resources = resources
        self.log = log
        self.memory = memory
        self.step = call.step
        self.key = call.step.key
        self.attempt = call.attempt
        self._op_config: Any = _NOT_ASKED
        self._op_resources: Resources | None = None
        self._reports: ProgressReports | None = None

    @property
    def owner(self) -> str:
        return f'step "{self.key}"'

    @property
    def op_path(self) -> str:
        return ".".join(self.step.node)

    @property
    def source(self) -> str:
        return f'run {self.run.run_id[:8]} of job "{self.run.job}"'

    @property
    def run_id(self) -> str:
        return self.run.run_id

    @property
    def tags(self) -> Mapping[str, str]:
        return self.run.tags

    @property
    def partition_key(self) -> str | None:
        return self.run.partition_key

    @property
    def partition_key_range(self) -> PartitionKeyRange | None:
        if self.run.partition_range is None:
            return None
        from dagjob.partitions.base import PartitionKeyRange

        return PartitionKeyRange(*self.run.partition_range)

    @property
    def mapping_key(self) -> str | None:
        return self.step.mapping_key

    @property
    def op_config(self) -> Any:
        if self._op_config is _NOT_ASKED:
            self._op_config = op_config_of(self.op, self.step.config)
        return self._op_config

    @property
    def op_resources(self) -> Resources:
        if self._op_resources is None:
            known = self.job.resource_defs
            keys = self.op.required_resource_keys | {out.io_manager_key for out in self.op.outs.values()}
            keys |= {key for key in self.step.resources if isinstance(known.get(key), InputManagerDefinition)}
            shown = {key: value for key, value in self.resources.items() if key in keys}
            self._op_resources = Resources(shown, f'op "{self.node.name}"')
        return self._op_resources

    def resource_view(self, key: str) -> Resources:
        """The resources that the resource `key` (an IO manager) requires."""
        needed = self.job.resource_defs[key].required_resource_keys
        return Resources({other: self.resources[other] for other in needed}, f'resource "{key}"')

    def reports(self) -> ProgressReports:
        """Who takes what is said of the progress of this attempt."""
        if self._reports is None:
            from dagjob.engine.progress import ProgressReports

            self._reports = ProgressReports(self._tell_progress)
        return self._reports

    def _tell_progress(self, progress: Progress) -> None:
        self.emit(Progressed(clock.time(), self.key, self.attempt, *progress))

    def end_reports(self) -> None:
        """The attempt is over: nothing more is said of its progress."""
        if self._reports is not None:
            self._reports.end()

    def progress(self, done: float, total: float | None, unit: str, text: str) -> None:
        (self._reports or self.reports()).say(done, total, unit, text)

    def open_instance(self) -> DagjobInstance:
        from dagjob.engine.instances import instance_of

        return instance_of(self.run)

    def will_retry(self, failed: Failed) -> bool:
        """Is another attempt to follow, as far as this one can know?"""
        call = self.call
        return call.ended is None and will_retry(call.step, failed, call.attempt, retries=call.retries)

    def in_run(self, asked: str) -> AttemptScope:
        return self


_NOT_ASKED = object()


class Kept(NamedTuple):
    """A value that was kept, and what has stored it."""

    manager_key: str
    value: Any


class Memory:
    """Values that may be handed on within this process, without reading them back from where they were stored.

    Only values that nobody can change, and small ones, are kept: each reader of anything else loads a copy of its own, as in
    Dagster, so that two ops never share a list.
    """

    MOST_CHARACTERS = 1024

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str | None], Kept] = {}

    def keep(self, port: Port, manager_key: str, value: Any) -> None:
        """Keep a value, if it may be kept."""
        if self._may_keep(value):
            self._kept[port.step, port.output, port.mapping_key] = Kept(manager_key, value)

    def get(self, port: Port) -> Kept | None:
        """A value that was kept."""
        return self._kept.get((port.step, port.output, port.mapping_key))

    def clear(self) -> None:
        """Forget all: another run begins."""
        self._kept.clear()

    def _may_keep(self, value: Any) -> bool:
        kind = type(value)
        if value is None or kind in (bool, float):
            return True
        if kind is int:
            return bool(value.bit_length() <= 8 * self.MOST_CHARACTERS)
        if kind in (str, bytes):
            return len(value) <= self.MOST_CHARACTERS
        return kind is tuple and len(value) <= 16 and all(map(self._may_keep, value))


def op_of_step(job: JobDefinition, step_key: str) -> OpDefinition:
    """The op of a step of this job."""
    return op_at(job.graph, node_path(step_key))
