"""A job and its resolved config become a plan: every op invocation, at any depth, exactly one step.

Graphs vanish here: a graph has no step and no status. What is left of it is the path in the keys of its steps
(`outer.inner.load`) and the way in which its inputs were passed on. The nodes of a graph are walked in topological order, so
what feeds a node is known when the node is reached, and nothing recurses along a chain of ops.

The rules for where an input's value comes from are those of contract exe-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.requirements import NO_KEYS, Keys, StepNeeds, keys_of_hooks
from dagjob.definitions.walk import Path, walk_ops
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.errors import DagjobInvalidDefinitionError
from dagjob.plan.durations import parse_duration
from dagjob.plan.steps import (
    TEMPLATE_SUFFIX,
    FromConfig,
    FromDefault,
    FromDirect,
    FromManager,
    Plan,
    Port,
    Step,
    Unwired,
    Wire,
)
from dagjob.record import Record
from dagjob.values.names import CONCURRENCY_TAG, PRIORITY_TAG, TIMEOUT_TAG

if TYPE_CHECKING:
    from dagjob.definitions.inputs import In
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.nodes import Node
    from dagjob.plan.resolve import ResolvedConfig


class _Made(Record):
    """An output of a node, seen from its graph: its port, its IO manager, and whether its step is a template."""

    port: Port
    manager: Keys
    dynamic: bool = False
    required: bool = True
    maps: _Made | None = None


class _Fed(Record):
    """What comes out of a source: ports, or a value from elsewhere; nothing at all when both are missing."""

    ports: tuple[Port, ...] = ()
    many: bool = False
    maps: _Made | None = None
    collects: _Made | None = None
    value: Unwired | None = None
    given: tuple[tuple[int, Unwired], ...] = ()
    """Members of a list that are values, each with the number of ports before it."""
    managers: Keys = NO_KEYS
    """The IO managers through which the ports are read."""

    @property
    def empty(self) -> bool:
        return not self.ports and not self.many and self.value is None


_UNFED = _Fed()
_NOTHING: Mapping[str, object] = {}
"""One for all steps: each worker's fork pays for what a step takes."""


def build_plan(job: JobDefinition, resolved: ResolvedConfig, input_values: Mapping[str, object] | None = None) -> Plan:
    """The steps of one run of `job`, in plan order: node by node of each graph in its topological order.

    `input_values` are those of the execution call; they stand above the job's own. Raises
    `DagjobInvalidDefinitionError` for a tag that cannot be understood.
    """
    direct = {**job.input_values, **(input_values or {})}
    fed: dict[str, _Fed] = {}
    for name in job.graph.graph_inputs:
        if name in direct:
            fed[name] = _Fed(value=FromDirect(name))
        elif name in resolved.inputs:
            fed[name] = _Fed(value=FromConfig(resolved.inputs[name], ((), name)))
    builder = _Builder(job, resolved)
    builder.walk(job.graph, (), fed, keys_of_hooks(job.hook_defs), bool(job.hook_defs))
    return Plan(tuple(builder.steps))


def pools_of(job: JobDefinition) -> dict[str, str]:
    """The pools of a job's ops, each with one that is in it."""
    pools = ((_pool(node, op), path) for path, node, op in walk_ops(job.graph))
    return {pool: ".".join(path) for pool, path in pools if pool is not None}


def _pool(node: Node, op: OpDefinition) -> str | None:
    return node.tags.get(CONCURRENCY_TAG, op.pool)


class _Builder:
    def __init__(self, job: JobDefinition, resolved: ResolvedConfig) -> None:
        self._job = job
        self._resolved = resolved
        self.steps: list[Step] = []
        """In plan order: the steps of a nested graph stand where the graph stands."""
        self._needs = StepNeeds(job)
        self._managers: dict[str, Keys] = {}
        """Each alone in a set: one for all outputs that it stores."""

    def walk(
        self, graph: GraphDefinition, path: Path, fed: Mapping[str, _Fed], hooks: Keys, hooked: bool
    ) -> Mapping[str, _Made]:
        """Add the steps of a graph, whose inputs are fed as `fed` says. Returns what the graph's outputs are.

        `hooks` are the resources that the hooks around it need, `hooked` says whether there are any.
        """
        made: dict[OutputOf, _Made] = {}
        for node in graph.nodes_in_topological_order:
            here = (*path, node.name)
            around = hooks | keys_of_hooks(node.hook_defs) if node.hook_defs else hooks
            sources = {name: _feed(source, made, fed) for name, source in node.inputs.items()}
            if isinstance(node.definition, GraphDefinition):
                given = self._resolved.ops.get(here)
                if given is not None:
                    for name, value in given.inputs.items():
                        sources[name] = _Fed(value=FromConfig(value, (here, name)))
                for output, inner in self.walk(
                    node.definition, here, sources, around, hooked or bool(node.hook_defs)
                ).items():
                    made[OutputOf(node.name, output)] = inner
            else:
                self._add_step(node, node.definition, here, sources, made, around, hooked or bool(node.hook_defs))
        return {name: made[source] for name, source in graph.outputs.items()}

    def _add_step(
        self,
        node: Node,
        op: OpDefinition,
        path: Path,
        sources: Mapping[str, _Fed],
        made: dict[OutputOf, _Made],
        hooks: Keys,
        hooked: bool,
    ) -> None:
        given = self._resolved.ops.get(path)
        wires = []
        maps: _Made | None = None
        after: set[str] = set()
        managers = NO_KEYS
        for name, definition in op.ins.items():
            source = sources.get(name, _UNFED)
            wire = _wire(definition, source, given.inputs if given is not None else {})
            if wire is not None:
                wires.append(wire)
                if wire.reads and not definition.input_manager_key:
                    managers |= source.managers
            maps = maps or source.maps
            if source.collects is not None:
                after.add(source.collects.port.step)
        key = ".".join(path) + (TEMPLATE_SUFFIX if maps is not None else "")
        step = Step(
            key,
            path,
            op.name,
            tuple(wires),
            frozenset(after) if after else NO_KEYS,
            maps=maps.port if maps is not None else None,
            retry=node.retry_policy or op.retry_policy or self._job.op_retry_policy,
            priority=_priority(key, node.tags),
            config=given.config if given is not None else None,
            output_config=given.outputs if given is not None else _NOTHING,
            tags=node.tags,
            pool=_pool(node, op),
            timeout=_timeout(key, node.tags),
            resources=self._needs.of_step(op, hooks, managers, _loaded(wires)),
            hooked=hooked,
        )
        self.steps.append(step)
        for output, out in op.outs.items():
            manager = self._managers.get(out.io_manager_key)
            if manager is None:
                manager = self._managers[out.io_manager_key] = frozenset((out.io_manager_key,))
            made[OutputOf(node.name, output)] = _Made(Port(key, output), manager, out.is_dynamic, out.is_required, maps)


def _feed(source: Source, made: Mapping[OutputOf, _Made], fed: Mapping[str, _Fed]) -> _Fed:
    """What a source of a node stands for, given what its graph has made so far."""
    if isinstance(source, OutputOf):
        out = made[source]
        return _Fed((out.port,), maps=out.maps, managers=out.manager)
    if isinstance(source, Each):
        out = made[source.source]
        return _Fed((out.port,), maps=out.maps or out, managers=out.manager)
    if isinstance(source, Collected):
        out = made[source.source]
        return _Fed((out.port,), many=True, collects=out.maps or out, managers=out.manager)
    if isinstance(source, GraphInput):
        return fed.get(source.name, _UNFED)
    if isinstance(source, FanIn):
        members = [_feed(member, made, fed) for member in source.members]
        ports: list[Port] = []
        given: list[tuple[int, Unwired]] = []
        for member in members:
            given += [(len(ports) + number, value) for number, value in member.given]
            if member.value is not None:
                given.append((len(ports), member.value))
            ports += member.ports
        return _Fed(
            tuple(ports),
            many=True,
            maps=next((member.maps for member in members if member.maps is not None), None),
            given=tuple(given),
            managers=NO_KEYS.union(*(member.managers for member in members)),
        )
    raise AssertionError(f"unknown source {source!r}")


def _wire(definition: In, source: _Fed, from_config: Mapping[str, object]) -> Wire | None:
    """How one input of an op is fed; None for an order-only input that waits for nothing."""
    name = definition.name
    reads = not definition.dagster_type.is_nothing
    if source.ports or source.many:
        collected = source.collects
        return Wire(
            name,
            source.ports,
            source.many,
            given=source.given,
            reads=reads,
            collects=collected.port if collected is not None else None,
            empty_is_fine=collected.required if collected is not None else True,
            manager_config=from_config.get(name) if definition.input_manager_key else None,
        )
    if not reads:
        return None
    if definition.input_manager_key and source.empty:
        return Wire(name, value=FromManager(definition.input_manager_key, from_config.get(name)))
    if name in from_config:
        return Wire(name, value=FromConfig(from_config[name]))
    if source.value is not None:
        return Wire(name, value=source.value)
    return Wire(name, value=FromDefault())


def _loaded(wires: Iterable[Wire]) -> frozenset[str]:
    """The inputs for which a loader makes something of the config."""
    return frozenset(
        [w.input for w in wires if any(type(v) is FromConfig for v in (w.value, *(v for _, v in w.given)))]
    )


def _priority(key: str, tags: Mapping[str, str]) -> int:
    text = tags.get(PRIORITY_TAG)
    if text is None:
        return 0
    try:
        return int(text)
    except ValueError:
        raise DagjobInvalidDefinitionError(
            f'step "{key}": the tag "{PRIORITY_TAG}" must be a whole number, not {text!r}'
        ) from None


def _timeout(key: str, tags: Mapping[str, str]) -> float | None:
    text = tags.get(TIMEOUT_TAG)
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise DagjobInvalidDefinitionError(f'step "{key}", tag "{TIMEOUT_TAG}": {error}') from None
