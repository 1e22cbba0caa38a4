"""How a run stands just now, as a few lines that stay: what `t` prints above the board, and SIGUSR1 in any display.

Pure: a state and the time go in, lines come out.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagjob.display import traceback as tb
from dagjob.display.failure import error_lines
from dagjob.display.options import DisplayOptions
from dagjob.display.sanitize import one_line
from dagjob.display.style import Style
from dagjob.display.summary import counts
from dagjob.display.tails import Tails, clock_time
from dagjob.display.watched import WatchedRun
from dagjob.display.words import brief, cut, duration, middle_cut, number, pad, widest
from dagjob.events import ErrorInfo, OpStatus
from dagjob.run_view import BAD, OpView

MOST_OPS = 12


def status_block(
    state: WatchedRun, now: float, style: Style, columns: int, left: str = "", tails: Tails | None = None
) -> list[str]:
    """One line for the run, and one for each op that runs, waits for another attempt or has failed."""
    if state.run is None:
        return []
    waiting = state.count("waiting")
    parts = [f"{state.done}/{state.total} done"]
    parts += [f"{many:,} {word}" for status, word in _COUNTED if (many := state.count(status))]
    parts += [f"{waiting:,} waiting"] if waiting else []
    head = f" {style.paint(state.job, 'strong')}  {state.run_id}  {state.status}  {duration(state.elapsed(now))}"
    end = f"  {left}" if left else ""
    if state.ended is not None:
        return [f"{head}   {counts(state)}"]
    more = style.glyph("more")
    lines = [f"{clock_time(now)}{head}{end}", f"   {', '.join(parts)}"]
    shown = [*state.having(*BAD), *state.having("retrying"), *state.having("running")]
    column = widest([op.label for op in shown[:MOST_OPS]], 0, 40)
    for op in shown[:MOST_OPS]:
        name = pad(middle_cut(op.label, column, more), column)
        took = op.running_for(now) if op.status == "running" else op.span(now) or 0.0
        row = f" {style.mark(op.status)} {name}{duration(took):>8}  "
        lines.append((row + cut(_said(op, now, tails), max(20, columns - column - 14), more)).rstrip())
    if len(shown) > MOST_OPS:
        lines.append(f"   {more} and {len(shown) - MOST_OPS:,} more")
    return lines


def stack_block(op: OpView, asked: ErrorInfo | str, options: DisplayOptions, style: Style) -> list[str]:
    """Where an op is in its code, or why nobody knows."""
    head = f"{style.mark('running')} {op.label}  {duration(op.running_for(options.clock()))}"
    if isinstance(asked, str):
        return [f"{head}  no stack: {asked}"]
    return [head, *(f"  {line}".rstrip() for line in error_lines(asked, options, style, headline=False)), ""]


_COUNTED: Sequence[tuple[OpStatus, str]] = (
    ("running", "running"),
    ("retrying", "to retry"),
    ("failed", "failed"),
    ("timeout", "timed out"),
    ("not_run", "not run"),
)


def _said(op: OpView, now: float, tails: Tails | None) -> str:
    if op.error is not None and op.status != "running":
        why = tb.headline(tb.own(op.error))
        rest = (op.retry_at or now) - now
        return f"attempt {op.attempt + 1} in {brief(rest)}: {why}" if op.status == "retrying" else why
    parts = [f"attempt {op.attempt}"] if op.attempt > 1 else []
    if op.progress is not None:
        of = f"/{number(op.progress.total)}" if op.progress.total else ""
        parts += [f"{number(op.progress.done)}{of} {op.progress.unit}".rstrip(), op.progress.text]
    last = tails.last(op.key) if tails is not None else None
    if last is not None:
        parts.append(last.with_level())
    return one_line("  ".join(part for part in parts if part))
