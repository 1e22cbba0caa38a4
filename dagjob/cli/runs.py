"""`dagjob runs`: what the history knows. No user code is imported, and nothing is written."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json, warn
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import chosen, tag_filter
from dagjob.errors import DagjobRunNotFoundError, ExitCode, did_you_mean
from dagjob.run_json import run_json
from dagjob.storage.history import History
from dagjob.storage.records import LogLine

if TYPE_CHECKING:
    from dagjob.storage.records import RunRow

LATEST = 20
DONE = ("success", "reused")


def list_runs(args: ParsedArguments) -> int:
    """List the latest runs."""
    session = open_session(args)
    named = chosen(registry.FORMAT_RUNS, args.text(registry.FORMAT_RUNS)) or ("ids" if session.quiet else "human")
    tags = tag_filter(args.many(registry.TAG_FILTER))
    history = History.open(session.state)
    runs: list[RunRow] = []
    if history is not None:
        with history:
            runs = history.runs(limit=LATEST + 1 if named == "human" else None, tags=tags or None)
    if named == "json":
        say_json({"runs": [run.to_json() for run in runs]})
    elif named == "ids":
        say(run.id for run in runs)
    elif runs:
        _say_table(session, named, runs)
    elif named == "human":
        warn("no run is recorded yet" if not tags else "no run has this tag")
    return ExitCode.OK


def _say_table(session: Session, named: str, runs: "list[RunRow]") -> None:
    from dagjob.display import tables

    rows = [
        tables.RunRow(
            id=run.id,
            job=run.job,
            status=run.status,
            started=run.started,
            seconds=run.seconds,
            done=sum(run.ops.get(status, 0) for status in DONE),
            total=sum(run.ops.values()),
            note=run.partition or "",
            parent=run.parent,
        )
        for run in runs
    ]
    if named == "plain":
        say(tables.run_lines(rows))
        return
    width = session.display(sys.stdout).width()
    say(tables.run_table(rows[:LATEST], clock.time(), session.style(sys.stdout), width))
    if len(rows) > LATEST:
        say(["", f"the latest {LATEST}; all of them:  dagjob runs list --format plain"])


def show_run(args: ParsedArguments) -> int:
    """Show one run."""
    session = open_session(args)
    named = chosen(registry.FORMAT_SHOW, args.text(registry.FORMAT_SHOW)) or "human"
    wanted = latest_or(args.text(registry.RUN))
    with history_of(session) as history:
        view = history.view(history.find(wanted).id)
    if named == "json":
        say_json(run_json(view))
        return ExitCode.OK
    from dagjob.display.run_page import run_page

    say(run_page(view, session.display(sys.stdout), session.style(sys.stdout)))
    return ExitCode.OK


def logs(args: ParsedArguments) -> int:
    """Print what ops said."""
    session = open_session(args)
    wanted, op = latest_or(args.text(registry.RUN)), args.text(registry.OP)
    with history_of(session) as history:
        found = history.find(wanted)
        if op is not None:
            keys = list(history.statuses(found.id))
            if op not in keys:
                unknown = f'run {found.id[:8]} has no op "{op}".{did_you_mean(op, keys)}'
                raise DagjobRunNotFoundError(unknown).noting(f"ops: {', '.join(keys[:20])}")
        lines = history.logs(found.id, step=op)
        _say_logs(lines, named=op is None)
    return ExitCode.OK


def _say_logs(lines: Iterable[LogLine], named: bool) -> None:
    """The lines as they come: a log may be large. Each attempt after the first gets a headline."""
    from dagjob.display.output import write_text
    from dagjob.display.sanitize import clean_line

    def text(line: LogLine) -> str:
        head = f"{line.step}  " if named else ""
        if line.stream == "log":
            head += f"{_clock(line.at)} {(line.level or '').upper():<8} "
        return head + clean_line(line.text)

    last: dict[str, int] = {}
    batch: list[str] = []
    for line in lines:
        if last.setdefault(line.step, line.attempt) != line.attempt:
            last[line.step] = line.attempt
            batch.append(f"-- {line.step}, attempt {line.attempt} --")
        batch.append(text(line))
        if len(batch) >= 500:
            write_text(sys.stdout, "\n".join(batch) + "\n")
            batch.clear()
    if batch:
        write_text(sys.stdout, "\n".join(batch) + "\n")


def _clock(at: float | None) -> str:
    from time import localtime, strftime

    return strftime("%H:%M:%S", localtime(at)) if at is not None else "--:--:--"


def latest_or(run: str | None) -> str:
    """The run that is asked for; where none is named, the latest."""
    return run if run is not None else "latest"


def history_of(session: Session) -> History:
    """The history, which there must be."""
    history = History.open(session.state)
    if history is None:
        raise DagjobRunNotFoundError("no run is recorded yet").noting(f"looked in {session.state.root}")
    return history
