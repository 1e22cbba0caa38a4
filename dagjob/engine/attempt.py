"""What the parts of one attempt share: where it stands, its op, and whom it tells. Made in `step.py`, read by the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.walk import node_at, op_at
from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.run_info import RunInfo
from dagjob.plan.steps import node_path

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.ops import OpDefinition


class AttemptScope:
    """One attempt as its parts see it. `resources` are those that are open, by key."""

    __slots__ = ("attempt", "call", "emit", "job", "key", "log", "memory", "node", "op", "resources", "run", "step")

    def __init__(
        self,
        call: StepCall,
        emit: Emit,
        *,
        job: JobDefinition,
        run: RunInfo,
        resources: Mapping[str, Any],
        log: Callable[[], Any],
        memory: Memory,
    ) -> None:
        self.call = call
        self.emit = emit
        self.job = job
        self.node = node_at(job.graph, call.step.node)
        self.op = op_at(job.graph, call.step.node)
        self.run = run
        self.resources = resources
        self.log = log
        self.memory = memory
        self.step = call.step
        self.key = call.step.key
        self.attempt = call.attempt

    def resource_view(self, key: str) -> Any:
        """The resources that the resource `key` (an IO manager) requires."""
        from dagjob.engine.contexts import Resources

        needed = self.job.resource_defs[key].required_resource_keys
        return Resources({other: self.resources[other] for other in needed}, f'resource "{key}"')


class Memory:
    """Values that may be handed on within this process, without reading them back from where they were stored.

    Only values that nobody can change, and small ones, are kept: each reader of anything else loads a copy of its own, as in
    Dagster, so that two ops never share a list.
    """

    MOST_CHARACTERS = 1024

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str | None], Any] = {}

    def keep(self, step: str, output: str, mapping_key: str | None, value: Any) -> None:
        """Keep a value, if it may be kept."""
        if self._may_keep(value):
            self._values[step, output, mapping_key] = value

    def get(self, step: str, output: str, mapping_key: str | None, default: Any) -> Any:
        """A value that was kept, or the default."""
        return self._values.get((step, output, mapping_key), default)

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
