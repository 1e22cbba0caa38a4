"""What stands on the page: texts and numbers, made of a run view, what its ops said, and the runs before. Pure.

Texts are as they come: `render.py` makes each harmless where it puts it into the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dagjob.display.failure import error_lines
from dagjob.display.options import DisplayOptions
from dagjob.display.run_page import Relative
from dagjob.display.sanitize import one_line
from dagjob.display.style import UNICODE, Style
from dagjob.display.summary import how_long, why, why_ended
from dagjob.display.watched import SLOW_FACTOR, SLOW_SECONDS
from dagjob.display.words import count, cut, duration, selection_text, shell_word, size
from dagjob.display.yaml_text import laid_out, value_lines
from dagjob.event_json import iso
from dagjob.pictures.drawing import Drawing, Look, of_run, worst
from dagjob.record import Record, replace
from dagjob.report.earlier import NOTHING, Earlier
from dagjob.report.failures import Failure, failures
from dagjob.report.gantt import Gantt, gantt, gravity
from dagjob.report.logs import OpLog
from dagjob.report.timeline import critical_path
from dagjob.run_view import BAD, OpView, RunView

MOST_BOXES = 250
"""Boxes of a graph that can still be read; beyond, nested graphs are folded."""
MANY_OPS = 200
"""Ops from which on those of a graph share a row."""
MOST_COPIES = 3000
"""Ops of groups that have a row and a log: a page with more of them takes long to open."""
MOST_OF_PATH = 12
LONGEST_NOTE = 300
SHORT = 0.1


class Source(Record):
    """All that a report is made of. `until` is the end of the run, or now; `lineage` are runs that this one goes on with,
    and reverse; `made` is when the report was made.
    """

    view: RunView
    options: DisplayOptions
    until: float
    logs: Sequence[OpLog] = ()
    earlier: Earlier = NOTHING
    lineage: Sequence[Relative] = ()
    version: str = ""
    host: str = ""
    made: float = 0.0


class Share(Record):
    """How many ops stand so. `start` and `wide` are per mille of all."""

    status: str
    word: str
    many: int
    start: float
    wide: float


class OpRow(Record):
    """A row of the table. Seconds and bytes; None where it is not known. `many` says for what it stands: `12 copies`."""

    key: str
    label: str
    status: str
    word: str
    offset: float | None
    seconds: float | None
    usual: float | None
    slow: bool
    cpu: float | None
    memory: int | None
    attempts: int
    note: str
    many: str = ""

    @property
    def ratio(self) -> float | None:
        """How long it took in parts of what is usual."""
        return self.seconds / self.usual if self.seconds is not None and self.usual else None


class Group(Record):
    """An op; or a mapped op with its copies, a graph with its ops."""

    head: OpRow
    copies: tuple[OpRow, ...] = ()


class LogGroup(Record):
    """The logs of an op or of those that share a row with it."""

    label: str
    logs: tuple[OpLog, ...]


class Bar(Record):
    """A run in the picture of the runs before; `high` is per mille of the longest."""

    run_id: str
    status: str
    started: float
    seconds: float
    high: float
    this: bool = False


class Contents(Record):
    """The page."""

    title: str
    job: str
    run_id: str
    status: str
    word: str
    started: float
    took: str
    facts: tuple[tuple[str, str], ...]
    shares: tuple[Share, ...]
    total: int
    reason: str
    error: tuple[str, ...]
    groups: tuple[Group, ...]
    failures: tuple[Failure, ...]
    more_failures: int
    gantt: Gantt
    critical: str
    """The steps that the run waited for, where these are several."""
    measured: bool
    """Whether anything is known about CPU and memory: in process there is not."""
    graph: Markup | None
    graph_note: str
    config: str
    resolved: str
    logs: tuple[LogGroup, ...]
    bars: tuple[Bar, ...]
    compared: int
    usual: str
    made: str
    commands: tuple[tuple[str, str], ...]
    ids: Mapping[str, int]
    """The number of each op, by key, of which the anchors of the page are made."""


def contents(source: Source) -> Contents:
    """The page of a run; the view must have its first event."""
    view, run = source.view, source.view.run
    assert run is not None
    groups = _grouped(view)
    listed = _listed(groups)
    critical = critical_path(view)
    failed, more = failures(view, source.options)
    graph, graph_note = _graph(view)
    ended = view.ended
    error = ended.error if ended is not None and not view.count(*BAD) else None
    return Contents(
        title=f"{run.job} {view.run_id} {view.status}",
        job=run.job,
        run_id=run.run_id,
        status=view.status,
        word=view.status.upper(),
        started=run.at,
        took=f"{how_long(view.status)} {duration(ended.seconds)}" if ended is not None else "",
        facts=tuple(_facts(source)),
        shares=tuple(_shares(view)),
        total=view.total,
        reason=why_ended(ended) if ended is not None else "",
        error=tuple(error_lines(error, source.options, Style())) if error is not None else (),
        groups=tuple(_group(label, ops, listed[label], source) for label, ops in groups.items()),
        failures=failed,
        more_failures=more,
        gantt=gantt(view, groups, source.until, [op.key for op in critical]),
        critical=_path([op.label for op in critical]),
        measured=any(op.cpu is not None or op.max_rss is not None for op in view.ops.values()),
        graph=graph,
        graph_note=graph_note,
        config=_yaml(run.config),
        resolved=_yaml(run.resolved) if run.resolved != run.config else "",
        logs=tuple(_logs(listed, source.logs)),
        bars=tuple(_bars(source)),
        compared=source.earlier.usual.runs,
        usual=exact(source.earlier.usual.seconds) if source.earlier.usual.seconds is not None else "",
        made=iso(source.made),
        commands=tuple(_commands(view, source.options)),
        ids={key: number for number, key in enumerate([*view.ops, *groups])},
    )


def _grouped(view: RunView) -> dict[str, list[OpView]]:
    """The ops by the row that they share: copies of a mapped op; of a large run also what is in one graph."""
    many = sum(1 for op in view.ops.values() if op.template is None) > MANY_OPS
    groups: dict[str, list[OpView]] = {}
    for op in view.in_order():
        frame, dot, _ = op.key.partition("[")[0].partition(".")
        label = f"{frame}.*" if many and dot else op.template.label if op.template is not None else op.label
        groups.setdefault(label, []).append(op)
    return groups


def _listed(groups: Mapping[str, Sequence[OpView]]) -> dict[str, Sequence[OpView]]:
    """Those that have a row of their own: all, or of very large groups what failed, was tried again or took longest."""
    total = sum(len(ops) for ops in groups.values() if len(ops) > 1)
    if total <= MOST_COPIES:
        return dict(groups)
    found: dict[str, Sequence[OpView]] = {}
    for label, ops in groups.items():
        most = max(1, MOST_COPIES * len(ops) // total)
        chosen = {op.key for op in sorted(ops, key=gravity, reverse=True)[:most]}
        found[label] = [op for op in ops if op.key in chosen]
    return found


def _logs(groups: Mapping[str, Sequence[OpView]], logs: Sequence[OpLog]) -> Iterator[LogGroup]:
    said = {log.key: log for log in logs}
    for label, ops in groups.items():
        found = tuple(said[op.key] for op in ops if op.key in said)
        if found:
            yield LogGroup(label, found)


# -- the head ------------------------------------------------------------------------------------------------------


def _facts(source: Source) -> Iterator[tuple[str, str]]:
    view, run = source.view, source.view.run
    assert run is not None
    yield "run", run.run_id
    yield "target", run.target
    if run.partition:
        yield "partition", run.partition
    if run.selection or run.excluded:
        yield "selection", selection_text(run.selection, run.excluded)
    if run.executor:
        how = f", {run.start_method}" if run.start_method else ""
        yield "executor", f"{run.executor}{how}, {count(run.slots, 'worker')}"
    if view.cpu:
        yield "cpu", exact(view.cpu)
    memory = max((op.max_rss for op in view.ops.values() if op.max_rss is not None), default=None)
    if memory is not None:
        yield "memory", f"{size(memory)} at most in an op"
    if view.flaky:
        yield "flaky", f"{count(view.flaky, 'op')} succeeded at a later attempt"
    for key, value in run.tags.items():
        yield f"tag {key}", value
    for each in source.lineage:
        yield each.kind, f"{each.run_id[:8]}  {each.status}"
    if source.host:
        yield "host", source.host
    if source.version:
        yield "dagjob", source.version


def _shares(view: RunView) -> Iterator[Share]:
    start = 0.0
    for status, many in view.counts().items():
        wide = 1000 * many / view.total
        yield Share(status, status.replace("_", " "), many, start, wide)
        start += wide


def _commands(view: RunView, options: DisplayOptions) -> Iterator[tuple[str, str]]:
    if not options.kept:
        return
    if view.ended is not None and view.status != "success":
        yield "to go on", f"dagjob resume {view.run_id}"
    if failed := next(iter(view.having(*BAD)), None):
        yield "to debug", f"dagjob debug {view.run_id} {shell_word(failed.key)}"
    yield "the logs", f"dagjob runs logs {view.run_id}"


def _yaml(config: Mapping[str, Any]) -> str:
    return "\n".join(laid_out(list(value_lines(dict(config))))) if config else ""


def _path(labels: Sequence[str]) -> str:
    if len(labels) < 2:
        return ""
    if len(labels) > MOST_OF_PATH:
        half = MOST_OF_PATH // 2
        labels = [*labels[:half], f"{len(labels) - 2 * half:,} more", *labels[-half:]]
    return " > ".join(labels)


# -- the table -----------------------------------------------------------------------------------------------------


def _group(label: str, ops: Sequence[OpView], listed: Sequence[OpView], source: Source) -> Group:
    if len(ops) == 1 and ops[0].label == label:
        return Group(_row(ops[0], source))
    rows = tuple(_row(op, source) for op in ops)
    noun = "ops" if label.endswith(".*") else "copies"
    if len(rows) == 1:
        noun = "op" if noun == "ops" else "copy"
    head = _sum(label, rows, f"{len(rows):,} {noun}")
    if len(listed) < len(ops):
        keys = {op.key for op in listed}
        rows = tuple(row for row in rows if row.key in keys)
        head = replace(head, note=f"{len(rows):,} have a row: what failed, was tried again or took longest")
    return Group(head, rows)


def _row(op: OpView, source: Source) -> OpRow:
    run = source.view.run
    assert run is not None
    usual = source.earlier.usual.of(op.key)
    took = op.seconds if op.first is not None else None
    slow = bool(
        usual and took and op.status == "success" and took > usual * SLOW_FACTOR and took - usual > SLOW_SECONDS
    )
    return OpRow(
        op.key,
        op.label,
        op.status,
        _word(op),
        op.first - run.at if op.first is not None else None,
        took,
        usual,
        slow,
        op.cpu,
        op.max_rss,
        op.attempt,
        cut(one_line(why(op)), LONGEST_NOTE),
    )


def _word(op: OpView) -> str:
    return op.status.replace("_", " ")


def _sum(label: str, rows: Sequence[OpRow], many: str) -> OpRow:
    """All that share a row."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.word] = counts.get(row.word, 0) + 1
    ran = [row for row in rows if row.seconds is not None]
    known = [row.usual for row in ran if row.usual is not None]
    cpu = [row.cpu for row in rows if row.cpu is not None]
    return OpRow(
        label,
        label,
        worst(row.status for row in rows) or "waiting",
        ", ".join(f"{each:,} {word}" for word, each in counts.items()),
        min((row.offset for row in rows if row.offset is not None), default=None),
        sum(row.seconds or 0.0 for row in ran) if ran else None,
        sum(known) if known and len(known) == len(ran) else None,
        any(row.slow for row in rows),
        sum(cpu) if cpu else None,
        max((row.memory for row in rows if row.memory is not None), default=None),
        sum(row.attempts for row in rows),
        "",
        many,
    )


# -- the pictures --------------------------------------------------------------------------------------------------


def _graph(view: RunView) -> tuple[Markup | None, str]:
    """The graph, nested graphs folded as far as it takes to be readable; else what to do instead."""
    from dagjob.pictures.svg import element

    for depth in (None, 2, 1, 0):
        drawing: Drawing = of_run(view, depth=depth)
        if len(drawing.boxes) <= MOST_BOXES:
            note = (
                "" if depth is None else f"Graphs are folded: {count(view.total, 'op')} in {len(drawing.boxes)} boxes."
            )
            return (Markup(element(drawing, Look())) if drawing.boxes else None), note
    command = f"dagjob graph --run {view.run_id} -f svg -o graph.svg"
    return (
        None,
        f"{count(len(drawing.boxes), 'box').replace('boxs', 'boxes')} are too many for this page. All of them: {command}",
    )


def _bars(source: Source) -> Iterator[Bar]:
    """The runs before and this one, as bars."""
    view = source.view
    if view.run is None or not source.earlier.runs:
        return
    took = view.elapsed(source.until)
    most = max([took, *(each.seconds for each in source.earlier.runs)]) or 1.0
    for each in source.earlier.runs:
        yield Bar(each.id[:8], each.status, each.started, each.seconds, 1000 * each.seconds / most)
    yield Bar(view.run_id, view.status, view.run.at, took, 1000 * took / most, True)


def exact(seconds: float) -> str:
    """A measured time, a short one in milliseconds."""
    return f"{seconds * 1000:.0f}ms" if 0 < seconds < SHORT else duration(seconds)


def glyph(status: str) -> str:
    """The sign of a status."""
    return UNICODE.get(status, UNICODE["dot"])
