"""The tables of `list` and `runs list`, as plain text with aligned columns. Pure: rows in, lines out.

A table is as wide as its content; what does not fit the screen is cut in the last column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dagjob.display.options import UNLIMITED
from dagjob.display.sanitize import clean_line, one_line
from dagjob.display.style import Style
from dagjob.display.words import ago, count, cut, duration, middle_cut, moment, pad, width
from dagjob.record import Record

WIDEST_NAME = 40
SHORTEST_NAME = 11
RUN_COLUMNS: Mapping[str, int] = {
    "RUN": 8,
    "JOB": 6,
    "STATUS": 9,
    "STARTED": 10,
    "TOOK": 5,
    "OPS": 5,
    "PARTITION": 9,
    "NOTE": 0,
}
"""The columns of the table of runs, each with the least that it takes."""
LEFT_OUT_FIRST = ("OPS", "NOTE", "TOOK", "STARTED", "PARTITION")
FEWEST_COLUMNS = 3
FEWEST_OF_NOTE = 10
"""So much of a note is worth showing."""


class JobRow(Record):
    """A job as `list` shows it. `partitions` is a description such as `daily, 325 keys`; times are seconds."""

    file: str
    name: str
    target: str
    ops: int
    partitions: str = ""
    description: str = ""
    last_run: str = ""
    last_status: str = ""
    last_at: float | None = None


class BrokenFile(Record):
    """A file that could not be imported."""

    file: str
    code: str
    message: str
    line: int = 0


class RunRow(Record):
    """A run as `runs list` shows it; `parent` is the run that it goes on with."""

    id: str
    job: str
    status: str
    started: float
    seconds: float | None
    done: int
    total: int
    partition: str = ""
    note: str = ""
    parent: str | None = None


def job_table(
    jobs: Sequence[JobRow], broken: Sequence[BrokenFile], now: float, style: Style, columns: int
) -> list[str]:
    """The jobs under the file that holds them, then the files that could not be imported, then how many."""
    head: tuple[str, ...] = ("JOB", "OPS", "PARTITIONS", "LAST RUN", "DESCRIPTION")
    rows = [_job_cells(job, now, style, _widest_name(columns)) for job in jobs]
    if not any(job.partitions for job in jobs):
        head, *rows = (cells[:2] + cells[3:] for cells in (head, *rows))
    widths = _widths([head, *rows])
    widths[0] = max(20, widths[0])
    lines = [style.paint(_row(head, widths, columns, style, right={1}), "dim")] if jobs else []
    files = dict.fromkeys([*(job.file for job in jobs), *(one.file for one in broken)])
    for file in files:
        lines.append(style.paint(clean_line(file), "strong"))
        lines += [
            _colored(_row(cells, widths, columns, style, right={1}), job.last_status, style)
            for job, cells in zip(jobs, rows, strict=True)
            if job.file == file
        ]
        lines += [_broken_line(one, style, columns) for one in broken if one.file == file]
    return [*lines, *([""] if lines else []), _job_totals(jobs, broken)]


def job_lines(jobs: Sequence[JobRow]) -> list[str]:
    """The same for scripts: tab-separated, no header, no glyph."""
    return ["\t".join((job.target, str(job.ops), job.partitions, job.last_status, job.last_run)) for job in jobs]


def run_table(runs: Sequence[RunRow], now: float, style: Style, columns: int) -> list[str]:
    """The runs, a resumed one under the run that it goes on with if that is in the list.

    Partitions have a column of their own where any run has one. On a narrow screen job names are cut, then columns left out.
    """
    ordered = _as_tree(runs)
    rows = [_run_cells(run, inside, now, style, _widest_name(columns)) for run, inside in ordered]
    optional = ("PARTITION", "NOTE")
    shown = [name for name in RUN_COLUMNS if name not in optional or any(cells[name] for cells in rows)]
    longest = max((width(cells["JOB"]) for cells in rows), default=0)
    while (over := _room(rows, shown) - columns) > max(0, longest - SHORTEST_NAME) and len(shown) > FEWEST_COLUMNS:
        shown.remove(next(name for name in LEFT_OUT_FIRST if name in shown))
    if over > 0:
        rows = [_run_cells(run, inside, now, style, max(SHORTEST_NAME, longest - over)) for run, inside in ordered]
    table = [tuple(cells[name] for name in shown) for cells in rows]
    widths = _widths([tuple(shown), *table])
    widths = [max(RUN_COLUMNS[name], found) for name, found in zip(shown, widths, strict=True)]
    right = {shown.index("TOOK")} if "TOOK" in shown else set()
    lines = [style.paint(_row(shown, widths, columns, style, right=right), "dim")]
    return lines + [
        _colored(_row(cells, widths, columns, style, right=right), run.status, style)
        for (run, _), cells in zip(ordered, table, strict=True)
    ]


def _room(rows: Sequence[Mapping[str, str]], shown: Sequence[str]) -> int:
    """Columns that a table needs; of its notes, which are cut, a few are enough."""
    needed = {name: max(RUN_COLUMNS[name], *(width(cells[name]) for cells in rows), len(name)) for name in shown}
    if "NOTE" in needed:
        needed["NOTE"] = min(needed["NOTE"], FEWEST_OF_NOTE)
    return sum(needed.values()) + 2 * (len(shown) - 1)


def run_lines(runs: Sequence[RunRow]) -> list[str]:
    """The same for scripts: tab-separated, full ids, seconds since the epoch."""
    return [
        "\t".join(
            (
                run.id,
                run.job,
                run.status,
                f"{run.started:.3f}",
                "" if run.seconds is None else f"{run.seconds:.3f}",
                f"{run.done}/{run.total}",
                one_line(run.partition),
                one_line(run.note),
                run.parent or "",
            )
        )
        for run in runs
    ]


# -- cells ---------------------------------------------------------------------------------------------------------


def _job_cells(job: JobRow, now: float, style: Style, widest: int) -> tuple[str, ...]:
    last = ""
    if job.last_status:
        when = f"  {ago(now - job.last_at)}" if job.last_at is not None else ""
        last = f"{style.glyph(job.last_status)} {job.last_run[:8]}{when}"
    name = "  " + middle_cut(job.name, widest, style.glyph("more"))
    return name, f"{job.ops:,}", job.partitions, last, one_line(job.description)


def _broken_line(one: BrokenFile, style: Style, columns: int) -> str:
    line = f"  (line {one.line})" if one.line else ""
    head = f"error {one.code}: "
    told = cut(one_line(one.message), max(20, columns - 2 - len(head) - len(line)), style.glyph("more"))
    return f"  {style.paint(head.rstrip(), 'error')} {told}{line}"


def _job_totals(jobs: Sequence[JobRow], broken: Sequence[BrokenFile]) -> str:
    files = len({job.file for job in jobs})
    told = f"{count(len(jobs), 'job')} in {count(files, 'file')}" if jobs else "no jobs"
    nowhere = sum(1 for each in broken if each.code == "DJ101")
    failed = len(broken) - nowhere
    told += f", {count(failed, 'file')} could not be imported" if failed else ""
    return told + (f", {count(nowhere, 'pattern')} led to no file" if nowhere else "")


def _run_cells(run: RunRow, inside: bool, now: float, style: Style, widest: int) -> dict[str, str]:
    more = style.glyph("more")
    goes_on = "resumed" if inside else f"resumes {run.parent[:8]}" if run.parent else ""
    return {
        "RUN": f"{style.glyph('branch')} {run.id[:8]}" if inside else run.id[:8],
        "JOB": "" if inside else middle_cut(clean_line(run.job), widest, more),
        "STATUS": f"{style.glyph(run.status)} {run.status}",
        "STARTED": moment(run.started, now),
        "TOOK": duration(run.seconds) if run.seconds is not None else "",
        "OPS": f"{run.done}/{run.total}" if run.total else "",
        "PARTITION": middle_cut(one_line(run.partition), _widest_name(WIDEST_NAME), more),
        "NOTE": ", ".join(filter(None, (goes_on, one_line(run.note)))),
    }


def _as_tree(runs: Sequence[RunRow]) -> list[tuple[RunRow, bool]]:
    """Roots in the given order, each followed by the runs that resumed it, the oldest first."""
    listed = {run.id: run for run in runs}
    below: dict[str, list[RunRow]] = {}
    for run in runs:
        root = run
        seen = {run.id}
        while root.parent in listed and root.parent not in seen:
            seen.add(root.parent)
            root = listed[root.parent]
        if root is not run:
            below.setdefault(root.id, []).append(run)
    resumed = {run.id for found in below.values() for run in found}
    ordered: list[tuple[RunRow, bool]] = []
    for run in runs:
        if run.id not in resumed:
            ordered.append((run, False))
            ordered += [(one, True) for one in sorted(below.get(run.id, ()), key=lambda one: one.started)]
    return ordered


def _widest_name(columns: int) -> int:
    """Names are cut for a screen only."""
    return WIDEST_NAME if columns < UNLIMITED else columns


# -- alignment -----------------------------------------------------------------------------------------------------


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]


def _row(cells: Sequence[str], widths: Sequence[int], columns: int, style: Style, right: set[int]) -> str:
    """The cells side by side, two blanks between them; the last one takes what is left and is cut."""
    parts = []
    for number, (cell, room) in enumerate(zip(cells[:-1], widths, strict=False)):
        parts.append(" " * (room - width(cell)) + cell if number in right else pad(cell, room))
    line = "  ".join(parts)
    return f"{line}  {cut(cells[-1], max(8, columns - width(line) - 2), style.glyph('more'))}".rstrip()


def _colored(line: str, status: str, style: Style) -> str:
    """The line with the glyph of its status in colour."""
    if not status or not style.color:
        return line
    glyph = style.glyph(status)
    before, found, after = line.partition(f" {glyph} ")
    return f"{before} {style.paint(glyph, status)} {after}" if found else line
