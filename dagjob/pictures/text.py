"""The picture as text: who needs what, as a tree; an op that several need is drawn once, and named where it is needed again."""

from __future__ import annotations

from dagjob.pictures.drawing import Box, Drawing, Look
from dagjob.pictures.labels import box_lines

WIDEST = 60
"""Columns that the branches may take; beyond, what an op needs stands behind its name."""


def text(drawing: Drawing, look: Look) -> str:
    """The lines. They lead down, whatever the direction."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for box in drawing.boxes:
        graph.add_node(box.key, label=_words(box))
    graph.add_edges_from((arrow.source, arrow.target) for arrow in drawing.arrows)
    starts = [box.key for box in drawing.boxes if not graph.in_degree(box.key)]
    if not starts or networkx.dag_longest_path_length(graph) * 4 > WIDEST:
        return "\n".join(_listed(drawing))
    lines = networkx.generate_network_text(graph, sources=starts, ascii_only=not look.utf8)
    return "\n".join(lines)


def _words(box: Box) -> str:
    name = ".".join((*box.frame, box.name))
    return "  ".join((name, *box_lines(box)[1:]))


def _listed(drawing: Drawing) -> list[str]:
    """A line for each op, indented by the graphs that it is in."""
    lines = []
    for box in drawing.boxes:
        above = [arrow.source for arrow in drawing.arrows if arrow.target == box.key]
        needs = f"  needs {', '.join(dict.fromkeys(above))}" if above else ""
        lines.append(f"{'  ' * len(box.frame)}{_words(box)}{needs}")
    return lines
