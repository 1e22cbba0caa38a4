"""`dagjob runs tag`, `rm`, `prune`: changes to runs that have been. What is going on is never touched."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dagjob import clock
from dagjob.cli import registry_runs as registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json, warn
from dagjob.cli.registry import NO_INPUT
from dagjob.cli.runs import history_of
from dagjob.cli.session import Session, open_session
from dagjob.cli.terminal import is_terminal
from dagjob.cli.values import at_least_one, chosen, tags
from dagjob.errors import DagjobRunNotFoundError, DagjobStateError, DagjobUsageError, ExitCode
from dagjob.storage.edits import Edits
from dagjob.storage.pruning import Limits, choose, needed_by, size_of_run
from dagjob.storage.records import RunRow

SHOWN = 20


def tag(args: ParsedArguments) -> int:
    """Add tags to a run."""
    session = open_session(args)
    wanted, given = args.text(registry.RUN_FIRST), args.many(registry.NEW_TAGS)
    if wanted is None or not given:
        raise DagjobUsageError("write  dagjob runs tag RUN KEY=VALUE ...")
    added = tags(given)
    for key in added:
        if key.startswith("dagster/"):
            raise DagjobUsageError(f'the tag "{key}" belongs to the system, which has said so when the run began')
    with history_of(session) as history:
        run = history.find(wanted)
    with _edits(session) as edits:
        edits.add_tags(run.id, added)
    warn(f"{run.job} {run.id[:8]}: {', '.join(f'{key}={value}' for key, value in added.items())}")
    return ExitCode.OK


def remove(args: ParsedArguments) -> int:
    """Remove runs."""
    session = open_session(args)
    wanted = args.many(registry.RUNS)
    if not wanted:
        raise DagjobUsageError("RUN is missing: write  dagjob runs rm RUN ...")
    with history_of(session) as history:
        found = {run.id: run for run in map(history.find, wanted)}
        rows = history.runs(None)
    going = list(found.values())
    for run in going:
        if run.status == "running":
            raise DagjobStateError(f'run "{run.id[:8]}" is still running: nothing was removed').noting(
                f"stop it first:  dagjob runs cancel {run.id[:8]}"
            )
    left = [row for row in rows if row.id not in found]
    busy = needed_by([row for row in left if row.status == "running"], rows)
    for run in going:
        if run.id in busy:
            raise DagjobStateError(
                f'run "{run.id[:8]}" is needed by one that is running and resumes it: nothing was removed'
            ).noting("wait for that one, or stop it")
    lost = needed_by(left, rows) & set(found)
    notes = [
        f"note: a later run has not ended well and reuses outputs of {run_id[:8]}: resumed, it runs those ops again"
        for run_id in lost
    ]
    return _remove(args, session, going, notes)


def prune(args: ParsedArguments) -> int:
    """Remove the runs that are beyond the limits."""
    session = open_session(args)
    limits = Limits(
        at_least_one(registry.KEEP, args.text(registry.KEEP)), _age(args.text(registry.MAX_AGE)), _size(args)
    )
    if not limits.given:
        raise DagjobUsageError("say what is kept:  --keep 100, --max-age 30d, --max-size 1GB, or several of them")
    with history_of(session) as history:
        rows = history.runs(None)
    sizes = {row.id: size_of_run(session.state, row.id) for row in rows} if limits.size is not None else {}
    chosen_runs = choose(rows, limits, sizes, clock.time())
    notes = []
    if chosen_runs.needed:
        ids = ", ".join(row.id[:8] for row in chosen_runs.needed[:5])
        many = len(chosen_runs.needed)
        more = f" and {many - 5} more" if many > 5 else ""
        what = "it is" if many == 1 else "they are"
        notes.append(f"note: {ids}{more} stay{'s' if many == 1 else ''}: {what} needed to go on with a later run")
    return _remove(args, session, chosen_runs.going, notes)


def _remove(args: ParsedArguments, session: Session, going: Sequence[RunRow], notes: Sequence[str]) -> int:
    from dagjob.display.words import count, size

    named = chosen(registry.FORMAT_CHANGE, args.text(registry.FORMAT_CHANGE)) or "human"
    dry = args.on(registry.DRY_REMOVAL)
    sizes = {run.id: size_of_run(session.state, run.id) for run in going}
    what = f"{count(len(going), 'run')}, {size(sum(sizes.values()))}"
    if named == "human":
        _show(session, going, sizes)
        for note in notes:
            warn(note)
        if not going:
            warn("nothing to remove")
    if going and not dry and not args.on(registry.YES_REMOVE) and not _agreed(what, ask=not args.on(NO_INPUT)):
        warn("nothing was removed")
        return ExitCode.OK
    removed = [] if dry else _delete(session, going)
    freed = sum(sizes[run_id] for run_id in (sizes if dry else removed))
    if named == "json":
        ids = [run.id for run in going] if dry else removed
        say_json({"dry_run": dry, "removed": ids, "bytes": freed})
    elif dry and going:
        warn(f"{what} would be removed; nothing was (-n)")
    elif going:
        warn(f"removed {count(len(removed), 'run')}, freed {size(freed)}")
    return ExitCode.OK


def _delete(session: Session, going: Sequence[RunRow]) -> list[str]:
    """The ids of those that are gone by us. What another process removes meanwhile, or resumes, is no mistake."""
    removed = []
    with _edits(session) as edits:
        for run in going:
            try:
                edits.delete(run.id)
            except DagjobRunNotFoundError:
                continue
            removed.append(run.id)
    return removed


def _show(session: Session, going: Sequence[RunRow], sizes: dict[str, int]) -> None:
    from dagjob.display.words import ago, size

    now = clock.time()
    job = max((len(run.job) for run in going[:SHOWN]), default=0)
    lines = [
        f"{run.id[:8]}  {run.job:<{job}}  {run.status:<8}  {ago(now - run.started):>8}  {size(sizes[run.id]):>9}"
        for run in going[:SHOWN]
    ]
    if len(going) > SHOWN:
        lines.append(f"and {len(going) - SHOWN:,} more")
    say(lines)


def _agreed(what: str, *, ask: bool) -> bool:
    """Whether a person agrees. Raises `DagjobUsageError` where there is nobody to ask."""
    if not (ask and is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise DagjobUsageError(f"{what} would be removed: agree with --yes, or look at it with -n")
    from dagjob.display.output import write_text

    write_text(sys.stderr, f"remove {what}? [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _edits(session: Session) -> Edits:
    edits = Edits.open(session.state)
    if edits is None:
        raise DagjobRunNotFoundError("no run is recorded yet").noting(f"looked in {session.state.root}")
    return edits


def _age(text: str | None) -> float | None:
    from dagjob.cli.values import seconds

    return seconds(registry.MAX_AGE, text)


def _size(args: ParsedArguments) -> int | None:
    text = args.text(registry.MAX_SIZE)
    if text is None:
        return None
    from dagjob.plan.durations import parse_size

    try:
        return parse_size(text)
    except ValueError:
        raise DagjobUsageError(f'{registry.MAX_SIZE.long} takes a size such as 500MB or 1GB, not "{text}"') from None
