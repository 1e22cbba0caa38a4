"""The words in a picture: the lines of a box, the text of an arrow. One place, so that all formats say the same."""

from __future__ import annotations

from dagjob.pictures.drawing import COPIES, Arrow, Box

_PASSES = {"value": "", "each": "each", "all": "all"}


def box_lines(box: Box) -> list[str]:
    """What stands in a box, one to three lines."""
    lines = [box.name]
    if box.op:
        lines.append(f"({box.op})")
    facts = []
    if box.folded or box.key.endswith(COPIES):
        facts.append(f"{box.holds:,} {'ops' if box.folded else 'copies'}" if box.holds > 1 else "")
    if box.status is not None:
        facts.append(box.status.replace("_", " "))
        if box.seconds is not None and box.status not in ("reused", "skipped", "not_run"):
            facts.append(f"{box.seconds:.1f}s")
    told = ", ".join(filter(None, facts))
    return [*lines, told] if told else lines


def arrow_text(arrow: Arrow) -> str:
    """What stands at an arrow: the output, and whether each of its values goes its own way."""
    return " ".join(filter(None, (_PASSES[arrow.passes], arrow.output)))
