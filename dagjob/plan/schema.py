"""The schema of a job's run config: what may be given, and what must be.

Derived from the definitions alone. Of a job that a selection made smaller, the nodes that are not selected may still be
given config, which is checked and ignored, and need none. The tree of the document is
the tree of the graphs; whatever has no config of its own shares one schema, so that a job of ten thousand plain ops
costs one dict. What a config means is not known here: that is `resolve.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from dagjob.config.schema import ANY, Field, Permissive, Schema, Shape
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.iomanagers import InputManagerDefinition, IOManagerDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.requirements import needed_resources
from dagjob.definitions.walk import Path, fed_by, graph_at

if TYPE_CHECKING:
    from dagjob.config.kind import Walk
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
    input_values: Collection[str] = (),
    ignore_execution: bool = False,
) -> Shape:
    """The schema of the run config of `job`, behind a config mapping of the job if it has one.

    `input_values`: names of top-level inputs whose value is a Python object. `ignore_execution` leaves the `execution`
    section open.
    """
    below = _Below(job)
    execution = Field(Permissive()) if ignore_execution else execution_schema(job.executor_def)
    sections: dict[str, object] = {
        "ops": below.ops_of(job.graph, job.whole_graph),
        "resources": _resources(job),
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


def graph_ops_schema(job: JobDefinition, graph: GraphDefinition, path: Path) -> Schema:
    """What stands under `ops` of the graph at `path`, behind its config mapping: what the mapping must return."""
    return Shape(_Below(job).entries(graph, graph_at(job.whole_graph, path)))


class _Ignored(Field):
    """What is given to that which does not run: it must fit, and nothing is made of it; no variable is read."""

    def accept(self, value: object, walk: Walk) -> object:
        environ, resolving = walk.environ, walk.resolving
        walk.environ, walk.resolving = None, False
        result = super().accept(value, walk)
        walk.environ, walk.resolving = environ, resolving
        return result


# -- ops and graphs ------------------------------------------------------------------------------------------------


class _Below:
    """Makes the `ops` sections of one job; equal nodes of one op share an entry.

    Graphs come in pairs: what runs, and the whole from which a selection took it.
    """

    def __init__(self, job: JobDefinition) -> None:
        self._job = job
        self._entries: dict[tuple[int, tuple[str, ...]], Field] = {}
        self._left_out: dict[int, Field] = {}

    def ops_of(self, graph: GraphDefinition, whole: GraphDefinition) -> Field:
        mapping = graph.config_mapping
        if mapping is not None:
            return Field(Shape({"config": mapping.config_schema}))
        return Field(Shape(self.entries(graph, whole)))

    def entries(self, graph: GraphDefinition | None, whole: GraphDefinition) -> dict[str, Field]:
        """`graph` is None for a graph nothing of which runs."""
        if graph is whole:
            return {name: self._entry(node) for name, node in graph.node_dict.items()}
        made = {}
        for name, node in whole.node_dict.items():
            here = graph.node_dict.get(name) if graph is not None else None
            made[name] = self._ignored(node.definition) if here is None else self._entry(here, node)
        return made

    def _entry(self, node: Node, whole: Node | None = None) -> Field:
        open_names = _open_inputs(node)
        if isinstance(node.definition, OpDefinition):
            return self._op_entry(node.definition, (*open_names, *_managed(node.definition, open_names)))
        graph = (whole or node).definition
        assert isinstance(graph, GraphDefinition)
        return self._graph_entry(node.definition, graph, open_names)

    def _ignored(self, definition: OpDefinition | GraphDefinition) -> Field:
        """The entry of a node that does not run: also what a run of it alone would be given, and none of it needed."""
        entry = self._left_out.get(id(definition))
        if entry is None:
            entry = self._left_out[id(definition)] = self._made_ignored(definition)
        return entry

    def _made_ignored(self, definition: OpDefinition | GraphDefinition) -> Field:
        if isinstance(definition, OpDefinition):
            entry = self._op_entry(definition, tuple(definition.ins))
        else:
            entry = self._graph_entry(None, definition, tuple(definition.graph_inputs))
        shape = entry.config_type
        assert isinstance(shape, Shape)
        parts = dict(shape.fields)
        if "inputs" in parts:
            inputs = parts["inputs"].config_type
            assert isinstance(inputs, Shape)
            optional = {name: Field(field.config_type, is_required=False) for name, field in inputs.fields.items()}
            parts["inputs"] = Field(Shape(optional), is_required=False)
        return _Ignored(Shape(parts), is_required=False)

    def _op_entry(self, op: OpDefinition, names: tuple[str, ...]) -> Field:
        """`names`: the inputs about which the config may say something."""
        key = (id(op), names)
        if key not in self._entries:
            self._entries[key] = self._made_op_entry(op, names)
        return self._entries[key]

    def _made_op_entry(self, op: OpDefinition, names: tuple[str, ...]) -> Field:
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

    def _graph_entry(self, graph: GraphDefinition | None, whole: GraphDefinition, open_names: tuple[str, ...]) -> Field:
        mapping = whole.config_mapping
        parts: dict[str, object]
        if mapping is not None:
            parts = {"config": mapping.config_schema}
        else:
            parts = {"ops": Field(Shape(self.entries(graph, whole)))}
        inputs = {name: field for name in open_names if (field := graph_input_field(graph or whole, name)) is not None}
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


def _open_inputs(node: Node) -> tuple[str, ...]:
    """The inputs that nothing feeds."""
    names = node.definition.ins if isinstance(node.definition, OpDefinition) else node.definition.graph_inputs
    return tuple(name for name in names if name not in node.inputs)


def _managed(op: OpDefinition, but: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs that have a manager of their own, which is told something by the config whatever feeds them."""
    return tuple(name for name, own in op.ins.items() if own.input_manager_key and name not in but)


def graph_input_field(graph: GraphDefinition, name: str) -> Field | None:
    """How the config gives an input of a graph: through the loader of its type."""
    kind = graph.graph_inputs[name].dagster_type
    return _loaded(kind, all(target.has_default for target in fed_by(graph, name)))


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
    found = {}
    for name in job.whole_graph.graph_inputs:
        runs = name in job.graph.graph_inputs
        field = graph_input_field(job.graph if runs else job.whole_graph, name) if name not in given else None
        if field is not None:
            found[name] = field if runs else _Ignored(field.config_type, is_required=False)
    return found


def _loggers(job: JobDefinition) -> Field:
    loggers = {
        key: Field(Shape({"config": _config(logger.config_schema)}), is_required=False)
        for key, logger in job.loggers.items()
    }
    return Field(Shape(loggers))


def _resources(job: JobDefinition) -> Field:
    entries = {key: Field(Shape({"config": _config(r.config_schema)})) for key, r in job.resource_defs.items()}
    # Defaults may ask for something too, such as a variable of the environment.
    asking = [key for key, r in job.resource_defs.items() if r.makes is None and r.config_schema is not None]
    if asking:
        needed = needed_resources(job)
        unneeded = _Ignored if job.is_subset else Field
        for key in set(asking) - needed:
            entries[key] = unneeded(entries[key].config_type, is_required=False)
    return Field(Shape(entries))
