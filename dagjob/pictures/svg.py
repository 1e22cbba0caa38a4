"""The picture as SVG: one file without scripts, fonts or anything from elsewhere; light or dark as the reader has it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from dagjob.definitions.walk import Path
from dagjob.pictures.drawing import Arrow, Box, Drawing, Look
from dagjob.pictures.labels import arrow_text, box_lines
from dagjob.pictures.layers import Placed, Point, place
from dagjob.record import Record

LETTER, LINE, PAD = 7.2, 16.0, 10.0
"""About the width of a letter, the height of a line, and the room around them, in pixels."""
FRAME_TOP, FRAME_PAD, MARGIN = 26.0, 14.0, 16.0
LONGEST = 34
STYLE = """\
.dagjob{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;--ink:#1f2733;--soft:#5b6675;--line:#8a96a5;\
--box:#ffffff;--frame:#f3f5f8;--edge:#cdd4dd;--good:#d9f2e0;--good-line:#2f855a;--bad:#fbdcdc;--bad-line:#c53030;\
--busy:#dbe9fb;--busy-line:#2b6cb0;--hold:#fbf0cf;--hold-line:#b7791f;--off:#eceef1;--off-line:#98a2af;\
--kept:#d8eef2;--kept-line:#2c7a8c}
@media(prefers-color-scheme:dark){.dagjob{--ink:#e6eaf0;--soft:#a9b4c2;--line:#75808f;--box:#1d242e;--frame:#161b23;\
--edge:#39424f;--good:#173d28;--good-line:#4fb37d;--bad:#4a1c1e;--bad-line:#ef7272;--busy:#193453;--busy-line:#6aa8ee;\
--hold:#463510;--hold-line:#dfa94a;--off:#262c35;--off-line:#69737f;--kept:#143a42;--kept-line:#5cb3c5}}
.dagjob text{fill:var(--ink)}.dagjob .soft{fill:var(--soft);font-size:11px}
.dagjob .box{fill:var(--box);stroke:var(--line)}.dagjob .frame{fill:var(--frame);stroke:var(--edge)}
.dagjob .arrow{fill:none;stroke:var(--line);stroke-width:1.3}.dagjob .many{stroke-width:2.6}
.dagjob .tip{fill:var(--line)}
.dagjob .success{fill:var(--good);stroke:var(--good-line)}.dagjob .reused{fill:var(--kept);stroke:var(--kept-line)}
.dagjob .failed,.dagjob .timeout{fill:var(--bad);stroke:var(--bad-line)}
.dagjob .running{fill:var(--busy);stroke:var(--busy-line)}
.dagjob .retrying,.dagjob .canceled{fill:var(--hold);stroke:var(--hold-line)}
.dagjob .skipped,.dagjob .not_run{fill:var(--off);stroke:var(--off-line);stroke-dasharray:4 3}"""


class _Area(Record):
    """A box or a frame, and where the upper left corner of it is."""

    x: float
    y: float
    wide: float
    high: float

    def port(self, look: Look, *, out: bool) -> Point:
        """Where arrows leave it, or come in."""
        if look.direction == "LR":
            return self.x + (self.wide if out else 0.0), self.y + self.high / 2
        return self.x + self.wide / 2, self.y + (self.high if out else 0.0)


def svg(drawing: Drawing, look: Look) -> str:
    """The whole file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element(drawing, look)}'


def element(drawing: Drawing, look: Look) -> str:
    """The element alone, as it stands in a page."""
    inner = _Inner(drawing, look, ())
    wide, high = inner.size[0] + 2 * MARGIN, inner.size[1] + 2 * MARGIN
    areas = dict(inner.areas(MARGIN, MARGIN))
    lanes = dict(inner.lanes(MARGIN, MARGIN))
    title = escape(_shown(f"{drawing.name}, {drawing.status} ({drawing.run})" if drawing.run else drawing.name))
    frames = [_frame(drawing, frame, areas[frame]) for frame in drawing.frames]
    arrows = [_arrow(arrow, areas, lanes, look) for arrow in drawing.arrows]
    boxes = [_box(box, areas[box.key]) for box in drawing.boxes]
    head = (
        f'<svg class="dagjob" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" role="img" aria-label="{title}"><title>{title}</title><style>{STYLE}</style>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto" markerUnits="userSpaceOnUse"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    return "\n".join([head, *frames, *arrows, *boxes, "</svg>"])


class _Inner:
    """What is inside of a frame: boxes and frames, each placed as one."""

    def __init__(self, drawing: Drawing, look: Look, frame: Path) -> None:
        self._look = look
        self._frames = {
            ".".join(inner): (inner, _Inner(drawing, look, inner)) for inner in drawing.frames if inner[:-1] == frame
        }
        self._boxes = {box.key: _size(box) for box in drawing.boxes if box.frame == frame}
        sizes = {}
        for box in drawing.boxes:  # In their order, which is topological.
            member = _member(box.key, box.frame, frame)
            if member is not None and member not in sizes:
                own = self._boxes.get(member)
                sizes[member] = self._turned(own if own is not None else self._frames[member][1].outer)
        frame_of = {box.key: box.frame for box in drawing.boxes}
        edges = {}
        for arrow in drawing.arrows:
            ends = (
                _member(arrow.source, frame_of[arrow.source], frame),
                _member(arrow.target, frame_of[arrow.target], frame),
            )
            if ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
                edges[arrow.source, arrow.target] = ends[0], ends[1]
        self._edges = edges
        self._placed: Placed = place(sizes, edges.values())
        self.size = self._turned(self._placed.size)

    @property
    def outer(self) -> Point:
        """The size with the frame around it."""
        return self.size[0] + 2 * FRAME_PAD, self.size[1] + FRAME_TOP + FRAME_PAD

    def areas(self, x: float, y: float) -> Iterator[tuple[str | Path, _Area]]:
        """Where each box and each frame stands, by key and by path, if all of it stands at this corner."""
        for key, corner in self._placed.at.items():
            left, top = self._turned(corner)
            if key in self._boxes:
                yield key, _Area(x + left, y + top, *self._boxes[key])
            else:
                path, inner = self._frames[key]
                yield path, _Area(x + left, y + top, *inner.outer)
                yield from inner.areas(x + left + FRAME_PAD, y + top + FRAME_TOP)

    def lanes(self, x: float, y: float) -> Iterator[tuple[tuple[str, str], Sequence[Point]]]:
        """The points that arrows go through on their way."""
        for arrow, ends in self._edges.items():
            points = (self._turned(point) for point in self._placed.lanes[ends])
            yield arrow, [(x + left, y + top) for left, top in points]
        for key, (_, inner) in self._frames.items():
            left, top = self._turned(self._placed.at[key])
            yield from inner.lanes(x + left + FRAME_PAD, y + top + FRAME_TOP)

    def _turned(self, point: Point) -> Point:
        return point if self._look.direction == "LR" else (point[1], point[0])


def _member(key: str, frame: Path, inside: Path) -> str | None:
    """The box or frame right inside of `inside` that holds a box; None where that is elsewhere."""
    if frame == inside:
        return key
    if frame[: len(inside)] == inside:
        return ".".join(frame[: len(inside) + 1])
    return None


def _size(box: Box) -> Point:
    lines = [_cut(line) for line in box_lines(box)]
    return max(64.0, max(map(len, lines)) * LETTER + 2 * PAD), len(lines) * LINE + 12.0


def _box(box: Box, area: _Area) -> str:
    look = f"box {box.status}" if box.status else "box"
    behind = ""
    if box.folded or box.holds > 1:
        behind = f'<rect class="{look}" x="{area.x + 4:.1f}" y="{area.y + 4:.1f}" {_rect(area)}/>'
    lines = "".join(
        f'<text{" class=" + chr(34) + "soft" + chr(34) if number else ""} x="{area.x + area.wide / 2:.1f}" '
        f'y="{area.y + 18 + number * LINE:.1f}" text-anchor="middle">{escape(_shown(_cut(line)))}</text>'
        for number, line in enumerate(box_lines(box))
    )
    whole = escape(_shown("  ".join((box.key, *box_lines(box)[1:]))))
    face = f'<rect class="{look}" x="{area.x:.1f}" y="{area.y:.1f}" {_rect(area)}/>'
    return f"<g><title>{whole}</title>{behind}{face}{lines}</g>"


def _rect(area: _Area) -> str:
    return f'width="{area.wide:.1f}" height="{area.high:.1f}" rx="5"'


def _frame(drawing: Drawing, frame: Path, area: _Area) -> str:
    name = escape(_shown(_cut(frame[-1])))
    return (
        f'<rect class="frame" x="{area.x:.1f}" y="{area.y:.1f}" {_rect(area)}/>'
        f'<text class="soft" x="{area.x + 10:.1f}" y="{area.y + 17:.1f}">{name}</text>'
    )


def _arrow(
    arrow: Arrow, areas: Mapping[str | Path, _Area], lanes: Mapping[tuple[str, str], Sequence[Point]], look: Look
) -> str:
    points = [
        areas[arrow.source].port(look, out=True),
        *lanes.get((arrow.source, arrow.target), ()),
        areas[arrow.target].port(look, out=False),
    ]
    way = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        if look.direction == "LR":
            half = (x + to_x) / 2
            way.append(f"C{half:.1f} {y:.1f} {half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        else:
            half = (y + to_y) / 2
            way.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
    many = " many" if arrow.passes != "value" else ""
    told = f"{arrow.source} to {arrow.target}" + (f": {arrow_text(arrow)}" if arrow_text(arrow) else "")
    return f'<path class="arrow{many}" marker-end="url(#tip)" d="{"".join(way)}"><title>{escape(_shown(told))}</title></path>'


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _shown(line: str) -> str:
    """Without characters that XML has not, or that turn the direction of what follows."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
