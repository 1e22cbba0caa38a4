"""The walks over a graph and the graphs inside it: all nodes, all ops, one node by its path, what an input leads to.

Whoever asks something of every op of a job asks it through these. Graphs are nested a few levels deep at most
(`graphs.DEEPEST`), so recursion along the levels is safe; along a chain of nodes nothing recurses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dagjob.definitions.dagjob_type import element_of
from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.ops import OpDefinition
from dagjob.definitions.wiring import FanIn, GraphInput
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.definitions.inputs import In
    from dagjob.definitions.nodes import Node
    from dagjob.definitions.types import DagjobType

Path = tuple[str, ...]
"""The names of the nodes from the top to one node: `("outer", "load")`."""


def walk_nodes(
    graph: GraphDefinition, path: Path = (), *, topological: bool = False, into_mapped: bool = True
) -> Iterator[tuple[Path, Node]]:
    """Every node at any depth with its path, a graph before what is in it; in the order of the calls, or topologically.

    `path` is where `graph` itself stands. `into_mapped=False` leaves out what is inside of graphs that have a config
    mapping: no run config reaches it.
    """
    for node in graph.nodes_in_topological_order if topological else graph.node_dict.values():
        here = (*path, node.name)
        yield here, node
        inner = node.definition
        if isinstance(inner, GraphDefinition) and (into_mapped or inner.config_mapping is None):
            yield from walk_nodes(inner, here, topological=topological, into_mapped=into_mapped)


def walk_ops(
    graph: GraphDefinition, path: Path = (), *, topological: bool = False, into_mapped: bool = True
) -> Iterator[tuple[Path, Node, OpDefinition]]:
    """Every op node at any depth, with its path and its op; parameters as in `walk_nodes`."""
    if path or topological or not into_mapped:
        return _ops_in(graph, path, topological=topological, into_mapped=into_mapped)
    if graph.walked is None:  # A run asks ten times.
        graph.walked = list(_ops_in(graph, (), topological=False, into_mapped=True))
    return iter(graph.walked)


def _ops_in(
    graph: GraphDefinition, path: Path, *, topological: bool, into_mapped: bool
) -> Iterator[tuple[Path, Node, OpDefinition]]:
    for here, node in walk_nodes(graph, path, topological=topological, into_mapped=into_mapped):
        if isinstance(node.definition, OpDefinition):
            yield here, node, node.definition


def is_among(path: Path, chosen: Collection[Path]) -> bool:
    """Whether a node, or a graph around it, is one of those."""
    return any(path[:length] in chosen for length in range(1, len(path) + 1))


def nodes_along(graph: GraphDefinition, path: Path) -> Iterator[Node]:
    """The nodes on the way to `path`, the last one included. Raises `KeyError` where there is none of that name."""
    inside: OpDefinition | GraphDefinition = graph
    for number, name in enumerate(path):
        if not isinstance(inside, GraphDefinition):
            raise KeyError(".".join(path[: number + 1]))
        node = inside.node_dict[name]
        yield node
        inside = node.definition


def node_at(graph: GraphDefinition, path: Path) -> Node:
    """The node that stands at a path. Raises `KeyError` where there is none."""
    return graph_at(graph, path[:-1]).node_dict[path[-1]]


def op_node_at(graph: GraphDefinition, path: Path) -> tuple[Node, OpDefinition]:
    """The node at a path, and its op. Raises `KeyError` where there is none, or a graph."""
    node = node_at(graph, path)
    definition = node.definition
    if not isinstance(definition, OpDefinition):
        raise KeyError(".".join(path))
    return node, definition


def op_at(graph: GraphDefinition, path: Path) -> OpDefinition:
    """The op of the node at a path. Raises `KeyError` where there is none, or a graph."""
    return op_node_at(graph, path)[1]


def graph_at(graph: GraphDefinition, path: Path) -> GraphDefinition:
    """The graph at a path, the whole one at (). Raises `KeyError` where there is none, or an op."""
    for number, name in enumerate(path):
        inner = graph.node_dict[name].definition
        if not isinstance(inner, GraphDefinition):
            raise KeyError(".".join(path[: number + 1]))
        graph = inner
    return graph


class FedInput(Record):
    """An input of an op that an input of a graph leads to. `type` is that of what the graph's input brings."""

    node: Node
    definition: In
    type: DagjobType
    is_member: bool = False
    """The value is one member of a list that the op gets."""

    @property
    def has_default(self) -> bool:
        """Whether the op can do without: its default is for a whole list, never for one member."""
        definition = self.definition
        return not self.is_member and (definition.has_default_value or bool(definition.input_manager_key))


def fed_by(graph: GraphDefinition, name: str) -> Iterator[FedInput]:
    """The op inputs at any depth to which the input `name` of a graph leads, alone or as a member of a list."""
    wanted = GraphInput(name)
    for node in graph.node_dict.values():
        for input_name, source in node.inputs.items():
            is_member = isinstance(source, FanIn)
            if source != wanted and not (isinstance(source, FanIn) and wanted in source.members):
                continue
            definition = node.definition
            if isinstance(definition, OpDefinition):
                own = definition.ins[input_name]
                found: Iterator[FedInput] = iter((FedInput(node, own, own.dagster_type),))
            else:
                found = fed_by(definition, input_name)
            for fed in found:
                yield FedInput(fed.node, fed.definition, element_of(fed.type), True) if is_member else fed
