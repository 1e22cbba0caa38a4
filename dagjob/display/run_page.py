"""`runs show`: one run for people, from its view. Header, a row for each op, what failed, what to look at next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from dagjob.display import traceback as tb
from dagjob.display.failure import Told, error_lines, failure_block
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_line, one_line
from dagjob.display.style import Style
from dagjob.display.summary import how_long, why, why_ended
from dagjob.display.watched import MOST_OUTPUTS, facts, is_short
from dagjob.display.words import count, cut, duration, listing, middle_cut, pad, selection_text, size, widest
from dagjob.event_json import dumps
from dagjob.events import RunStarted
from dagjob.record import Record, replace
from dagjob.run_view import BAD, OpView, RunView


class Relative(Record):
    """A run that goes on with another one. `kind` says how it stands to the run of the page: `resumes`, `resumed by`."""

    kind: str
    run_id: str
    status: str


def run_page(view: RunView, options: DisplayOptions, style: Style, lineage: Sequence[Relative] = ()) -> list[str]:
    """The page of one run; the view must have its first event. `lineage` are the runs that it goes on with, and reverse."""
    run = view.run
    assert run is not None
    width = max(60, options.width())
    ops = list(view.in_order())
    names = widest((op.label for op in ops), 12, max(17, width // 3))
    rows = [line for op in ops for line in _rows(op, names, style, width, options)]
    lines = [_head(view, run, style), *_facts(run, lineage), "", *rows, ""]
    # What an op printed is for `runs logs`: a run that died may have left a file whose secrets are not masked.
    options = replace(options, show_output="none")
    told = Told()
    for op in [op for op in view.having(*BAD) if told.again(op) is None]:
        lines += failure_block(op, view.run_id, options, style, ())
        alike = [one.label for one in told.same_as.get(op.key, ())]
        lines += [f"  and in {len(alike):,} more: {listing(alike)}", ""] if alike else []
    if view.ended is not None and view.ended.error is not None and not view.count(*BAD):
        lines += [*(f"   {line}".rstrip() for line in error_lines(view.ended.error, options, style)), ""]
    reason = why_ended(view.ended) if view.ended is not None else ""
    go_on = view.ended is not None and view.status != "success"
    next_step = ["", f" to go on:  dagjob resume {view.run_id}"] if go_on else []
    return [*lines, *([f" {reason}", ""] if reason else []), f" {totals(view)}", *next_step]


def totals(view: RunView) -> str:
    """How many ops there are, and how they stand."""
    parts = [f"{many:,} {status.replace('_', ' ')}" for status, many in view.counts().items()]
    return f"{count(view.total, 'op')}: {', '.join(parts)}" if parts else "no ops"


def _head(view: RunView, run: RunStarted, style: Style) -> str:
    from time import localtime, strftime

    took = ""
    if view.ended is not None:
        took = f"  {how_long(view.status)} {duration(view.ended.seconds)}"
    status = style.paint(view.status.upper(), view.status)
    started = strftime("%Y-%m-%d %H:%M:%S", localtime(run.at))
    return f" {style.paint(run.job, 'strong')}  {view.run_id}  {status}{took}  {started}"


def _facts(run: RunStarted, lineage: Sequence[Relative]) -> list[str]:
    facts = [("run", run.run_id), ("target", run.target)]
    if run.executor:
        how = f", {run.start_method}" if run.start_method else ""
        facts.append(("executor", f"{run.executor}{how}, {count(run.slots, 'worker')}"))
    if run.partition:
        facts.append(("partition", run.partition))
    if run.selection or run.excluded:
        facts.append(("selection", selection_text(run.selection, run.excluded)))
    if run.tags:
        facts.append(("tags", ", ".join(f"{key}={value}" for key, value in run.tags.items())))
    if run.parent_run_id and not lineage:
        facts.append(("resumes", run.parent_run_id))
    facts += [(each.kind, f"{each.run_id[:8]}  {each.status}") for each in lineage]
    return [f" {name:<10} {clean_line(text)}" for name, text in facts if text]


def _rows(op: OpView, names: int, style: Style, width: int, options: DisplayOptions) -> list[str]:
    """The row of an op, and below it why its attempts failed, where no block tells it, and the rest of its metadata."""
    told = []
    if op.status not in BAD:
        for tried in op.tries:
            error = tb.own(tried.error)
            place = tb.place_of(error, options)
            told.append(f"attempt {tried.attempt}: {tb.headline(error)}{f'  ({place})' if place else ''}")
    for output in islice(op.outputs, MOST_OUTPUTS):
        told += [
            f"{key}: {value if isinstance(value, str) else dumps(value, strict=True)}"
            for key, value in output.metadata.items()
            if not is_short(value)
        ]
    more = style.glyph("more")
    indent = " " * (4 + style.glyph_width)
    below = [cut(f"{indent}{one_line(text)}", width, more) for text in told]
    return [_row(op, names, style, width), *below]


def _row(op: OpView, names: int, style: Style, width: int) -> str:
    took = duration(op.seconds) if op.seconds is not None else ""
    more = style.glyph("more")
    left = f" {style.mark(op.status)} {pad(middle_cut(op.label, names, more), names)} {took:>8}  "
    return (left + cut(one_line(_words(op)), max(20, width - names - 14), more)).rstrip()


def _words(op: OpView) -> str:
    """What there is to say about an op in a line."""
    if op.status != "success":
        return why(op) or op.status.replace("_", " ")
    tries = [f"attempt {op.attempt}"] if op.attempt > 1 else []
    said = ", ".join(facts(op, 100))
    outputs = islice(op.outputs, MOST_OUTPUTS)
    sizes = [f"{output.label} {size(output.bytes)}" for output in outputs if output.bytes is not None]
    sizes += [f"and {len(op.outputs) - MOST_OUTPUTS:,} more outputs"] if len(op.outputs) > MOST_OUTPUTS else []
    return "  ".join([*tries, *([said] if said else []), *sizes])
