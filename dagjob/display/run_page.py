"""`runs show`: one run for people, from its view. Header, a row for each op, what failed, what to look at next. Pure."""

from __future__ import annotations

from dagjob.display.failure import Told, error_lines, failure_block
from dagjob.display.live import note
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import clean_line, one_line
from dagjob.display.style import Style
from dagjob.display.summary import why
from dagjob.display.words import count, cut, duration, listing, middle_cut, pad, widest
from dagjob.events import RunStarted
from dagjob.record import replace
from dagjob.run_view import BAD, OpView, RunView


def run_page(view: RunView, options: DisplayOptions, style: Style) -> list[str]:
    """The page of one run; the view must have its first event."""
    run = view.run
    assert run is not None
    width = max(60, options.width())
    ops = list(view.in_order())
    names = widest((op.label for op in ops), 12, max(17, width // 3))
    lines = [_head(view, run, style), *_facts(run), "", *(_row(op, names, style, width) for op in ops), ""]
    # What an op printed is for `runs logs`: a run that died may have left a file whose secrets are not masked.
    options = replace(options, show_output="none")
    told = Told()
    for op in [op for op in view.having(*BAD) if told.again(op) is None]:
        lines += failure_block(op, view.run_id, options, style, ())
        alike = [one.label for one in told.same_as.get(op.key, ())]
        lines += [f"  and in {len(alike):,} more: {listing(alike)}", ""] if alike else []
    if view.ended is not None and view.ended.error is not None and not view.count(*BAD):
        lines += [*(f"   {line}".rstrip() for line in error_lines(view.ended.error, options, style)), ""]
    return [*lines, f" {_totals(view)}"]


def _totals(view: RunView) -> str:
    parts = [f"{many:,} {status.replace('_', ' ')}" for status, many in view.counts().items()]
    return f"{count(view.total, 'op')}: {', '.join(parts)}" if parts else "no ops"


def _head(view: RunView, run: RunStarted, style: Style) -> str:
    from time import localtime, strftime

    took = ""
    if view.ended is not None:
        took = f"  {'in' if view.status == 'success' else 'after'} {duration(view.ended.seconds)}"
    status = style.paint(view.status.upper(), view.status)
    started = strftime("%Y-%m-%d %H:%M:%S", localtime(run.at))
    return f" {style.paint(run.job, 'strong')}  {view.run_id}  {status}{took}  {started}"


def _facts(run: RunStarted) -> list[str]:
    facts = [("run", run.run_id), ("target", run.target)]
    if run.executor:
        how = f", {run.start_method}" if run.start_method else ""
        facts.append(("executor", f"{run.executor}{how}, {count(run.slots, 'worker')}"))
    if run.partition:
        facts.append(("partition", run.partition))
    if run.tags:
        facts.append(("tags", ", ".join(f"{key}={value}" for key, value in run.tags.items())))
    if run.parent_run_id:
        facts.append(("resumes", run.parent_run_id))
    return [f" {name:<9} {clean_line(text)}" for name, text in facts if text]


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
    said = note(op)
    sizes = [f"{output.name} {_size(output.bytes)}" for output in op.outputs.values() if output.bytes is not None]
    return "  ".join([*tries, *([said] if said else []), *sizes])


def _size(size: int) -> str:
    for unit, each in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if size >= each:
            return f"{size / each:.1f} {unit}"
    return f"{size} B"
