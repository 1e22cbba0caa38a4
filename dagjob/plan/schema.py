"""The schema of a job's run config: what may be given, and what must be.

Derived from the definitions alone, for a whole job or for the ops that a selection leaves. The tree of the document is
the tree of the graphs; whatever has no config of its own shares one schema, so that a job of ten thousand plain ops
costs one dict. What a config means is not known here: that is `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from dagjob.config.schema import ANY, Field, Permissive, Schema, Shape
from dagjob.definitions.dagjob_type import ANY as ANY_TYPE
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.iomanagers import InputManagerDefinition, IOManagerDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.requirements import is_selected, needed_resources
from dagjob.definitions.walk import Path, fed_by
from dagjob.definitions.wiring import FanIn, GraphInput, OutputOf, Source

if TYPE_CHECKING:
    from dagjob.definitions.executors import ExecutorDefinition
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.definitions.nodes import Node
    from dagjob.definitions.outputs import Out
    from dagjob.definitions.types import DagjobType

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
            names = (*open_names, *_managed(node.definition, open_names))
            key = (id(node.definition), names)
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = self._op_entry(node.definition, names)
        else:
            entry = self._graph_entry(node.definition, path, open_names)
        return entry if needed else Field(entry.config_type, is_required=False)

    def _op_entry(self, op: OpDefinition, names: tuple[str, ...]) -> Field:
        """`names`: the inputs about which the config may say something."""
        inputs = {name: field for name in names if (field := self._op_input(op, name)) is not None}
        outputs = {name: field for name, out in op.outs.items() if (field := self._output(out)) is not None}
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
            if not isinstance(manager, InputManagerDefinition) or definition.dagster_type.is_nothing:
                return None
            return _config(manager.input_config_schema)
        return _loaded(definition.dagster_type, definition.has_default_value)

    def _output(self, out: Out) -> Field | None:
        manager = self._job.resource_defs.get(out.io_manager_key)
        if not isinstance(manager, IOManagerDefinition) or manager.output_config_schema is None:
            return None
        field = _config(manager.output_config_schema)
        return Field(field.config_type, is_required=False) if out.dagster_type.is_nothing else field

    def _runs(self, node: Node, path: Path) -> bool:
        """Whether the node, or anything inside it, is selected."""
        return self._selected is None or is_selected(node, path, self._selected)

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


def _managed(op: OpDefinition, but: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs that have a manager of their own, which is told something by the config whatever feeds them."""
    return tuple(name for name, own in op.ins.items() if own.input_manager_key and name not in but)


def graph_input_field(graph: GraphDefinition, name: str) -> Field | None:
    """How the config gives an input of a graph: through the loader of the type that the fed ops agree on."""
    fed = list(fed_by(graph, name))
    types = {id(target.type): target.type for target in fed}
    kind = next(iter(types.values())) if len(types) == 1 else ANY_TYPE
    return _loaded(kind, all(target.has_default for target in fed))


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
    # Defaults may ask for something too, such as a variable of the environment.
    asking = [key for key, r in job.resource_defs.items() if r.makes is None and r.config_schema is not None]
    if asking:
        needed = needed_resources(job, selected)
        for key in set(asking) - needed:
            entries[key] = Field(entries[key].config_type, is_required=False)
    return Field(Shape(entries))
