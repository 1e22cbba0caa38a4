"""The run over time: a row for each op, with its attempts, the pauses between them and the wait for a worker.

The copies of a mapped op share a row, which shows how many ran at a time; those that failed or took longest have rows below.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup, escape

from dagjob.display.sanitize import clean_line
from dagjob.display.words import count, duration
from dagjob.record import Record
from dagjob.report.timeline import WAITS, Span, ready_at, spans
from dagjob.run_view import BAD, OpView, RunView

WIDE, HIGH = 1000.0, 20.0
"""The units of a row; the page stretches them to the room that there is."""
THINNEST = 1.5
MOST_ROWS = 150
"""Rows that a page shows; of more ops the longest and those that failed have one, the rest share the last."""
MOST_COPIES = 20
NARROW = 17
BINS = 250
MOST_TICKS = 6
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_WORDS = {"queued": "waited for a worker", "pause": "waited for the next attempt"}


class Tick(Record):
    """A time on the axis: where, in units, and what stands there."""

    at: float
    text: str


class Row(Record):
    """A row: `key` of an op or its copies, `bars` as SVG, the time that it took in words, `inner` the copies below it."""

    key: str
    label: str
    status: str
    bars: Markup
    text: str
    critical: bool = False
    inner: tuple[Row, ...] = ()
    hidden: int = 0
    """How many copies have no row."""


class Gantt(Record):
    """The picture."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    narrow: bool = False
    """Whether all names are short."""


class _Scale:
    """From seconds since the epoch to units."""

    def __init__(self, start: float, end: float) -> None:
        self.start = start
        self.seconds = max(end - start, 0.001)

    def at(self, moment: float) -> float:
        return min(WIDE, max(0.0, (moment - self.start) / self.seconds * WIDE))


def gantt(view: RunView, groups: Mapping[str, Sequence[OpView]], now: float, critical: Iterable[str]) -> Gantt:
    """The picture of these groups: by label, one op or the copies of a mapped one."""
    assert view.run is not None
    marked = set(critical)
    begun = {label: ran for label, ops in groups.items() if (ran := [op for op in ops if op.first is not None])}
    spanned = {op.key: spans(op, now, ready_at(view, op)) for ops in begun.values() for op in ops}
    ends = [each[-1].end for each in spanned.values() if each]
    end = max([*ends, view.ended.at if view.ended is not None else now])
    scale = _Scale(view.run.at, end)
    chosen = _chosen(begun)
    rows = [
        _single(ops[0], spanned, scale, marked)
        if len(groups[label]) == 1
        else _group(label, ops, spanned, scale, marked)
        for label, ops in begun.items()
        if label in chosen
    ]
    rest = [op for label, ops in begun.items() if label not in chosen for op in ops]
    if rest:
        rows.append(_shared(f"{count(len(rest), 'shorter op')}", rest, spanned, scale))
    return Gantt(tuple(rows), tuple(_ticks(scale)), max((len(row.label) for row in rows), default=0) <= NARROW)


def _chosen(groups: Mapping[str, Sequence[OpView]]) -> set[str]:
    if len(groups) <= MOST_ROWS:
        return set(groups)
    order = sorted(groups, key=lambda label: max(map(gravity, groups[label])), reverse=True)
    return set(order[:MOST_ROWS])


def gravity(op: OpView) -> tuple[bool, bool, float]:
    """What has a row first: what failed, what was tried again, what took long."""
    return op.status in (*BAD, "canceled"), bool(op.tries), op.span() or 0.0


def _single(op: OpView, spanned: Mapping[str, Sequence[Span]], scale: _Scale, marked: set[str]) -> Row:
    found = spanned[op.key]
    took = op.span()
    bars = Markup("").join(_bar(each, scale, op.label) for each in found)
    text = _exact(took) if took is not None else ""
    return Row(op.key, op.label, op.status, bars, text, op.key in marked)


def _group(
    label: str, ops: Sequence[OpView], spanned: Mapping[str, Sequence[Span]], scale: _Scale, marked: set[str]
) -> Row:
    order = sorted(ops, key=gravity, reverse=True)[:MOST_COPIES]
    inner = tuple(_single(op, spanned, scale, marked) for op in sorted(order, key=lambda op: op.first or 0.0))
    row = _shared(label, ops, spanned, scale)
    bad = any(op.key in marked for op in ops)
    return Row(label, label, row.status, row.bars, row.text, bad, inner, len(ops) - len(inner))


def _shared(label: str, ops: Sequence[OpView], spanned: Mapping[str, Sequence[Span]], scale: _Scale) -> Row:
    """How many of several ops ran at a time, and where one failed."""
    running = [each for op in ops for each in spanned[op.key] if each.kind not in WAITS]
    bars, most = _area(running, scale)
    for each in running:
        if each.kind in BAD:
            x = min(WIDE - THINNEST, scale.at(each.end))
            bars += Markup('<rect class="failed" x="{}" y="0" width="2" height="5"/>').format(_n(x))
    failed = any(op.status in BAD for op in ops)
    start, end = min(each.start for each in running), max(each.end for each in running)
    text = f"{_exact(end - start)}{f', up to {most:,} at a time' if most > 1 else ''}"
    return Row(label, label, "failed" if failed else "success", bars, text)


def _area(running: Sequence[Span], scale: _Scale) -> tuple[Markup, int]:
    """How many run at a time, as a stepped line; and the most of them."""
    starts, ends = sorted(each.start for each in running), sorted(each.end for each in running)
    edges = [scale.start + scale.seconds * number / BINS for number in range(BINS + 1)]
    # Of a bin, all that ran in any part of it: something that is short must not vanish.
    counts = [
        bisect.bisect_left(starts, edges[number + 1]) - bisect.bisect_left(ends, edges[number])
        for number in range(BINS)
    ]
    most = _most_at_a_time(starts, ends)
    top = max(1, *counts)
    way = [f"M0 {HIGH:g}"]
    before = 0
    for number, many in enumerate(counts):
        if many != before:
            way.append(f"H{number * WIDE / BINS:g}V{_n(HIGH - many / top * (HIGH - 2))}")
            before = many
    way.append(f"H{WIDE:g}V{HIGH:g}Z")
    told = Markup('<path class="area" d="{}"><title>up to {} at a time</title></path>').format("".join(way), most)
    return told, most


def _most_at_a_time(starts: Sequence[float], ends: Sequence[float]) -> int:
    most = ended = 0
    for number, start in enumerate(starts, 1):
        while ended < len(ends) and ends[ended] <= start:
            ended += 1
        most = max(most, number - ended)
    return most


def _bar(span: Span, scale: _Scale, label: str) -> Markup:
    x, to = scale.at(span.start), scale.at(span.end)
    wide = max(THINNEST, to - x)
    x = min(x, WIDE - wide)
    what = _WORDS.get(span.kind) or f"attempt {span.attempt}: {span.kind.replace('_', ' ')}"
    begin = f"from {_offset(span.start - scale.start)}"
    title = clean_line(f"{label}, {what}, {_exact(span.seconds)}, {begin}")
    y, high = ("8.5", "3") if span.kind in WAITS else ("2", "16")
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        span.kind, _n(x), y, _n(wide), high, title
    )


def _ticks(scale: _Scale) -> Iterator[Tick]:
    step = next((step for step in _steps() if scale.seconds / step <= MOST_TICKS), scale.seconds)
    number = 0
    while number * step <= scale.seconds * 0.999:
        yield Tick(float(_n(number * step / scale.seconds * WIDE)), _offset(number * step))
        number += 1


def _steps() -> Iterator[float]:
    for power in (0.001, 0.01, 0.1):
        yield from (power, 2 * power, 5 * power)
    yield from _STEPS
    days = 2
    while True:
        yield 86400 * days
        days *= 2


def _offset(seconds: float) -> str:
    if seconds <= 0:
        return "0"
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    text = f"{seconds:.1f}".removesuffix(".0") if seconds < 60 else ""
    return f"{text}s" if text else duration(seconds)


def _exact(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms" if seconds < 0.1 else duration(seconds)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def grid(ticks: Sequence[Tick]) -> Markup:
    """The lines of the axis, to be drawn behind each row."""
    return Markup("").join(
        Markup('<path d="M{0} 0V{1:g}"/>').format(escape(_n(tick.at)), HIGH) for tick in ticks if tick.at
    )
