"""A smaller job: the nodes that a selection leaves, with those of their edges whose both ends are left.

What becomes of an input that lost its source is the general rule for inputs that nothing feeds; who plans, checks config
or runs the smaller job sees nothing but a job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.requirements import check_inputs
from dagjob.definitions.topology import nodes_behind
from dagjob.definitions.walk import Path
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.errors import DagjobInvalidDefinitionError, DagjobInvalidSubsetError
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.definitions.nodes import Node, NodeDefinition
    from dagjob.definitions.selection import Selection

_Tree = dict[str, "_Tree"]
"""The nodes that are left, by name, each with what is left in it; empty: all of it."""


def subset_graph(job: str, graph: GraphDefinition, selection: Selection) -> GraphDefinition:
    """The graph of a job with what is selected.

    Raises `DagjobInvalidSubsetError` when that cannot be run: an input that nothing feeds and no config can give, or a
    collect without what it collects.
    """
    try:
        smaller = _narrowed(graph, _tree(selection.paths))
        check_inputs(job, smaller)
    except DagjobInvalidDefinitionError as error:
        names = ", ".join(selection.names)
        raise (
            DagjobInvalidSubsetError(f'what is selected of the job "{job}" cannot be run alone ({names}): {error}')
            .at(error.place)
            .noting(*_lost_sources(graph, selection), *_ways_out(error))
        ) from error
    return smaller


def _ways_out(error: DagjobInvalidDefinitionError) -> Iterable[str]:
    yield "select what feeds it too: a + or * before its name; or take it from an earlier run:  --inputs-from RUN"
    yield from error.notes[1:]


def _lost_sources(graph: GraphDefinition, selection: Selection) -> Iterator[str]:
    """Which dynamic outputs are collected, at the top level, and not selected."""
    chosen = {path[0] for path in selection.paths}
    for name in sorted(chosen):
        for source in graph.node_dict[name].inputs.values():
            if isinstance(source, Collected) and source.source.node in chosen:
                for above in sorted(_above(graph, source.source.node) - chosen):
                    if any(out.is_dynamic for out in graph.node_dict[above].definition.outputs_by_name.values()):
                        yield f'"{name}" collects what there is for each element of "{above}", which is not selected'


def _above(graph: GraphDefinition, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for source in graph.node_dict[waiting.pop()].inputs.values():
            new = set(nodes_behind(source)) - found
            found |= new
            waiting += new
    return found


def _tree(paths: Iterable[Path]) -> _Tree:
    top: _Tree = {}
    for path in paths:
        here = top
        for name in path:
            here = here.setdefault(name, {})
    return top


def _narrowed(graph: GraphDefinition, chosen: _Tree) -> GraphDefinition:
    definitions: dict[str, Any] = {}
    for name, node in graph.node_dict.items():
        if name in chosen:
            inner = node.definition
            part = chosen[name]
            definitions[name] = _narrowed(inner, part) if part and isinstance(inner, GraphDefinition) else inner
    nodes = {}
    for name, definition in definitions.items():
        node = graph.node_dict[name]
        left = {
            own: kept
            for own, source in node.inputs.items()
            if own in definition.inputs_by_name and (kept := _kept(source, definitions)) is not None
        }
        nodes[name] = node if _is_whole(node, definition, left) else replace(node, definition=definition, inputs=left)
    outputs = {name: source for name, source in graph.outputs.items() if _is_left(source, definitions)}
    return graph.with_nodes(nodes, outputs)


def _is_whole(node: Node, definition: NodeDefinition, left: Mapping[str, Source]) -> bool:
    if definition is not node.definition or len(left) != len(node.inputs):
        return False
    return all(source is left[name] for name, source in node.inputs.items())


def _kept(source: Source, definitions: Mapping[str, NodeDefinition]) -> Source | None:
    """What is left of a source; None where nothing is."""
    if isinstance(source, GraphInput):
        return source
    if isinstance(source, FanIn):
        members = tuple(one for one in source.members if isinstance(one, GraphInput) or _is_left(one, definitions))
        if len(members) == len(source.members):
            return source
        return FanIn(members) if members else None
    output = source.source if isinstance(source, Each | Collected) else source
    return source if _is_left(output, definitions) else None


def _is_left(output: OutputOf, definitions: Mapping[str, NodeDefinition]) -> bool:
    return output.node in definitions and output.output in definitions[output.node].outputs_by_name
