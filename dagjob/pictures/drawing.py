"""What a picture of a job shows: boxes, arrows between them, and frames around what is in a graph. Every format draws this.

A drawing is made from a job, or from a run that is recorded: then it needs no module, and has the statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from dagjob.definitions.graphs import GraphDefinition
from dagjob.definitions.walk import Path, is_among, node_at, walk_ops
from dagjob.definitions.wiring import Collected, Each, FanIn, GraphInput, OutputOf, Source
from dagjob.record import Record, replace

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.run_view import OpView, RunView

Passes = Literal["value", "each", "all"]
"""What an arrow carries: a value, each value of a dynamic output to a copy of its own, or all of them as a list."""
COPIES = "[*]"
"""How the key of a box ends that stands for the copies of a mapped op."""
_WORST_FIRST = (
    "failed", "timeout", "canceled", "running", "retrying", "not_run", "waiting", "skipped", "success", "reused",
)  # fmt: skip


class Look(Record):
    """How to draw: from left to right (`LR`) or from top to bottom (`TB`); `utf8` says which characters may be used."""

    direction: Literal["LR", "TB"] = "LR"
    utf8: bool = True


class Box(Record):
    """An op, or a graph that is folded. `frame` are the graphs around it; `op` is the op's own name where it has another.

    `holds` is how many ops or copies it stands for; `status` is the worst of theirs, and None where no run is drawn.
    """

    key: str
    name: str
    frame: Path = ()
    op: str = ""
    holds: int = 1
    folded: bool = False
    status: str | None = None
    seconds: float | None = None


class Arrow(Record):
    """From box to box, by key. `output` is the name of the output, where it is not the usual one."""

    source: str
    target: str
    output: str = ""
    passes: Passes = "value"


class Drawing(Record):
    """The picture. Boxes are in topological order; `run` is the id of the run whose statuses are shown."""

    name: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    run: str = ""
    status: str | None = None

    @property
    def frames(self) -> tuple[Path, ...]:
        """All graphs that are drawn as frames, outer ones first."""
        return tuple(dict.fromkeys(box.frame[: end + 1] for box in self.boxes for end in range(len(box.frame))))


def of_job(job: JobDefinition, depth: int | None = None, paths: frozenset[Path] | None = None) -> Drawing:
    """The picture of a job. Graphs that lie deeper than `depth` (0: all of them) are folded into one box.

    With `paths` only these ops, and all that is in these graphs: it need not be what could run alone.
    """
    boxes, arrows = [], []
    for path, node, op in walk_ops(job.graph, topological=True):
        if paths is not None and not is_among(path, paths):
            continue
        key = ".".join(path)
        boxes.append(Box(key, path[-1], path[:-1], op.name if op.name != node.name else ""))
        for source in node.inputs.values():
            arrows += [replace(arrow, target=key) for arrow in _arrows(job, source, path[:-1])]
    keys = {box.key for box in boxes}
    shown = tuple(arrow for arrow in dict.fromkeys(arrows) if arrow.source in keys)
    return _folded(Drawing(job.name, tuple(boxes), shown), depth)


def of_run(
    view: RunView, *, expand: bool = False, keys: frozenset[str] | None = None, depth: int | None = None
) -> Drawing:
    """The picture of a recorded run. With `expand` mapped copies have boxes of their own; `keys` are the steps to show."""
    boxes: dict[str, list[OpView]] = {}
    arrows = []
    for op in view.in_order():
        if keys is not None and op.key not in keys:
            continue
        here = op.key if expand else _together(op.key)
        boxes.setdefault(here, []).append(op)
        for above in op.upstream:
            copies = view.ops[above].copies if expand and above in view.ops else None
            sources = [copy.key for copy in copies] if copies is not None else [above if expand else _together(above)]
            arrows += [Arrow(source, here) for source in sources]
    drawn = tuple(_box_of_run(key, ops) for key, ops in boxes.items())
    shown = tuple(arrow for arrow in dict.fromkeys(arrows) if arrow.source in boxes)
    name = view.run.job if view.run is not None else ""
    return _folded(Drawing(name, drawn, shown, view.run_id, view.status), depth)


def worst(statuses: Iterable[str | None]) -> str | None:
    """The status that stands for several: the one that somebody should look at first."""
    there = set(statuses)
    return next((status for status in _WORST_FIRST if status in there), None)


def _box_of_run(key: str, ops: Sequence[OpView]) -> Box:
    head, bracket, rest = key.partition("[")
    *frame, name = head.split(".")
    seconds = [op.seconds for op in ops if op.seconds is not None]
    return Box(
        key,
        f"{name}{bracket}{rest}",
        tuple(frame),
        holds=len(ops),
        status=worst(op.status for op in ops),
        seconds=sum(seconds) if seconds else None,
    )


def _together(key: str) -> str:
    """The key of the box that all copies of a mapped op share."""
    head, bracket, _ = key.partition("[")
    return f"{head}{COPIES}" if bracket else key


def _arrows(job: JobDefinition, source: Source, above: Path) -> Iterator[Arrow]:
    """What a source written down in the graph at `above` takes, from the ops that make it; the targets are still open."""
    match source:
        case FanIn(members):
            for member in members:
                yield from _arrows(job, member, above)
        case Each(inner):
            yield from (replace(arrow, passes="each") for arrow in _arrows(job, inner, above))
        case Collected(inner):
            yield from (replace(arrow, passes="all") for arrow in _arrows(job, inner, above))
        case GraphInput(name):
            outside = node_at(job.graph, above).inputs.get(name) if above else None
            if outside is not None:
                yield from _arrows(job, outside, above[:-1])
        case OutputOf(name, output):
            here = (*above, name)
            inside = node_at(job.graph, here).definition
            if isinstance(inside, GraphDefinition):
                if output in inside.outputs:
                    yield from _arrows(job, inside.outputs[output], here)
            else:
                yield Arrow(".".join(here), "", "" if output == "result" else output)


def _folded(drawing: Drawing, depth: int | None) -> Drawing:
    if depth is None:
        return drawing
    holders = {box.key: box.frame[: depth + 1] for box in drawing.boxes if len(box.frame) > depth}
    members: dict[str, list[Box]] = {}
    for box in drawing.boxes:
        members.setdefault(".".join(holders.get(box.key, ())) or box.key, []).append(box)
    boxes = tuple(_holder(key, inside) if inside[0].key != key else inside[0] for key, inside in members.items())
    moved = {box.key: key for key, inside in members.items() for box in inside}
    arrows = dict.fromkeys(
        replace(arrow, source=moved[arrow.source], target=moved[arrow.target])
        for arrow in drawing.arrows
        if moved[arrow.source] != moved[arrow.target]
    )
    return replace(drawing, boxes=boxes, arrows=tuple(arrows))


def _holder(key: str, inside: Sequence[Box]) -> Box:
    *frame, name = key.split(".")
    seconds = [box.seconds for box in inside if box.seconds is not None]
    return Box(
        key,
        name,
        tuple(frame),
        holds=sum(box.holds for box in inside),
        folded=True,
        status=worst(box.status for box in inside),
        seconds=sum(seconds) if seconds else None,
    )
