"""The schema of a job's run config: what may be given, and what must be.

Derived from the definitions alone, for a whole job or for the ops that a selection leaves. The tree of the document is
the tree of the graphs; whatever has no config of its own shares one schema, so that a job of ten thousand plain ops
costs one dict. What a config means is not known here: that is `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from dagjob.config.schema import ANY, Field, Permissive, Schema, Shape
from dagjob.definitions.dagjob_type import ANY as ANY_TYPE
from dagjob.definitions.dagjob_type import element_of
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.wiring import FanIn, GraphInput, OutputOf, Source
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.executors import ExecutorDefinition
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.nodes import Node
    from dagjob.definitions.types import DagjobType

Path = tuple[str, ...]

ANYTHING = Field(ANY, is_required=False)
"""The config of what has no schema: anything, and nothing when absent."""

_PLAIN_OP = Field(Shape({"config": ANYTHING}), is_required=False)
"""The entry of an op that has neither a schema nor an open input: absent, it stays absent."""


def job_schema(
    job: JobDefinition,
    *,
    selected: Collection[Path] | None = None,
    input_values: Collection[str] = (),
    ignore_execution: bool = False,
) -> Shape:
    """The schema of the run config of `job`, behind a config mapping of the job if it has one.

    `selected`: paths of the ops that will run; others may still be given config, and need none. `input_values`: names
    of top-level inputs whose value is a Python object. `ignore_execution` leaves the `execution` section open.
    """
    below = _Below(job, selected)
    execution = Field(Permissive()) if ignore_execution else execution_schema(job.executor_def)
    sections: dict[str, object] = {
        "ops": below.ops_of(job.graph, ()),
        "resources": _resources(job, selected),
        "execution": execution,
        "loggers": _loggers(job),
    }
    inputs = _top_inputs(job, {*job.input_values, *input_values})
    if inputs:
        sections["inputs"] = Shape(inputs)
    return Shape(sections)


def given_schema(job: JobDefinition) -> Schema:
    """The schema of what a run of the job is given: of its config mapping if it has one, else `job_schema`."""
    mapping = job.config_mapping
    if mapping is not None:
        own_schema: Schema = mapping.config_schema
        return own_schema
    return job_schema(job)


def document_schema(job: JobDefinition) -> Schema:
    """What a user may write as run config: behind a config mapping of the job its schema, else `job_schema`.

    What the job's own config says need not be said again; a part that is said is said whole (contract def-3).
    """
    mapping = job.config_mapping
    if mapping is not None:
        own_schema: Schema = mapping.config_schema
        return own_schema
    schema = job_schema(job)
    own = job.run_config or {}
    return Shape({name: _relieved(field, own.get(name)) for name, field in schema.fields.items()})


def _relieved(section: Field, own: object) -> Field:
    """The section, without requiring the children that the job's own config has."""
    shape = section.config_type
    if not isinstance(own, dict) or not isinstance(shape, Shape):
        return section
    made = type(shape)(
        {
            name: Field(field.config_type, is_required=False) if name in own else field
            for name, field in shape.fields.items()
        }
    )
    return Field(made, is_required=None if own else section.is_required)


def execution_schema(executor: ExecutorDefinition) -> Field:
    """The `execution` section for one executor."""
    return Field(Shape({"config": _config(executor.config_schema)}))


def graph_ops_schema(
    job: JobDefinition, graph: GraphDefinition, path: Path, selected: Collection[Path] | None = None
) -> Schema:
    """What stands under `ops` of the graph at `path`, behind its config mapping: what the mapping must return."""
    return Shape(_Below(job, selected).entries(graph, path))


# -- ops and graphs ------------------------------------------------------------------------------------------------


class _Below:
    """Makes the `ops` sections of one job; equal nodes of one op share an entry."""

    def __init__(self, job: JobDefinition, selected: Collection[Path] | None) -> None:
        self._job = job
        self._selected = selected
        self._entries: dict[tuple[int, tuple[str, ...]], Field] = {}

    def ops_of(self, graph: GraphDefinition, path: Path) -> Field:
        mapping = graph.config_mapping
        if mapping is not None:
            return Field(Shape({"config": mapping.config_schema}))
        return Field(Shape(self.entries(graph, path)))

    def entries(self, graph: GraphDefinition, path: Path) -> dict[str, Field]:
        return {name: self._entry(graph, node, (*path, name)) for name, node in graph.node_dict.items()}

    def _entry(self, graph: GraphDefinition, node: Node, path: Path) -> Field:
        needed = self._runs(node, path)
        open_names = self._open_inputs(graph, node, path) if needed else ()
        if isinstance(node.definition, OpDefinition):
            key = (id(node.definition), open_names)
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = self._op_entry(node.definition, open_names)
        else:
            entry = self._graph_entry(node.definition, path, open_names)
        return entry if needed else Field(entry.config_type, is_required=False)

    def _op_entry(self, op: OpDefinition, open_names: tuple[str, ...]) -> Field:
        inputs = {name: field for name in open_names if (field := self._op_input(op, name)) is not None}
        outputs = {
            name: field for name, out in op.outs.items() if (field := self._output(out.io_manager_key)) is not None
        }
        if op.config_schema is None and not inputs and not outputs:
            return _PLAIN_OP
        parts: dict[str, object] = {"config": _config(op.config_schema)}
        if inputs:
            parts["inputs"] = Shape(inputs)
        if outputs:
            parts["outputs"] = Shape(outputs)
        return Field(Shape(parts))

    def _graph_entry(self, graph: GraphDefinition, path: Path, open_names: tuple[str, ...]) -> Field:
        mapping = graph.config_mapping
        parts: dict[str, object]
        if mapping is not None:
            parts = {"config": mapping.config_schema}
        else:
            parts = {"ops": Field(Shape(self.entries(graph, path)))}
        inputs = {name: field for name in open_names if (field := graph_input_field(graph, name)) is not None}
        if inputs:
            parts["inputs"] = Shape(inputs)
        return Field(Shape(parts))

    def _op_input(self, op: OpDefinition, name: str) -> Field | None:
        definition = op.ins[name]
        if definition.input_manager_key:
            manager = self._job.resource_defs.get(definition.input_manager_key)
            schema = getattr(manager, "input_config_schema", None)
            return None if schema is None else _config(schema)
        return _loaded(definition.dagster_type, definition.has_default_value)

    def _output(self, manager_key: str) -> Field | None:
        schema = getattr(self._job.resource_defs.get(manager_key), "output_config_schema", None)
        return None if schema is None else _config(schema)

    def _runs(self, node: Node, path: Path) -> bool:
        """Whether the node, or anything inside it, is selected."""
        if self._selected is None or path in self._selected:
            return True
        return isinstance(node.definition, GraphDefinition) and any(
            chosen[: len(path)] == path for chosen in self._selected
        )

    def _open_inputs(self, graph: GraphDefinition, node: Node, path: Path) -> tuple[str, ...]:
        """The inputs that nothing feeds, or only nodes that do not run."""
        names = node.definition.ins if isinstance(node.definition, OpDefinition) else node.definition.graph_inputs
        return tuple(name for name in names if not self._fed(graph, node.inputs.get(name), path[:-1]))

    def _fed(self, graph: GraphDefinition, source: Source | None, around: Path) -> bool:
        if source is None:
            return False
        if self._selected is None or isinstance(source, GraphInput):
            return True
        if isinstance(source, FanIn):
            return any(self._fed(graph, member, around) for member in source.members)
        name = source.node if isinstance(source, OutputOf) else source.source.node
        return self._runs(graph.node_dict[name], (*around, name))


def graph_input_field(graph: GraphDefinition, name: str) -> Field | None:
    """How the config gives an input of a graph: through the loader of the type that the fed ops agree on."""
    fed = list(fed_by(graph, name))
    types = {id(target.type): target.type for target in fed}
    kind = next(iter(types.values())) if len(types) == 1 else ANY_TYPE
    return _loaded(kind, all(target.has_default for target in fed))


class Target(Record):
    """An input of an op that an input of a graph leads to."""

    op: str
    type: DagjobType
    has_default: bool


def fed_by(graph: GraphDefinition, name: str) -> Iterator[Target]:
    """The op inputs, at any depth, that an input of the graph feeds, alone or as a member of a list."""
    for node in graph.node_dict.values():
        for input_name, source in node.inputs.items():
            if not _comes_from(source, name):
                continue
            if isinstance(node.definition, OpDefinition):
                definition = node.definition.ins[input_name]
                default = definition.has_default_value or bool(definition.input_manager_key)
                targets: Iterable[Target] = (Target(node.name, definition.dagster_type, default),)
            else:
                targets = fed_by(node.definition, input_name)
            for target in targets:
                # The default of the op is for its whole list, never for one member.
                is_member = isinstance(source, FanIn)
                yield Target(target.op, element_of(target.type), has_default=False) if is_member else target


def _comes_from(source: Source, name: str) -> bool:
    if isinstance(source, GraphInput):
        return source.name == name
    return isinstance(source, FanIn) and any(_comes_from(member, name) for member in source.members)


def _loaded(kind: DagjobType, has_default: bool) -> Field | None:
    """The field of an input that a loader makes; None when the type has no loader, or nothing is loaded."""
    loader = None if kind.is_nothing else kind.loader
    if loader is None:
        return None
    return Field(loader.schema, is_required=not has_default)


def _config(schema: Schema | None) -> Field:
    if schema is None:
        return ANYTHING
    return schema if isinstance(schema, Field) else Field(schema)


# -- the other sections --------------------------------------------------------------------------------------------


def _top_inputs(job: JobDefinition, given: set[str]) -> dict[str, Field]:
    names = [name for name in job.graph.graph_inputs if name not in given]
    return {name: field for name in names if (field := graph_input_field(job.graph, name)) is not None}


def _loggers(job: JobDefinition) -> Field:
    loggers = {
        key: Field(Shape({"config": _config(logger.config_schema)}), is_required=False)
        for key, logger in job.loggers.items()
    }
    return Field(Shape(loggers))


def _resources(job: JobDefinition, selected: Collection[Path] | None) -> Field:
    entries = {key: Field(Shape({"config": _config(r.config_schema)})) for key, r in job.resource_defs.items()}
    if any(entry.is_required for entry in entries.values()):
        needed = needed_resources(job, selected)
        for key, entry in entries.items():
            if entry.is_required and key not in needed:
                entries[key] = Field(entry.config_type, is_required=False)
    return Field(Shape(entries))


def needed_resources(job: JobDefinition, selected: Collection[Path] | None = None) -> frozenset[str]:
    """The keys that something in the job (of what is selected) requires, and what those require in turn."""
    found: set[str] = set()
    for hook in job.hook_defs:
        found |= hook.required_resource_keys
    for path, node in walk_ops(job.graph, ()):
        for hook in node.hook_defs:
            found |= hook.required_resource_keys
        if (selected is None or path in selected) and isinstance(node.definition, OpDefinition):
            found |= _needed_by_op(node.definition)
    waiting = list(found)
    while waiting:
        resource = job.resource_defs.get(waiting.pop())
        new = set(resource.required_resource_keys) - found if resource is not None else set()
        found |= new
        waiting += new
    return frozenset(found)


def walk_ops(graph: GraphDefinition, path: Path) -> Iterator[tuple[Path, Node]]:
    """Every op of a graph, at any depth, with its path."""
    for name, node in graph.node_dict.items():
        if isinstance(node.definition, GraphDefinition):
            yield from walk_ops(node.definition, (*path, name))
        else:
            yield (*path, name), node


def _needed_by_op(op: OpDefinition) -> set[str]:
    found = set(op.required_resource_keys)
    for definition in op.ins.values():
        if definition.input_manager_key:
            found.add(definition.input_manager_key)
        found |= _needed_by_type(definition.dagster_type)
    for out in op.outs.values():
        found.add(out.io_manager_key)
        found |= _needed_by_type(out.dagster_type)
    return found


def _needed_by_type(kind: DagjobType) -> set[str]:
    loader = kind.loader
    own = set(kind.required_resource_keys)
    return own | set(loader.required_resource_keys) if loader is not None else own
