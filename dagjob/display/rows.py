"""The rows of the board: one op, one group, one bar, as spans of text and style. Columns are laid out by hand.

Pure: facts and a number of columns in, spans out. Which rows there are, and how many, is decided in `layout`.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagjob.display import traceback as tb
from dagjob.display.groups import Group
from dagjob.display.live import LiveView
from dagjob.display.sanitize import one_line
from dagjob.display.style import Style
from dagjob.display.watched import note
from dagjob.display.words import brief, cut, duration, listing, middle_cut, number, pad, size, usual_time, width
from dagjob.events import OpStatus, Progressed
from dagjob.record import Record
from dagjob.run_view import OpView

Span = tuple[str, str]
"""A text and the word of its style."""
Row = tuple[Span, ...]

EMPTY: Row = ()
SECONDS = 8
USUAL = 9
BAR = 20
SHORT_BAR = 16
PERCENT, WIDE_PERCENT = 5, 6
MOST_NOTE = 200


class Columns(Record):
    """Where things stand in the rows of ops: widths in columns; 0 means that the column is not there."""

    total: int
    name: int
    usual: int = 0
    bar: int = 0
    """Kept free before the notes, so that they stand in one line beside bars; else a bar pushes its note."""


def row_width(row: Row) -> int:
    """Columns that a row takes."""
    used = 0
    for text, _ in row:
        used += len(text) if text.isascii() else width(text)
    return used


def fit(row: Row, columns: int, more: str) -> Row:
    """The row, cut at its end where it is wider than the screen."""
    if row_width(row) <= columns:
        return row
    room = columns
    fitted: list[Span] = []
    for text, style in row:
        used = width(text)
        if used > room:
            fitted.append((cut(text, room, more), style))
            break
        fitted.append((text, style))
        room -= used
    return tuple(fitted)


def spread(left: Row, right: Row, columns: int) -> Row:
    """Two rows in one, the second at the right edge; it goes where there is no room for both."""
    free = columns - row_width(left) - row_width(right)
    return (*left, (" " * free, ""), *right) if free >= 2 else left


# -- one op --------------------------------------------------------------------------------------------------------


def op_row(op: OpView, state: LiveView, now: float, columns: Columns, style: Style) -> Row:
    """` ⠹ join_sales    41.2s  ━━━━────  52%  520/1000 chunks`."""
    status = op.status
    more = style.glyph("more")
    mark = style.spinner(now) if status == "running" else style.glyph(status)
    took = _took(op, now)
    spans: list[Span] = [
        (f" {mark} ", status),
        (pad(middle_cut(op.label, columns.name, more), columns.name), "dim" if status in _QUIET else "name"),
        (f"{duration(took) if took is not None else '':>{SECONDS}}", ""),
    ]
    usual = state.usual(op) if status in _COMPARED else None
    if columns.usual:
        usual = state.usual(op)
        spans.append((f"{usual_time(usual) if usual is not None else '':>{columns.usual}}", "dim"))
    spans.append(("  ", ""))
    bar = _bar(op, usual, now, columns, style) if status == "running" else ()
    if bar:
        spans += bar
    elif columns.bar:
        spans.append((" " * columns.bar, ""))
    note, look = _note(op, state, usual, now, bool(bar), columns.bar > 0)
    # Nothing is measured that is as wide as it was made.
    room = columns.total - (4 + style.glyph_width + columns.name + SECONDS + columns.usual)
    room -= row_width(bar) if bar else columns.bar
    if note and room > 0:
        spans.append((cut(one_line(note[:MOST_NOTE]), room, more), look))
    return tuple(spans)


_COMPARED = frozenset({"running", "success"})
"""Where its usual time tells something about an op."""


SHORTEST = 1.0
"""Seconds: of an op that is quicker nobody wants to know how long it takes."""
_QUIET = frozenset({"waiting", "skipped", "not_run"})


def _took(op: OpView, now: float) -> float | None:
    if op.status == "running":
        return op.running_for(now)
    if op.status == "retrying" or op.tries:
        return op.span(now)
    return 0.0 if op.status == "reused" else op.seconds


def _bar(op: OpView, usual: float | None, now: float, columns: Columns, style: Style) -> Row:
    """How far the op is by its own word; where bars have a column of their own, else by its usual time.

    Nothing where neither is known, or it is overdue.
    """
    progress = op.progress
    if progress is not None and progress.total:
        share = max(0.0, min(1.0, progress.done / progress.total))
        end: Span = (f"{share:>{WIDE_PERCENT if columns.bar else PERCENT}.0%}  ", "")
    elif columns.bar and usual and usual >= SHORTEST and (took := op.running_for(now)) < usual:
        share, end = took / usual, ("  ", "")
    else:
        return ()
    full, empty = style.bar(share, BAR)
    return ((full, "running"), (empty, "dim"), end)


def _note(op: OpView, state: LiveView, usual: float | None, now: float, has_bar: bool, wide: bool) -> tuple[str, str]:
    """What stands behind the time, and its style."""
    match op.status:
        case "running":
            return _running_note(op, usual, now, has_bar), "dim"
        case "retrying":
            return _retry_note(op, now), "retrying"
        case "failed" | "timeout":
            said = tb.headline(tb.own(op.error)) if op.error is not None else op.status
            return said + (f"  {op.attempt} attempts" if op.attempt > 1 else ""), "failed"
        case "waiting":
            above = state.waits_for(op)
            return (f"waits for {listing(above)}" if above else ""), "dim"
        case "not_run":
            return (f"needs {listing([key.replace('[?]', '[*]') for key in op.because])}" if op.because else ""), "dim"
        case "skipped":
            return (f"{listing(op.because)} was not yielded" if op.because else ""), "dim"
        case "canceled":
            return "canceled", "canceled"
        case "reused":
            return state.reused_from(), "dim"
    times = state.slow(op)
    if times:
        return f"slow: {times:.1f}x its median{f' of {state.usual_runs} runs' if wide else ''}", "warning"
    if op.tries:
        return f"succeeded at attempt {op.attempt}", "dim"
    return note(op), "dim"


def _running_note(op: OpView, usual: float | None, now: float, has_bar: bool) -> str:
    progress = op.progress
    parts = []
    if op.attempt > 1:
        parts.append(f"attempt {op.attempt}")
    if progress is not None:
        parts.append(how_far(progress))
        if progress.text:
            parts.append(progress.text)
    elif has_bar:
        parts.append("usual time")
    elif usual and usual >= SHORTEST:
        slow = op.running_for(now) > 2 * usual
        parts.append(f"{'slow: ' if slow else ''}usually {usual_time(usual)}")
    if op.worker is not None:
        parts.append(f"on {op.worker}")
    return "  ".join(parts)


def how_far(progress: Progressed) -> str:
    """`520/1000 chunks`, `1.2 MB/4.0 MB`."""
    done, total = progress.done, progress.total
    if progress.unit in _BYTES:
        return f"{size(int(done))}/{size(int(total))}" if total else size(int(done))
    of = f"/{number(total).replace(',', '')}" if total else ""
    return f"{number(done).replace(',', '') if of else number(done)}{of} {progress.unit}".rstrip()


_BYTES = frozenset({"B", "bytes"})


def _retry_note(op: OpView, now: float) -> str:
    rest = (op.retry_at or now) - now
    when = f" in {brief(rest)}" if rest >= 0.5 else ""
    why = f": {tb.headline(tb.own(op.error))}" if op.error is not None else ""
    return f"attempt {op.attempt + 1} of {op.max_retries + 1}{when}{why}"


# -- many ops ------------------------------------------------------------------------------------------------------


def group_row(group: Group, columns: Columns, style: Style) -> Row:
    """`   parse[*]      249       ━━━━━━━━━━━━━━────────── 148   16 running  2 failed`."""
    more = style.glyph("more")
    indent = " " * (2 + style.glyph_width)
    name = pad(middle_cut(group.name, columns.name, more), columns.name)
    done = group.count("success", "reused", "skipped")
    spans: list[Span] = [(indent, ""), (name, ""), (f"{group.total:>{SECONDS},}", "dim"), ("  ", "")]
    if done == group.total:
        spans += [(f"{style.glyph('success')} {done:,}/{group.total:,}", "success")]
        return tuple(spans)
    full, empty = style.bar(done / group.total, BAR if columns.total >= 90 else SHORT_BAR)
    spans += [(full, "success"), (empty, "dim"), (f"{done:>{PERCENT},}", "")]
    told = [one for one in tally(group) if one[1] != "waiting"]
    return append_whole(tuple(spans), told, "  ", columns.total)


def lone_row(op: OpView, state: LiveView, now: float, columns: Columns, style: Style) -> Row:
    """An op that belongs to no group, among groups: `   merge            ○ waits for upload[*]`."""
    more = style.glyph("more")
    name = pad(middle_cut(op.label, columns.name, more), columns.name)
    look = op.status
    if op.status == "running":
        said, mark = duration(op.running_for(now)), style.spinner(now)
    else:
        mark = style.glyph(op.status)
        said = (
            "1/1"
            if op.status == "success"
            else _note(op, state, None, now, False, False)[0] or op.status.replace("_", " ")
        )
    left: Row = ((" " * (2 + style.glyph_width), ""), (name, ""), (" " * (SECONDS + 2), ""), (f"{mark} ", look))
    room = max(1, columns.total - row_width(left))
    return (*left, (cut(one_line(said[:MOST_NOTE]), room, more), look if look == "success" else "dim"))


def append_whole(row: Row, spans: Sequence[Span], between: str, columns: int) -> Row:
    """The row with the spans, each whole; what has no room goes, the least urgent first."""
    kept = list(spans)
    room = columns - row_width(row)
    while kept and sum(width(between) + width(text) for text, _ in kept) > room:
        kept.remove(min(kept, key=lambda one: _DROPPED.index(one[1]) if one[1] in _DROPPED else len(_DROPPED)))
    return (*row, *(part for span in kept for part in ((between, "dim"), span)))


_DROPPED = ("dim", "reused", "waiting", "canceled", "not_run", "retrying", "running")


def tally(counted: Group | LiveView, long: bool = False) -> list[Span]:
    """`2 running`, `1 retry`, `3 waiting`: what there is, each in its colour; `done` is said by the bar."""
    found: list[Span] = []
    for status, word, longer in _TALLY:
        many = counted.count(*status)
        if many:
            found.append((f"{many:,} {longer if long else word}", status[0]))
    return found


_TALLY: Sequence[tuple[tuple[OpStatus, ...], str, str]] = (
    (("running",), "running", "running"),
    (("retrying",), "retry", "to retry"),
    (("failed", "timeout"), "failed", "failed"),
    (("not_run",), "not run", "not run"),
    (("canceled",), "canceled", "canceled"),
    (("waiting",), "waiting", "waiting"),
    (("reused",), "reused", "reused"),
)
