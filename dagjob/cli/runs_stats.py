"""`dagjob runs stats [TARGET]`: how a job and each of its ops usually go; without TARGET, how all jobs do."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dagjob import clock
from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json
from dagjob.cli.runs import history_of
from dagjob.cli.session import open_session
from dagjob.cli.values import at_least_one, chosen, point_in_time
from dagjob.display.sanitize import clean_line
from dagjob.display.style import Style
from dagjob.display.words import count, duration, middle_cut, pad, width
from dagjob.errors import DagjobRunNotFoundError, ExitCode
from dagjob.storage.history import History
from dagjob.storage.statistics import JobStats, OpStats, Times, job_stats

LATEST = 100
WORTH_TELLING = 0.1
"""A trend that is less than a tenth, or 50 ms, is none."""
SHORTEST = 0.05
FEWEST_COLUMNS = 60


def stats(args: ParsedArguments) -> int:
    """Show the statistics."""
    session = open_session(args)
    named = chosen(registry.FORMAT_SHOW, args.text(registry.FORMAT_SHOW)) or "human"
    limit = at_least_one(registry_runs.LIMIT_STATS, args.text(registry_runs.LIMIT_STATS)) or LATEST
    since = point_in_time(registry_runs.SINCE, args.text(registry_runs.SINCE), clock.time())
    wanted = args.text(registry_runs.JOB_OF_RUNS)
    with history_of(session) as history:
        jobs = [wanted] if wanted is not None else sorted(history.jobs())
        found = [job_stats(history, job, limit, since) for job in jobs]
        found = [each for each in found if each.runs]
        if not found:
            raise _nothing(history, wanted)
    if named == "json":
        say_json({"jobs": [each.to_json() for each in found]})
        return ExitCode.OK
    style = session.style(sys.stdout)
    columns = max(FEWEST_COLUMNS, session.display(sys.stdout).width())
    say(_job(found[0], style, columns) if len(found) == 1 else _all_jobs(found, style, columns), style.color)
    return ExitCode.OK


def _nothing(history: History, wanted: str | None) -> DagjobRunNotFoundError:
    if wanted is not None and history.latest(job=wanted) is None:
        return DagjobRunNotFoundError(f'no run of a job "{wanted}" is recorded.{history.did_you_mean_job(wanted)}')
    return DagjobRunNotFoundError("no run that has ended fits these options")


# -- for people ----------------------------------------------------------------------------------------------------


def _job(found: JobStats, style: Style, columns: int) -> list[str]:
    """A job and its ops."""
    statuses = ", ".join(f"{many:,} {status}" for status, many in found.statuses.items())
    lines = [
        f" {style.paint(clean_line(found.job), 'strong')}  the latest {count(found.runs, 'run')}: {statuses}",
        f" {_took(found.times)}" if found.times.median is not None else " none of them succeeded",
        "",
    ]
    rows = [_cells(op.op, op, style) for op in found.ops]
    return [*lines, *_table(("OP", "RUNS", "FAILED", "FLAKY", "MEDIAN", "P95", "TREND"), rows, style, columns)]


def _all_jobs(found: list[JobStats], style: Style, columns: int) -> list[str]:
    rows = []
    for each in found:
        told = (f"{each.runs:,}", _share(each.failed, each.runs), *_times(each.times))
        rows.append((clean_line(each.job), *told))
    table = _table(("JOB", "RUNS", "FAILED", "MEDIAN", "P95", "TREND"), rows, style, columns)
    return [*table, "", " one of them, op by op:  dagjob runs stats JOB"]


def _cells(name: str, op: OpStats, style: Style) -> tuple[str, ...]:
    return (
        clean_line(name),
        f"{op.count:,}",
        _share(op.failed, op.count),
        _share(op.flaky, op.count),
        *_times(op.times),
    )


def _took(times: Times) -> str:
    if times.median is None or times.p95 is None:
        return ""
    trend = _trend(times)
    return f"takes {duration(times.median)}, 95 % at most {duration(times.p95)}{f', lately {trend}' if trend else ''}"


def _times(times: Times) -> tuple[str, str, str]:
    if times.median is None or times.p95 is None:
        return "", "", ""
    return duration(times.median), duration(times.p95), _trend(times)


def _trend(times: Times) -> str:
    trend = times.trend or 0.0
    if abs(trend) < WORTH_TELLING or abs(trend) * (times.median or 0.0) < SHORTEST:
        return ""
    return f"{trend:+.0%}"


def _share(part: int, whole: int) -> str:
    """`3  12%`; nothing for nothing."""
    if not part:
        return ""
    share = 100 * part / whole
    return f"{part:,} {'<1' if share < 1 else round(share)}%"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], style: Style, columns: int) -> list[str]:
    """Names on the left, all else on the right."""
    rest = [max(len(row[column]) for row in (head, *rows)) for column in range(1, len(head))]
    room = max(8, min(columns - 1 - sum(rest) - 2 * len(rest), max(width(row[0]) for row in (head, *rows))))

    def line(row: tuple[str, ...]) -> str:
        name = pad(middle_cut(row[0], room, style.glyph("more")), room)
        return "  ".join([f" {name}", *(cell.rjust(size) for cell, size in zip(row[1:], rest, strict=True))]).rstrip()

    return [style.paint(line(head), "dim"), *map(line, rows)]
