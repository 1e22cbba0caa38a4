"""`dagjob partitions list|status TARGET`: which partitions a job has, and how they stand. Loads the job, runs nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json, say_names
from dagjob.cli.partition import asking, telling
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import at_least_one, chosen
from dagjob.engine.target import LoadedJob, load_job
from dagjob.errors import DagjobUsageError, ExitCode
from dagjob.partitions.base import PartitionsDefinition
from dagjob.partitions.choice import Wish, in_range
from dagjob.partitions.progress import STATUSES, PartitionRun, keys_of, latest_runs, standing, usual_seconds

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition


def list_keys(args: ParsedArguments) -> int:
    """List the keys."""
    _, loaded, keys = _asked(args)
    if chosen(registry.FORMAT_KEYS, args.text(registry.FORMAT_KEYS)) != "json":
        say_names(keys)
        return ExitCode.OK
    partitions = loaded.job.partitions()
    say_json({**_about(loaded, partitions), "partitions": [_key_json(partitions, key) for key in keys]})
    return ExitCode.OK


def status(args: ParsedArguments) -> int:
    """Show how partitions stand."""
    session, loaded, keys = _asked(args)
    job = loaded.job
    runs = known_runs(session, job.name)
    standing_now = standing(keys, runs)
    counts = {one: sum(each == one for each in standing_now.values()) for one in STATUSES}
    steps = _steps(session, job, keys, runs) if args.on(registry.OPS) else {}
    if chosen(registry.FORMAT_KEYS, args.text(registry.FORMAT_KEYS)) == "json":
        latest = latest_runs(keys, runs)
        listed = [
            {"key": key, "status": standing_now[key], "run": latest.get(key)}
            | ({"ops": steps.get(key, {})} if steps else {})
            for key in keys
        ]
        say_json({**_about(loaded, job.partitions()), "counts": counts, "partitions": listed})
        return ExitCode.OK
    from dagjob.display.partition_pictures import Pictured, picture

    style, width = session.style(sys.stdout), session.display(sys.stdout).width()
    pictured = Pictured(
        job.name,
        job.partitions().kind,
        tuple(keys),
        standing_now,
        dimensions=_dimensions(job.partitions(), keys),
        steps=steps,
        usual=usual_seconds(runs),
        target=args.text(registry.TARGET) or "",
    )
    say(picture(pictured, style, width), style.color)
    return ExitCode.OK


def _asked(args: ParsedArguments) -> tuple[Session, LoadedJob, list[str]]:
    """The job, and those of its keys that are asked for."""
    session = open_session(args)
    start, end, last = bounds(args)
    if last is not None and (start is not None or end is not None):
        raise DagjobUsageError(
            f"{registry.LAST.long} and {registry.FROM.long}, {registry.TO.long} contradict each other"
        )
    loaded = load_job(find_target(session, args.text(registry.TARGET)))
    with asking(session) as now, telling(loaded.job):
        return session, loaded, in_range(loaded.job.partitions(), Wish(start, end, last), now)


def bounds(args: ParsedArguments) -> tuple[str | None, str | None, int | None]:
    """What `--from`, `--to` and `--last` say."""
    last = at_least_one(registry.LAST, args.text(registry.LAST))
    return args.text(registry.FROM), args.text(registry.TO), last


def known_runs(session: Session, job: str, backfill: str | None = None) -> Sequence[PartitionRun]:
    """What the history knows of the runs of a job's partitions; with `backfill`, of those of that one."""
    if not os.path.exists(session.state.db):
        return ()
    from dagjob.storage.history import History

    history = History.open(session.state)
    if history is None:
        return ()
    with history:
        return history.partition_runs(job, backfill)


def _steps(
    session: Session, job: JobDefinition, keys: Sequence[str], runs: Sequence[PartitionRun]
) -> dict[str, dict[str, str]]:
    """How each op of each partition stands, by what its last run with that op says."""
    from dagjob.cli.discover import op_keys

    found: dict[str, dict[str, str]] = {key: dict.fromkeys(op_keys(job), "missing") for key in keys}
    if not os.path.exists(session.state.db):
        return found
    from dagjob.storage.history import History

    history = History.open(session.state)
    if history is None:
        return found
    place = {key: number for number, key in enumerate(keys)}
    of_run = {run.id: keys_of(run, keys, place) for run in runs}
    with history:
        for run_id, step, stands in history.partition_steps(job.name):
            op, said = step.partition("[")[0], _OP_SAYS.get(stands)
            for key in of_run.get(run_id, ()):
                if said is not None and op in found[key]:
                    found[key][op] = said
    return found


_OP_SAYS = {
    "success": "success",
    "reused": "success",
    "failed": "failed",
    "timeout": "failed",
    "running": "running",
    "retrying": "running",
}


def _dimensions(partitions: PartitionsDefinition, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Of partitions with two dimensions: the row and the column of each key."""
    from dagjob.partitions.multi import BETWEEN, MultiPartitionsDefinition

    if not isinstance(partitions, MultiPartitionsDefinition):
        return {}
    pairs = {}
    for key in keys:
        first, _, second = key.partition(BETWEEN)
        pairs[key] = (first, second)
    return pairs


def _about(loaded: LoadedJob, partitions: PartitionsDefinition) -> dict[str, Any]:
    return {"job": loaded.job.name, "target": loaded.target.text, "kind": partitions.kind}


def _key_json(partitions: PartitionsDefinition, key: str) -> dict[str, Any]:
    window = partitions.window(key)
    if window is None:
        return {"key": key}
    return {"key": key, "start": window.start.isoformat(), "end": window.end.isoformat()}
