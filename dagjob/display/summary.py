"""What remains on the screen when a run has ended: a few lines made from the folded state.

Pure: a state goes in, lines come out. A success is short; a failure names what failed, what did not run, and the
command to type next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagjob.display import traceback as tb
from dagjob.display.failure import Told, error_lines
from dagjob.display.options import DisplayOptions
from dagjob.display.style import Style
from dagjob.display.watched import WatchedRun, facts, note, value_command
from dagjob.display.words import count, cut, duration, listing, middle_cut, pad, usual_time, widest, width
from dagjob.events import SIGNAL_WORDS, OpStatus, RunEnded
from dagjob.run_view import BAD, TERMINATED, OpView

MOST_OF_A_KIND = 12
MOST_SLOWEST = 3
MOST_LOOKED_AT = 500
WIDEST = 100
WORDS = {"success": "SUCCESS", "failed": "FAILED", "canceled": "CANCELED", "timeout": "TIMEOUT", "crashed": "CRASHED"}
COUNTED: tuple[tuple[OpStatus, str], ...] = (
    ("success", "done"),
    ("reused", "reused"),
    ("failed", "failed"),
    ("timeout", "timed out"),
    ("canceled", "canceled"),
    ("skipped", "skipped"),
    ("not_run", "not run"),
    ("waiting", "not begun"),
)


def counts(state: WatchedRun, *, with_flaky: bool = True) -> str:
    """`6 done (1 flaky), 1 reused, 1 failed, 4 not run`: what there is of each kind."""
    parts = []
    for status, word in COUNTED:
        found = state.count(status)
        if found:
            flaky = f" ({state.flaky} flaky)" if status == "success" and state.flaky and with_flaky else ""
            parts.append(f"{found:,} {word}{flaky}")
    return ", ".join(parts) or "no ops"


def summary(
    state: WatchedRun,
    options: DisplayOptions,
    style: Style,
    told: Told | None = None,
    said: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """The last lines of a run, with an empty one before. `said` are lines of logs, each with its step, as yet unseen."""
    if state.ended is None:
        return []
    if state.ended.status == "success":
        seen = [*_facts(state, options, style), *_said(said, options, style), *see_value(state, options)]
        return ["", _success_title(state, options, style), *_slow_and_flaky(state, style), *seen]
    if state.ended.status == "canceled" and not state.count(*BAD):
        reason = why_ended(state.ended)
        return ["", _title(state, style, f"   {counts(state)}"), *([f" {reason}"] if reason else []), *_go_on(options)]
    return ["", *_failed(state, options, style, told or Told())]


def how_long(status: str) -> str:
    """The word before the time that a run took. Nobody saw one die that crashed: it gave its last sign of life then."""
    return {"success": "in", "crashed": "after at least"}.get(status, "after")


def _title(state: WatchedRun, style: Style, rest: str) -> str:
    ended, run = state.ended, state.run
    assert ended is not None
    word = style.paint(WORDS.get(ended.status, ended.status.upper()), ended.status)
    job = style.paint(run.job, "strong") if run else ""
    return f" {job}  {state.run_id}  {word}  {how_long(ended.status)} {duration(ended.seconds)}{rest}"


def _success_title(state: WatchedRun, options: DisplayOptions, style: Style) -> str:
    ops = count(sum(state.count(status) for status, _ in COUNTED), options.unit)
    more = [f"{found:,} {word}" for status, word in COUNTED[1:] if (found := state.count(status))]
    return _title(state, style, f"  {', '.join([ops, *more])}{compared(state)}")


def compared(state: WatchedRun) -> str:
    """`   (usually 1m35s)`, where enough runs are known."""
    usually = state.usually()
    return f"   (usually {usual_time(usually)})" if usually else ""


def _slow_and_flaky(state: WatchedRun, style: Style) -> list[str]:
    lines = []
    slow = [(op, times) for op in state.having("success") if (times := state.slow(op))]
    for op, times in slow[:MOST_OF_A_KIND]:
        median = f"{times:.1f}x its median of {state.usual_runs} runs"
        lines.append(f" slow: {op.label} {duration(op.seconds or 0.0)}, {median}")
    if len(slow) > MOST_OF_A_KIND:
        lines.append(f" slow: {style.glyph('more')} and {len(slow) - MOST_OF_A_KIND:,} more")
    if state.flaky:
        flaky = [op for op in state.having("success") if op.flaky]
        before = state.flaky_before(flaky[0]).removeprefix("flaky:") if len(flaky) == 1 else ""
        told = [f"{op.label} (attempt {op.attempt}{f';{before}' if before else ''})" for op in flaky]
        lines.append(f" flaky: {listing(told, 4)}")
    return lines


def _facts(state: WatchedRun, options: DisplayOptions, style: Style) -> list[str]:
    """What ops have said about their outputs, a row each; in plan order, unless there are many ops."""
    ops = state.having("success")
    if len(ops) <= MOST_LOOKED_AT:
        ops = [op for op in state.in_order() if op.status == "success"]
    told = [(op, known) for op in ops[:MOST_LOOKED_AT] if (known := facts(op))]
    column = widest((op.label for op, _ in told[:MOST_OF_A_KIND]), 0, options.width() // 3)
    more = style.glyph("more")
    lines = []
    for op, known in told[:MOST_OF_A_KIND]:
        left = f" {style.mark(op.status)} {pad(middle_cut(op.label, column, more), column)}  "
        lines.append(left + cut(", ".join(known), max(20, options.width() - column - 6), more))
    if len(told) > MOST_OF_A_KIND:
        lines.append(f"   {more} and {len(told) - MOST_OF_A_KIND:,} more with metadata")
    return lines


def _said(said: Sequence[tuple[str, str]], options: DisplayOptions, style: Style) -> list[str]:
    more = style.glyph("more")
    column = widest((step for step, _ in said), 0, options.width() // 3)
    room = max(20, options.width() - column - 6)
    return [
        f" {style.paint(style.glyph('wall'), 'dim')} {pad(middle_cut(step, column, more), column)}  {cut(text, room, more)}"
        for step, text in said
    ]


def see_value(state: WatchedRun, options: DisplayOptions) -> list[str]:
    """How a stored value is looked at: the last one, as an example."""
    command = value_command(state) if options.kept else ""
    return [f" see a value:  {command}"] if command else []


# -- a run that failed ---------------------------------------------------------------------------------------------


def _failed(state: WatchedRun, options: DisplayOptions, style: Style, told: Told) -> list[str]:
    from time import localtime, strftime

    assert state.ended is not None
    room = min(options.width(), WIDEST) - 2
    stamp = strftime("%Y-%m-%d %H:%M:%S", localtime(state.ended.at))
    title = _title(state, style, "")
    bare = width(_title(state, Style(utf8=style.utf8), ""))
    free = room - bare - len(stamp)
    lines = [f"{title}{' ' * free}{stamp}" if free >= 2 else title, ""]
    lines += _table(state, options, style, told, room)
    if state.ended.error is not None and not state.count(*BAD):
        lines += [*(f"  {line}".rstrip() for line in error_lines(state.ended.error, options, style)), ""]
    elif (reason := why_ended(state.ended)) and (state.ended.stopped_by or not state.count(*BAD)):
        lines += [f" {reason}", ""]
    ops = count(sum(state.count(status) for status, _ in COUNTED), options.unit)
    cpu = f"cpu {duration(state.cpu)}" if state.cpu else ""
    total = f" {ops}: {counts(state)}"
    free = room - len(total) - len(cpu)
    lines.append(f"{total}{' ' * free}{cpu}" if cpu and free >= 2 else total)
    return lines + [cut(line, room, style.glyph("more")) for line in _slowest(state)] + _next_command(state, options)


def _table(state: WatchedRun, options: DisplayOptions, style: Style, told: Told, room: int) -> list[str]:
    """One row for each op that did not simply succeed, the failures first."""
    alike = {op.key for others in told.same_as.values() for op in others}
    flaky = [op for op in state.having("success") if op.flaky] if state.flaky else []
    kinds: list[tuple[str, list[OpView]]] = [
        ("failed", [op for op in state.having(*BAD) if op.key not in alike]),
        ("canceled", state.having("canceled")),
        ("not run", state.having("not_run")),
        ("skipped", state.having("skipped")),
        ("flaky", flaky),
        ("reused", state.having("reused")),
    ]
    shown = [op.label for _, ops in kinds for op in ops[:MOST_OF_A_KIND]]
    column = widest(shown, 17, max(17, room // 3))
    lines = []
    for kind, ops in kinds:
        for op in ops[:MOST_OF_A_KIND]:
            said = state.reused_from() if op.status == "reused" else why(op)
            often = state.flaky_before(op) if op.flaky else ""
            said = f"{said} ({often})" if often else said
            lines += _rows(op, said, told.same_as.get(op.key, []), options, style, column, room)
        if len(ops) > MOST_OF_A_KIND:
            lines.append(f"   {style.glyph('more')} and {len(ops) - MOST_OF_A_KIND:,} more {kind}")
    return [*lines, ""] if lines else []


def _rows(
    op: OpView, said: str, alike: list[OpView], options: DisplayOptions, style: Style, column: int, room: int
) -> list[str]:
    more = style.glyph("more")
    took = op.span() if op.tries else op.seconds
    name = pad(middle_cut(op.label, column, more), column)
    mark = style.mark("retrying" if op.flaky else op.status)
    seconds = duration(took) if took is not None and op.status != "not_run" else ""
    left = f" {mark} {name}{seconds:>8}  "
    indent = 2 + style.glyph_width + column + 10
    lines = [left + cut(said, max(20, room - indent), more)]
    if op.error is not None and op.status in BAD:
        place = tb.place_of(tb.own(op.error), options)
        lines += [" " * indent + place] if place else []
    if alike:
        names = listing([one.label for one in alike], 3)
        lines.append(" " * indent + cut(f"and in {len(alike):,} more: {names}", max(20, room - indent), more))
    return [line.rstrip() for line in lines]


def why(op: OpView) -> str:
    """Why an op stands as it does, in a line; of one that succeeded at once, what it said about itself."""
    if op.status in BAD and op.error is not None:
        return tb.headline(tb.own(op.error))
    if op.status == "canceled":
        return tb.headline(tb.own(op.error)) if op.error is not None else "canceled"
    if op.status == "not_run":
        return f"not run: needs {listing(labels(op.because))}" if op.because else "not run"
    if op.status == "skipped":
        return f"skipped: {listing(op.because)} was not yielded" if op.because else "skipped"
    if op.flaky:
        return f"succeeded at attempt {op.attempt}"
    return note(op)


def why_ended(ended: RunEnded) -> str:
    """Why a run has ended early, in plain words, where its steps do not say it; else nothing."""
    if ended.stopped_by is not None:
        return f"stopped by {SIGNAL_WORDS.get(ended.stopped_by, ended.stopped_by)}"
    if ended.failure_reason == TERMINATED:
        died = "the process of the run was killed, or its machine went down"
        return died if ended.status == "crashed" else "stopped"
    return ""


def labels(keys: Iterable[str]) -> list[str]:
    """Step keys as the screen names them."""
    return [key.replace("[?]", "[*]") for key in keys]


def _slowest(state: WatchedRun) -> list[str]:
    ran = [(op.span() or 0.0, op.label) for op in state.having("success", *BAD)]
    if len(ran) < 2:
        return []
    import heapq

    slowest = heapq.nlargest(MOST_SLOWEST, ran)
    return [f" slowest: {', '.join(f'{label} {duration(seconds)}' for seconds, label in slowest)}"]


def _next_command(state: WatchedRun, options: DisplayOptions) -> list[str]:
    failed = next(iter(state.having(*BAD)), None)
    if failed is None or not options.kept:
        return _go_on(options)
    told = [("after the fix", options.go_on)]
    told += [("full report", f"dagjob report {state.run_id} --open")] if options.whole == "run" else []
    return ["", *(f" {f'{label}:':<16} {command}" for label, command in told if command)]


def _go_on(options: DisplayOptions) -> list[str]:
    return [f" go on with:      {options.go_on}"] if options.go_on else []


def logs_command(state: WatchedRun, op: OpView, options: DisplayOptions) -> str:
    """How the whole log of an op is read; empty where none is kept."""
    return options.logs_of(state.run_id, op.key) if options.kept else ""
