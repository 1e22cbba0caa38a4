"""The picture as JSON: what programs draw from. Keys are only ever added."""

from __future__ import annotations

from typing import Any

from dagjob.pictures.drawing import Drawing, Look


def as_json(drawing: Drawing, look: Look) -> str:
    """One object: the ops with the graphs around them, and the edges between them. It has no direction."""
    from dagjob.event_json import dumps

    told: dict[str, Any] = {
        "name": drawing.name,
        "ops": [
            {
                "key": box.key,
                "name": box.name,
                "op": box.op or None,
                "graph": ".".join(box.frame) or None,
                "folded": box.folded,
                "holds": box.holds,
                "status": box.status,
                "seconds": box.seconds,
            }
            for box in drawing.boxes
        ],
        "edges": [
            {"from": arrow.source, "to": arrow.target, "output": arrow.output or None, "passes": arrow.passes}
            for arrow in drawing.arrows
        ],
    }
    if drawing.run:
        told |= {"run": drawing.run, "status": drawing.status}
    return dumps(told, strict=True, indent=2)
