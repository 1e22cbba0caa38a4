"""What a run is expected to cost, in words and as JSON: how long, what makes it so long, how many workers would help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagjob.display.words import about, brief, listing

if TYPE_CHECKING:
    from dagjob.plan.cost import Cost

WORTH_SAYING = 1.1
"""More workers are proposed where they would make a run shorter by this."""
MOST_OF_PATH = 6


def cost_lines(cost: Cost, after: str = "") -> Iterator[str]:
    """In words; nothing where nothing is known. `after` stands behind how long."""
    if cost.seconds is None:
        if cost.steps:
            few = listing([key.replace("[?]", "[*]") for key in cost.unknown])
            yield f"how long it takes is not known yet: {few} ran fewer than 3 times"
        return
    runs = f"({cost.runs} run{'s' if cost.runs != 1 else ''})"
    path = f"; critical path {path_text(cost.path)}" if len(cost.path) > 1 else ""
    yield f"about {_about(cost.seconds)}{after} with -j {cost.workers} {runs}{path}"
    if cost.workers > cost.useful:
        noun = "worker" if cost.useful == 1 else "workers"
        yield f"more than {cost.useful} {noun} would not help"
    elif cost.least is not None and cost.useful > cost.workers and cost.seconds > cost.least * WORTH_SAYING:
        yield f"-j {cost.useful} would make it about {_about(cost.least)}"


def _about(seconds: float) -> str:
    """Whole seconds below a minute: nobody sees it count down; else as rounded as any estimate."""
    return brief(max(1.0, seconds)) if seconds < 59.5 else about(seconds)


def path_text(path: tuple[str, ...]) -> str:
    """The critical path on one line: `a > b > c`; of a long one its ends."""
    if len(path) > MOST_OF_PATH + 1:  # To leave out one would save nothing.
        path = (*path[: MOST_OF_PATH // 2], f"... {len(path) - MOST_OF_PATH} more ...", *path[-MOST_OF_PATH // 2 :])
    return " > ".join(path)


def usual_text(seconds: float | None) -> str:
    """The usual time of an op: `~41s`, `<1s`; nothing where it is not known."""
    if seconds is None:
        return ""
    return f"~{brief(seconds)}" if seconds >= 1 else "<1s"


def cost_json(cost: Cost) -> dict[str, Any]:
    """For `--format json`; times in seconds, None where too little is known."""
    return {
        "seconds": _rounded(cost.seconds),
        "workers": cost.workers,
        "critical_path": list(cost.path),
        "useful_workers": cost.useful if cost.seconds is not None else None,
        "least_seconds": _rounded(cost.least),
        "runs": cost.runs,
        "unknown": list(cost.unknown),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
