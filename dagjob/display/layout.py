"""Which rows the board has, and in which order, for a screen of a given size.

Pure: the folded state, the time and the size go in, rows come out. Never more rows than the screen has lines less one,
never one wider than the screen. What does not fit is counted in a line of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from dagjob.display.groups import Group
from dagjob.display.live import LiveView
from dagjob.display.rows import (
    BAR,
    EMPTY,
    SECONDS,
    USUAL,
    WIDE_PERCENT,
    Columns,
    Row,
    Span,
    append_whole,
    fit,
    group_row,
    lone_row,
    op_row,
    row_width,
    spread,
    tally,
)
from dagjob.display.sanitize import one_line
from dagjob.display.style import Style
from dagjob.display.tails import Tails, clock_time
from dagjob.display.words import count, cut, duration, middle_cut, pad, widest
from dagjob.events import OpStatus
from dagjob.record import Record
from dagjob.run_view import BAD, OpView

MOST_ROWS = 60
NARROW_COLUMNS, FEWEST_LINES = 60, 8
JUST_NOW = 3.0
"""Seconds for which an op that has ended is more worth seeing than one that waits."""
USUAL_FROM = 100
BARS_FROM = 105
"""Columns from which on bars have a column of their own, and the notes stand behind it."""
PANE_COLUMNS, PANE_LINES = 140, 20
PANE_SHARE = 0.545
LEAST_NAME, WIDEST_NAME = 20, 40
MOST_TAILS, FEW_TAILS, ROOM_FOR_TAILS = 3, 2, 15
FRAME_ROWS = 5
"""Header, a blank, a blank, bar, keys: what stands around the ops."""


class Size(Record):
    """The screen, in columns and lines."""

    columns: int
    lines: int


class View(Record):
    """What a person has asked to see, by keys; `keys` says whether there are any."""

    keys: bool = False
    tail: bool = True
    failures: bool = False
    help: bool = False


class Scene(Record):
    """All that a frame is made of, besides its size. `left` is what is said about the time that is left, `path` the critical
    path by labels, `memory` who takes how much.
    """

    state: LiveView
    tails: Tails
    style: Style
    now: float
    left: str = ""
    path: Sequence[str] = ()
    memory: Sequence[str] = ()
    view: View = View()
    whole: str = "run"
    unit: str = "op"
    watching: bool = False


def layout(scene: Scene, size: Size) -> list[Row]:
    """The rows of one frame."""
    # The last column stays free: a terminal that has written it would be about to wrap.
    columns = size.columns - 1
    lines = min(size.lines - 1, MOST_ROWS)
    if size.columns < NARROW_COLUMNS or size.lines < FEWEST_LINES:
        return [status_line(scene, max(1, columns))] if lines > 0 else []
    wide = has_pane(size)
    room = lines - FRAME_ROWS
    more = scene.style.glyph("more")
    if scene.view.help:
        middle = [fit(row, columns, more) for row in _help(columns)[:room]]
    elif wide and scene.view.tail:
        middle = _with_pane(scene, columns, room)  # made to fit
    else:
        middle = [fit(row, columns, more) for row in _with_tails(scene, columns, room, wide)]
    around = (_header(scene, columns, wide), _bar(scene, columns, wide), _keys(scene, columns, wide))
    header, bar, keys = [fit(row, columns, more) for row in around]
    return [header, EMPTY, *middle, EMPTY, bar, keys]


def has_pane(size: Size) -> bool:
    """Whether a screen of that size has room for a second pane, and for what stands below the ops."""
    return size.columns >= PANE_COLUMNS and size.lines >= PANE_LINES


def status_line(scene: Scene, columns: int) -> Row:
    """The whole run in one line, for a screen that has no room for more."""
    state = scene.state
    total = state.total
    job = state.run.job if state.run else ""
    spans: list[Span] = [(f"{state.done}/{total}", "strong"), (f" {duration(state.elapsed(scene.now))}", "")]
    name = (f"{middle_cut(job, max(8, columns // 4), scene.style.glyph('more'))} ", "")
    row = append_whole((name, *spans), tally(state), "  ", columns)
    running = [(op.label, "dim") for op in _longest(state, 1)]
    return fit(append_whole(row, running, "  ", columns), columns, scene.style.glyph("more"))


# -- around the ops ------------------------------------------------------------------------------------------------


def _header(scene: Scene, columns: int, wide: bool) -> Row:
    state, run = scene.state, scene.state.run
    if run is None:
        return ((" starting", "dim"),)
    elapsed = duration(state.elapsed(scene.now))
    workers = count(run.slots, "worker") if run.executor == "multiprocess" else run.executor.replace("_", " ")
    left: list[Span] = [(f" {run.job}", "strong"), (f"  {f'{scene.whole} ' if wide else ''}{state.run_id}", "")]
    if wide:
        left.append((f"   {run.target}", "dim"))
    if run.partition is not None:
        left.append((f"  {' partition ' if wide else ''}{one_line(run.partition)}", ""))
    if wide:
        slots = f", {workers}" if run.executor == "multiprocess" else ""
        left.append((f"   {run.executor.replace('_', ' ')}{slots}", "dim"))
        runs = f" ({state.usual_runs} runs)" if scene.left else ""
        rest = f" {scene.style.glyph('dot')} {scene.left}{runs}" if scene.left else ""
        return spread(tuple(left), ((f"{elapsed} elapsed{rest}", ""),), columns)
    right = [(f"{workers}  ", "dim"), (elapsed, "")]
    if scene.left:
        right.append((f"  {scene.left}", ""))
    return spread(tuple(left), tuple(right), columns)


def _bar(scene: Scene, columns: int, wide: bool) -> Row:
    state, style = scene.state, scene.style
    total = state.total
    full, empty = style.bar(state.done / total if total else 0.0, _bar_width(columns, wide))
    said = f"{state.done} of {total} done" if wide else f"{state.done}/{total}"
    spans: list[Span] = [(f" {full}", "success"), (empty, "dim"), (f"  {said}", "strong")]
    between = f" {style.glyph('dot')} " if wide else "  "
    return append_whole(tuple(spans), tally(state, long=wide), between, columns)


def _bar_width(columns: int, wide: bool) -> int:
    return 120 if wide and columns >= 190 else 32 if columns >= 72 else 16


def _keys(scene: Scene, columns: int, wide: bool) -> Row:
    # Only what works: a key is shown when there is something that reads it.
    view = scene.view
    keys = [
        "t status",
        f"l {'log tail' if wide else 'logs'}",
        "f all" if view.failures else "f failures only" if wide else "f failures",
        *(["s stacks"] if wide else []),
        "? back" if view.help else "? help",
    ]
    left: Row = ((f" {('   ' if wide else '  ').join(keys)}", "dim"),) if view.keys else EMPTY
    if scene.watching:
        right: Span = ("ctrl-c leave: the run goes on" if wide else "ctrl-c leave", "dim")
    elif scene.state.stopping:
        right = ("stopping, ctrl-c again: kill", "warning")
    else:
        right = ("ctrl-c stop kindly, twice: kill" if wide else "ctrl-c stop", "dim")
    return spread(left, (right,), columns) if row_width((*left, right)) + 2 <= columns else (right,)


TAIL_KEY = "l"
HELP = (
    ("t, Enter", "print how the run stands, above the board"),
    ("l", "show or hide the last lines that running ops have said"),
    ("f", "show only what failed or waits for another attempt, or all again"),
    ("s", "print where the running ops are in their code (Linux)"),
    ("?", "show or leave this help"),
    ("ctrl-c", "stop: what runs is asked to end; a second time: kill it"),
    ("ctrl-z", "stop for now, with all ops; go on with fg"),
)


def _help(columns: int) -> list[Row]:
    return [((f"   {key:<10}", "strong"), (text, "")) for key, text in HELP]


# -- the ops, with the last lines of those that run ----------------------------------------------------------------


def _with_tails(scene: Scene, columns: int, room: int, wide: bool) -> list[Row]:
    """Ops, and below them the last line of what runs if there is room for it."""
    # Where not all ops have a row, those that stand for many give way for what is said.
    said = sum(1 for op in _longest(scene.state, FEW_TAILS) if scene.tails.last(op.key)) if scene.view.tail else 0
    kept = said + 1 if said and room >= ROOM_FOR_TAILS and scene.state.total > room else 0
    rows, running = _ops(scene, columns, room - kept, usual=columns + 1 >= USUAL_FROM)
    if not scene.view.tail:
        return [*rows, *_below(scene, columns, room - len(rows))] if wide else rows
    tails = _tails(scene, running, columns, min(MOST_TAILS, room - len(rows) - 1))
    return [*rows, EMPTY, *tails] if tails else rows


def _below(scene: Scene, columns: int, room: int) -> list[Row]:
    """The critical path, and who takes how much memory, where it is known."""
    style = scene.style
    indent = " " * (2 + style.glyph_width)
    told = [("critical path", " > ".join(scene.path))] if len(scene.path) > 1 else []
    if scene.memory:
        told.append(("memory", f" {style.glyph('dot')} ".join(scene.memory)))
    rows: list[Row] = [
        (
            (f"{indent}{name}  ", "dim"),
            (cut(text, max(1, columns - len(indent) - len(name) - 3), style.glyph("more")), ""),
        )
        for name, text in told
    ]
    return [EMPTY, *rows][:room] if rows and room > len(rows) else []


def _tails(scene: Scene, running: Sequence[OpView], columns: int, most: int) -> list[Row]:
    said = [(op, last) for op in running if (last := scene.tails.last(op.key)) is not None][: max(0, most)]
    more = scene.style.glyph("more")
    column = widest([op.label for op, _ in said], 0, 24)
    return [
        ((f" {pad(middle_cut(op.label, column, more), column)}", "dim"), (f"  {last.with_level()}", ""))
        for op, last in said
    ]


def _with_pane(scene: Scene, columns: int, room: int) -> list[Row]:
    """Ops at the left, the log tail at the right."""
    left = int(columns * PANE_SHARE)
    style = scene.style
    rows, running = _ops(scene, left - 1, room - 1, usual=True)
    usual = "usual" if scene.state.usual_runs else ""
    table = _columns(scene, left - 1, usual=True)
    indent = " " * (2 + style.glyph_width)
    head: Row = ((f"{indent}{scene.unit:<{table.name}}{'time':>{SECONDS}}{usual:>{table.usual or 1}}".rstrip(), "dim"),)
    rows = [head, *rows]
    rows += _below(scene, left - 1, room - len(rows))
    height = max(len(rows), min(room, 10))
    tail = _pane(scene, running, columns - left - 3, height)
    wall: Span = (f" {style.glyph('wall')} ", "dim")
    both: list[Row] = []
    for number in range(height):
        row = rows[number] if number < len(rows) else EMPTY
        beside = tail[number] if number < len(tail) else EMPTY
        used = row_width(row)
        if used > left:
            row = fit(row, left, style.glyph("more"))
            used = row_width(row)
        both.append((*row, (" " * (left - used), ""), wall, *beside))
    return both


def _pane(scene: Scene, running: Sequence[OpView], columns: int, height: int) -> list[Row]:
    """The last lines of each running op, the newest at the bottom of each."""
    more = scene.style.glyph("more")
    hides = f" ({TAIL_KEY} hides)" if scene.view.keys else ""
    rows: list[Row] = [((f"log tail{hides}", "dim"),), EMPTY]
    talking = [(op, said) for op in running if (said := scene.tails.of(op.key))]
    room = height - len(rows)
    talking = talking[: max(1, room // 2)]
    column = widest([op.label for op, _ in talking], 0, 24)
    for place, (op, said) in enumerate(talking):
        share = (room - (len(rows) - 2)) // (len(talking) - place)
        for one in said[-share:] if share > 0 else ():
            name = pad(middle_cut(op.label, column, more), column)
            text = cut(one.with_level("  "), columns - column - 12, more)
            look = "warning" if one.level in ("warning", "error", "critical") else ""
            rows.append(((name, "dim"), (f"  {clock_time(one.at)}  ", "dim"), (text, look)))
    return rows[:height]


def _columns(scene: Scene, columns: int, usual: bool) -> Columns:
    state = scene.state
    most = max(LEAST_NAME, min(WIDEST_NAME, columns // 3))
    return Columns(
        total=columns,
        name=min(most, max(LEAST_NAME, state.longest_name)),
        usual=USUAL if usual and state.usual_runs else 0,
        bar=BAR + WIDE_PERCENT + 2 if usual and columns >= BARS_FROM and state.has_bars else 0,
    )


def _ops(scene: Scene, columns: int, room: int, usual: bool) -> tuple[list[Row], list[OpView]]:
    """The rows of the ops, at most `room`, and those that run, in the order in which they are seen."""
    state = scene.state
    table = _columns(scene, columns, usual)
    total = state.total
    if scene.view.failures:
        return _failures_only(scene, table, room)
    if total <= room:
        ops = list(state.in_order())
        rows = [op_row(op, state, scene.now, table, scene.style) for op in ops]
        return rows, [op for op in ops if op.status in ("running", "retrying")]
    return _folded(scene, table, room)


def _failures_only(scene: Scene, table: Columns, room: int) -> tuple[list[Row], list[OpView]]:
    """What failed, the latest if there are too many, and what waits for another attempt."""
    state = scene.state
    failed, retrying = state.having(*BAD), state.having("retrying")
    if not failed and not retrying:
        return [(("   nothing has failed so far", "dim"),)], []
    shown = [*failed, *retrying]
    hidden = max(0, len(shown) - room)
    if hidden:
        hidden += 1
        shown = shown[hidden:]
    rows = [op_row(op, state, scene.now, table, scene.style) for op in shown]
    if hidden:
        rows.append(((f"   {scene.style.glyph('more')} and {hidden:,} more", "dim"),))
    return rows, retrying


# -- more ops than rows --------------------------------------------------------------------------------------------


def _folded(scene: Scene, table: Columns, room: int) -> tuple[list[Row], list[OpView]]:
    """Failed, retrying and the longest running ops by themselves, in half of the rows; all others in their groups."""
    state = scene.state
    half = max(1, room // 2 - 1)
    urgent = state.having(*BAD)
    # The latest failures: the first ones have scrolled by above the board.
    retrying = state.having("retrying")
    many = len(state.by_status["running"])
    keep_running = min(many, max(1, half // 2)) if half > 1 else 0
    urgent = urgent[-max(1, half - keep_running - min(len(retrying), 2)) :] if urgent else []
    retrying = retrying[: max(0, half - len(urgent) - keep_running)]
    running = _longest(state, max(0, half - len(urgent) - len(retrying)))
    shown = [*urgent, *retrying, *running]
    rows = [op_row(op, state, scene.now, table, scene.style) for op in shown]
    if many > len(running) and running:
        youngest = next(reversed(state.by_status["running"].values())).running_for(scene.now)
        hidden = f"{scene.style.glyph('more')} and {many - len(running):,} more running"
        indent = " " * (2 + scene.style.glyph_width)
        rows.append(((f"{indent}{hidden} (youngest {duration(youngest)})", "dim"),))
    rest = room - len(rows) - (1 if rows else 0)
    groups = _groups(scene, table, rest, {op.key for op in shown})
    both = [*rows, EMPTY, *groups] if rows and groups else [*rows, *groups]
    return both[:room], [*running, *retrying]


def _longest(state: LiveView, most: int) -> list[OpView]:
    running = state.by_status["running"].values()
    return heapq.nsmallest(most, running, key=lambda op: op.started or 0.0)


def _groups(scene: Scene, table: Columns, room: int, shown: set[str]) -> list[Row]:
    """The groups by urgency, at most `room` rows in plan order, and a line for those that do not fit."""
    state = scene.state
    if room <= 0:
        return []
    chosen: list[Group] = []
    beyond = 0
    for group in state.groups.by_urgency(scene.now - JUST_NOW):
        if group.single is not None and group.total == 1 and group.single.key in shown:
            beyond += 1
            continue
        if len(chosen) > room:
            break
        chosen.append(group)
    hidden = len(state.groups) - beyond - min(len(chosen), room)
    if hidden > 0 and len(chosen) > room - 1:
        chosen = chosen[: room - 1]
        hidden = len(state.groups) - beyond - len(chosen)
    chosen.sort(key=lambda group: group.index)
    # A few ops among groups look like these; where most stand for themselves, they tell what they always do.
    many = sum(group.total > 1 for group in chosen)
    among_groups = 2 * many >= len(chosen)
    rows = [_group(group, scene, table, among_groups=among_groups) for group in chosen]
    if hidden > 0:
        indent = " " * (2 + scene.style.glyph_width)
        rows.append(((f"{indent}{scene.style.glyph('more')} and {_hidden(state, chosen, shown)}", "dim"),))
    return rows


def _group(group: Group, scene: Scene, table: Columns, *, among_groups: bool) -> Row:
    if group.total == 1 and group.single is not None:
        row = lone_row if among_groups else op_row
        return row(group.single, scene.state, scene.now, table, scene.style)
    return group_row(group, table, scene.style)


def _hidden(state: LiveView, chosen: Sequence[Group], shown: set[str]) -> str:
    """`31 more done, 12 more waiting`: the ops that no row stands for."""
    seen: dict[str, int] = {}
    for group in chosen:
        for status, many in group.counts.items():
            seen[status] = seen.get(status, 0) + many
    grouped = {group.name for group in chosen}
    for key in shown:
        if state.groups.name_of(key) not in grouped:
            status = state.ops[key].status
            seen[status] = seen.get(status, 0) + 1
    parts = []
    for statuses, word in _HIDDEN:
        many = sum(state.count(status) - seen.get(status, 0) for status in statuses)
        if many > 0:
            parts.append(f"{many:,} more {word}")
    return ", ".join(parts)


_HIDDEN: tuple[tuple[tuple[OpStatus, ...], str], ...] = (
    (("running", "retrying"), "running"),
    (("failed", "timeout"), "failed"),
    (("waiting",), "waiting"),
    (("skipped", "not_run", "canceled"), "not run"),
    (("success", "reused"), "done"),
)
