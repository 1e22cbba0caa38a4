"""Where boxes stand: in layers from the start to the end, so that every arrow leads on. The same picture each time.

After Sugiyama, Tagawa and Toda (1981): layers by the longest way, the order inside a layer by the mean place of the
neighbours, swept forth and back. An arrow over several layers keeps a lane free in those between.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from dagjob.record import Record

Key = str | tuple[str, str, int]
"""A box, or the lane of an arrow in a layer that it passes."""
Point = tuple[float, float]
Neighbours = Mapping[Key, Sequence[Key]]

SWEEPS = 6
GAP_ALONG, GAP_ACROSS, LANE = 56.0, 14.0, 4.0


class Placed(Record):
    """`at` are the upper left corners, `lanes` the points that an arrow goes through on its way, `size` is that of all."""

    at: Mapping[str, Point]
    lanes: Mapping[tuple[str, str], Sequence[Point]]
    size: Point


def place(sizes: Mapping[str, Point], edges: Iterable[tuple[str, str]]) -> Placed:
    """Place boxes of these sizes from left to right. There is no cycle; the order of `sizes` decides what nothing else does."""
    edges = list(dict.fromkeys(edges))
    rank = _ranks(sizes, edges)
    layers: list[list[Key]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in sizes:
        layers[rank[key]].append(key)
    before: dict[Key, list[Key]] = {}
    after: dict[Key, list[Key]] = {}
    chains: dict[tuple[str, str], list[Key]] = {}
    for source, target in edges:
        lanes: list[Key] = [(source, target, layer) for layer in range(rank[source] + 1, rank[target])]
        for layer, lane in enumerate(lanes, rank[source] + 1):
            layers[layer].append(lane)
        chain = chains[source, target] = [source, *lanes, target]
        for one, other in itertools.pairwise(chain):
            after.setdefault(one, []).append(other)
            before.setdefault(other, []).append(one)
    for _ in range(SWEEPS):
        _sweep(layers, before)
        _sweep(layers[::-1], after)
    return _stood(layers, sizes, chains)


def _ranks(keys: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each: behind all that it needs; what needs nothing stands just before the first that needs it."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(keys)
    graph.add_edges_from(edges)
    rank: dict[str, int] = {}
    for layer, found in enumerate(networkx.topological_generations(graph)):
        rank.update(dict.fromkeys(found, layer))
    for key in rank:
        if not graph.in_degree(key) and graph.out_degree(key):
            rank[key] = min(rank[other] for other in graph.successors(key)) - 1
    return rank


def _sweep(layers: Sequence[list[Key]], neighbours: Neighbours) -> None:
    """Order each layer by the one that comes before it in the sweep; what has no neighbour there keeps its place."""
    for fixed, layer in itertools.pairwise(layers):
        where = {key: number / max(1, len(fixed) - 1) for number, key in enumerate(fixed)}
        wish = {}
        for number, key in enumerate(layer):
            found = [where[other] for other in neighbours.get(key, ()) if other in where]
            wish[key] = sum(found) / len(found) if found else number / max(1, len(layer) - 1)
        layer.sort(key=wish.__getitem__)


def _stood(
    layers: Sequence[Sequence[Key]], sizes: Mapping[str, Point], chains: Mapping[tuple[str, str], Sequence[Key]]
) -> Placed:
    heights = [sum(_high(key, sizes) for key in layer) + GAP_ACROSS * max(0, len(layer) - 1) for layer in layers]
    tallest = max(heights, default=0.0)
    corner: dict[Key, Point] = {}
    middle: dict[Key, Point] = {}
    x = 0.0
    for layer, height in zip(layers, heights, strict=True):
        wide = max((sizes[key][0] for key in layer if isinstance(key, str)), default=0.0)
        y = (tallest - height) / 2
        for key in layer:
            own = sizes[key][0] if isinstance(key, str) else wide
            corner[key] = (x + (wide - own) / 2, y)
            middle[key] = (x + wide / 2, y + _high(key, sizes) / 2)
            y += _high(key, sizes) + GAP_ACROSS
        x += wide + GAP_ALONG
    return Placed(
        {key: corner[key] for key in sizes},
        {ends: [middle[lane] for lane in chain[1:-1]] for ends, chain in chains.items()},
        (max(0.0, x - GAP_ALONG), tallest),
    )


def _high(key: Key, sizes: Mapping[str, Point]) -> float:
    return sizes[key][1] if isinstance(key, str) else LANE
