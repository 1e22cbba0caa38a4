"""`dagjob runs`: what the history knows. No user code is imported, and nothing is written."""

import sys
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.cli import registry, registry_runs
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json, say_json_list, warn
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import at_least_one, chosen, clauses, point_in_time, tag_filter
from dagjob.errors import DagjobRunNotFoundError, DagjobUsageError, ExitCode, did_you_mean
from dagjob.run_json import run_json
from dagjob.storage.history import History
from dagjob.storage.run_refs import STATUSES

if TYPE_CHECKING:
    from dagjob.display.run_page import Relative
    from dagjob.storage.records import RunRow

LATEST = 20
DONE = ("success", "reused")


def list_runs(args: ParsedArguments) -> int:
    """List the latest runs."""
    session = open_session(args)
    named = chosen(registry_runs.FORMAT_RUNS, args.text(registry_runs.FORMAT_RUNS))
    named = named or ("ids" if session.quiet else "human")
    now = clock.time()
    asked: dict[str, Any] = {
        "tags": tag_filter(args.many(registry.TAG_FILTER)) or None,
        "job": args.text(registry_runs.JOB_FILTER),
        "status": statuses(args) or None,
        "partition": args.text(registry_runs.PARTITION_FILTER),
        "since": point_in_time(registry_runs.SINCE, args.text(registry_runs.SINCE), now),
        "until": point_in_time(registry_runs.UNTIL, args.text(registry_runs.UNTIL), now, end=True),
    }
    limit = at_least_one(registry_runs.LIMIT, args.text(registry_runs.LIMIT)) or (LATEST if named == "human" else None)
    history = History.open(session.state)
    runs: list[RunRow] = []
    ids: list[str] = []
    near = ""
    if history is not None:
        with history:
            if named == "ids":
                ids = history.run_ids(limit, **asked)
            else:
                runs = history.runs(limit=limit and limit + 1, **asked)
            if not (runs or ids) and asked["job"]:
                near = history.did_you_mean_job(asked["job"])
    beyond = limit is not None and len(runs) > limit
    runs = runs[:limit]
    if named == "json":
        say_json_list("runs", [run.to_json() for run in runs])
    elif named == "ids":
        say(ids)
    elif runs:
        _say_table(session, named, runs)
        if beyond and named == "human":
            say(["", f"the latest {limit}; more with  -L {10 * (limit or 0)}"])
    filtered = any(value is not None for value in asked.values())
    if runs or ids:
        return ExitCode.OK
    if not filtered:  # Nothing was looked for, so nothing is missing.
        if named == "human":
            warn("no run is recorded yet")
        return ExitCode.OK
    warn("no run is recorded yet" if history is None else f"no recorded run fits these options{near and '.' + near}")
    return ExitCode.EMPTY


def statuses(args: ParsedArguments) -> tuple[str, ...]:
    """The statuses of `-s status:failed`, one of which a run must have; none: any."""
    found = []
    for text in clauses(args.many(registry_runs.SELECT_RUNS)):
        what, colon, status = text.partition(":")
        if what != "status" or not colon:
            hint = " To choose by tag, write  -t KEY=VALUE" if what == "tag" else ""
            raise DagjobUsageError(f'-s takes status:failed and the like, not "{text}".{hint}')
        if status not in STATUSES:
            hint = did_you_mean(status, STATUSES)
            raise DagjobUsageError(f'-s takes status: and one of {", ".join(STATUSES)}, not "{text}".{hint}')
        found.append(status)
    return tuple(found)


def _say_table(session: Session, named: str, runs: "list[RunRow]") -> None:
    from dagjob.display import tables
    from dagjob.display.words import selection_text

    rows = [
        tables.RunRow(
            id=run.id,
            job=run.job,
            status=run.status,
            started=run.started,
            seconds=run.seconds,
            done=sum(run.ops.get(status, 0) for status in DONE),
            total=sum(run.ops.values()),
            partition=run.partition or "",
            note=selection_text(run.selection, run.excluded),
            parent=run.parent,
        )
        for run in runs
    ]
    if named == "plain":
        say(tables.run_lines(rows))
        return
    width = session.display(sys.stdout).width()
    style = session.style(sys.stdout)
    say(tables.run_table(rows, clock.time(), style, width), style.color)


def show_run(args: ParsedArguments) -> int:
    """Show one run."""
    session = open_session(args)
    named = chosen(registry.FORMAT_SHOW, args.text(registry.FORMAT_SHOW)) or "human"
    wanted = latest_or(args.text(registry.RUN))
    with history_of(session) as history:
        run = history.find(wanted)
        view = history.view(run.id)
        if named == "json":
            say_json(run_json(view))
            return ExitCode.OK
        lineage = lineage_of(history, run)
    from dagjob.display.run_page import run_page

    style = session.style(sys.stdout)
    say(run_page(view, session.display(sys.stdout), style, lineage), style.color)
    return ExitCode.OK


def lineage_of(history: History, run: "RunRow") -> "list[Relative]":
    """The first of the runs that this one goes on with, the one before it, and those that go on with it."""
    from dagjob.display.run_page import Relative

    above = dict.fromkeys([run.root, run.parent])
    kinds = {run.root: "began as", run.parent: "resumes"}
    found = []
    for run_id in above:
        if run_id is not None and run_id != run.id:
            known = history.run(run_id)
            found.append(Relative(kinds[run_id], run_id, known.status if known is not None else "removed"))
    return [*found, *(Relative("resumed by", below.id, below.status) for below in history.resumed_by(run.id))]


def latest_or(run: str | None) -> str:
    """The run that is asked for; where none is named, the latest."""
    return run if run is not None else "latest"


def history_of(session: Session) -> History:
    """The history, which there must be."""
    history = History.open(session.state)
    if history is None:
        raise DagjobRunNotFoundError("no run is recorded yet").noting(f"looked in {session.state.root}")
    return history
