"""The picture as a Mermaid flowchart, which GitHub, GitLab and many editors draw. Syntax: mermaid.js.org/syntax/flowchart."""

from __future__ import annotations

from collections.abc import Iterator

from dagjob.definitions.walk import Path
from dagjob.pictures.drawing import Arrow, Box, Drawing, Look
from dagjob.pictures.labels import arrow_text, box_lines

_LOOK = {
    "success": "fill:#d9f2e0,stroke:#2f855a,color:#133d26",
    "reused": "fill:#d8eef2,stroke:#2c7a8c,color:#10333b",
    "running": "fill:#dbe9fb,stroke:#2b6cb0,color:#12304f",
    "retrying": "fill:#fbf0cf,stroke:#b7791f,color:#4a3408",
    "failed": "fill:#fbdcdc,stroke:#c53030,color:#571414",
    "timeout": "fill:#fbdcdc,stroke:#c53030,color:#571414",
    "canceled": "fill:#fbf0cf,stroke:#b7791f,color:#4a3408",
    "skipped": "fill:#eeeeee,stroke:#888888,color:#444444,stroke-dasharray:4 3",
    "not_run": "fill:#eeeeee,stroke:#888888,color:#444444,stroke-dasharray:4 3",
    "waiting": "fill:#ffffff,stroke:#888888,color:#444444",
}


def mermaid(drawing: Drawing, look: Look) -> str:
    """The text of the chart."""
    names = {box.key: f"op{number}" for number, box in enumerate(drawing.boxes)}
    lines = [f"flowchart {look.direction}", *_inside(drawing, (), names, "  ")]
    lines += [f"  {names[arrow.source]} {_line(arrow)} {names[arrow.target]}" for arrow in drawing.arrows]
    for status in dict.fromkeys(box.status for box in drawing.boxes if box.status in _LOOK):
        members = ",".join(names[box.key] for box in drawing.boxes if box.status == status)
        lines += [f"  classDef {status} {_LOOK[status]};", f"  class {members} {status};"]
    return "\n".join(lines)


def _inside(drawing: Drawing, frame: Path, names: dict[str, str], indent: str) -> Iterator[str]:
    """The boxes right in a frame, and the frames in it."""
    for box in drawing.boxes:
        if box.frame == frame:
            yield f"{indent}{names[box.key]}{_shape(box)}"
    for number, inner in enumerate(drawing.frames):
        if inner[:-1] == frame:
            yield f"{indent}subgraph in{number}[{_quoted(inner[-1])}]"
            yield from _inside(drawing, inner, names, f"{indent}  ")
            yield f"{indent}end"


def _shape(box: Box) -> str:
    text = _quoted(*box_lines(box))
    return f"[[{text}]]" if box.folded or box.holds > 1 else f"[{text}]"


def _line(arrow: Arrow) -> str:
    text = arrow_text(arrow)
    line = "==>" if arrow.passes != "value" else "-->"
    return f"{line}|{_quoted(text)}|" if text else line


def _quoted(*lines: str) -> str:
    """Text as Mermaid takes any text: in quotes, with all that has a meaning there as an entity by number."""
    escaped = ("".join(_entity(letter) for letter in line) for line in lines)
    return f'"{"<br/>".join(escaped)}"'


def _entity(letter: str) -> str:
    plain = letter.isalnum() or letter in " _-.,:/*+()?!="
    return letter if plain else f"#{ord(letter)};"
