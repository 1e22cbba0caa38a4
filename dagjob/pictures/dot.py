"""The picture in DOT, for Graphviz and what else reads it. Syntax: graphviz.org/doc/info/lang.html."""

from __future__ import annotations

from collections.abc import Iterator

from dagjob.definitions.walk import Path
from dagjob.pictures.drawing import Drawing, Look
from dagjob.pictures.labels import arrow_text, box_lines

_FILL = {
    "success": "#d9f2e0", "reused": "#d8eef2", "running": "#dbe9fb", "retrying": "#fbf0cf", "failed": "#fbdcdc",
    "timeout": "#fbdcdc", "canceled": "#fbf0cf", "skipped": "#eeeeee", "not_run": "#eeeeee",
}  # fmt: skip


def dot(drawing: Drawing, look: Look) -> str:
    """The text of the digraph."""
    lines = [
        f"digraph {_quoted(drawing.name)} {{",
        f"  rankdir={look.direction};",
        '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
        *_inside(drawing, (), "  "),
    ]
    for arrow in drawing.arrows:
        label = f" [label={_quoted(arrow_text(arrow))}]" if arrow_text(arrow) else ""
        lines.append(f"  {_quoted(arrow.source)} -> {_quoted(arrow.target)}{label};")
    return "\n".join([*lines, "}"])


def _inside(drawing: Drawing, frame: Path, indent: str) -> Iterator[str]:
    for box in drawing.boxes:
        if box.frame == frame:
            look = f", fillcolor={_quoted(_FILL[box.status])}" if box.status in _FILL else ""
            look += ", peripheries=2" if box.folded or box.holds > 1 else ""
            yield f"{indent}{_quoted(box.key)} [label={_quoted(*box_lines(box))}{look}];"
    for inner in drawing.frames:
        if inner[:-1] == frame:
            yield f"{indent}subgraph {_quoted('cluster_' + '.'.join(inner))} {{"
            yield f"{indent}  label={_quoted(inner[-1])};"
            yield from _inside(drawing, inner, f"{indent}  ")
            yield f"{indent}}}"


def _quoted(*lines: str) -> str:
    """A quoted id: a quote and a backslash are escaped, lines are parted by \\n."""
    return '"' + "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'
