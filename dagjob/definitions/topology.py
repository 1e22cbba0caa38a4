"""The order of the nodes of one graph: each after those that feed it, in levels, by name inside a level.

A pure question about names. Nothing recurses, so a chain of ten thousand ops is no problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dagjob.definitions.wiring import Collected, Each, FanIn, OutputOf, Source
from dagjob.errors import DagjobInvalidDefinitionError

if TYPE_CHECKING:
    from dagjob.definitions.nodes import Node


def nodes_behind(source: Source) -> tuple[str, ...]:
    """The nodes that a source takes its value from; none for an input of the graph."""
    if isinstance(source, OutputOf):
        return (source.node,)
    if isinstance(source, Each | Collected):
        return (source.source.node,)
    if isinstance(source, FanIn):
        return tuple(member.node for member in source.members if isinstance(member, OutputOf))
    return ()


def in_order(subject: str, nodes: Mapping[str, Node]) -> list[Node]:
    """The nodes of a graph in topological order, by name inside a level.

    Raises `DagjobInvalidDefinitionError` for a cycle, with the nodes on it.
    """
    above = {
        name: {upstream for source in node.inputs.values() for upstream in nodes_behind(source)}
        for name, node in nodes.items()
    }
    below: dict[str, list[str]] = {name: [] for name in nodes}
    for name, upstream in above.items():
        for one in upstream:
            below[one].append(name)
    waiting = {name: len(upstream) for name, upstream in above.items()}
    order: list[Node] = []
    level = sorted(name for name, count in waiting.items() if not count)
    while level:
        order += [nodes[name] for name in level]
        following = []
        for name in level:
            for one in below[name]:
                waiting[one] -= 1
                if not waiting[one]:
                    following.append(one)
        level = sorted(following)
    if len(order) < len(nodes):
        path = _a_cycle(above, set(nodes).difference(node.name for node in order))
        raise DagjobInvalidDefinitionError(
            f"the {subject} has a cycle: {' -> '.join([*path, path[0]])}. None of these could ever start; cut one of the "
            "dependencies."
        ).at(nodes[path[0]].place)
    return order


def _a_cycle(above: Mapping[str, Iterable[str]], stuck: set[str]) -> list[str]:
    """Walk upwards from a stuck node, always to another stuck one, until a node comes again."""
    path = [min(stuck)]
    seen = {path[0]}
    while True:
        up = min(name for name in above[path[-1]] if name in stuck)
        if up in seen:
            return [up, *reversed(path[path.index(up) + 1 :])]
        path.append(up)
        seen.add(up)
