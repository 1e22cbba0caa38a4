"""`dagjob why RUN|TARGET [OP]`: why an op ran, was reused, retried, skipped or not run; of a job, what would be done next.

A run is explained from the history alone. Only a TARGET imports anything: the next run of a job is planned, as `-n` does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.cli import registry, registry_help
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import say, say_json
from dagjob.cli.session import Session, open_session
from dagjob.cli.values import chosen
from dagjob.display.words import ago, selection_text
from dagjob.errors import DagjobRunNotFoundError, DagjobTargetError, DagjobUsageError, ExitCode, did_you_mean
from dagjob.run_view import OpView, RunView, steps_named
from dagjob.storage.history import History

if TYPE_CHECKING:
    from dagjob.display.dry_run import Planned
    from dagjob.engine.target import LoadedJob
    from dagjob.launch.request import PreparedRun
    from dagjob.storage.records import RunRow

NAMES_SHOWN = 20


def why(args: ParsedArguments) -> int:
    """Explain a run, or what a job would do next."""
    session = open_session(args)
    named = chosen(registry_help.FORMAT, args.text(registry_help.FORMAT)) or "human"
    text, name = args.text(registry_help.RUN_OR_TARGET), args.text(registry_help.OP)
    partition = args.text(registry.PARTITION)
    history = History.open(session.state)
    if history is None and text is None:
        raise DagjobRunNotFoundError("no run is recorded yet").noting(f"looked in {session.state.root}")
    if history is not None:
        with history:
            row = _run_named(history, text)
            if row is not None:
                if partition is not None:
                    raise DagjobUsageError(
                        f"{registry.PARTITION.long} is for a job, and {row.id[:8]} is a run: leave it out"
                    )
                return _explain(session, history, row, name, named)
    return _explain_next(session, text, name, named, partition)


def _run_named(history: History, text: str | None) -> RunRow | None:
    """The run that is meant; None where the text is the target of a job."""
    if text is None or text.lower().partition(":")[0] == "latest":
        return history.find(text or "latest")
    if text in history.jobs() or not text.replace("-", "").isalnum():
        return None
    return history.find(text) if history.beginning(text.lower(), 1) else None


# -- a run ---------------------------------------------------------------------------------------------------------


def _explain(session: Session, history: History, row: RunRow, name: str | None, named: str) -> int:
    from dagjob.display.reasons import Explained, op_lines, run_lines
    from dagjob.storage.past import read_earlier

    view = history.view(row.id)
    parent = history.run(row.parent) if row.parent is not None else None
    explained = Explained(view, read_earlier(history, parent).past if parent is not None else None)
    ops = _ops(view, row, name)
    if named == "json":
        told = [explained.reason(op).to_json(op) for op in ops]
        say_json({**_run_json(row), "ops": told})
        return ExitCode.OK
    lines = _head(row, parent, len(ops) == 1 and name is not None, ops)
    if name is not None and len(ops) == 1:
        lines += op_lines(explained, ops[0], session.display(sys.stdout))
    else:
        lines += run_lines(explained, ops)
    say(lines)
    return ExitCode.OK


def _ops(view: RunView, row: RunRow, name: str | None) -> list[OpView]:
    """The steps that are meant, in plan order. Raises `DagjobRunNotFoundError` with what is near."""
    every = list(view.in_order())
    if name is None:
        return every
    found = set(steps_named(name, [op.key for op in every]))
    if found:
        return [op for op in every if op.key in found]
    keys = [op.key for op in every]
    hint = did_you_mean(name, [*keys, *{key.partition("[")[0] for key in keys}])
    error = DagjobRunNotFoundError(f'run {row.id[:8]} has no op "{name}".{hint}')
    if row.selection or row.excluded:
        error = error.noting(
            f"it was run with  {selection_text(row.selection, row.excluded)}:  other ops were left out"
        )
    some = ", ".join(keys[:NAMES_SHOWN]) + (f" and {len(keys) - NAMES_SHOWN} more" if len(keys) > NAMES_SHOWN else "")
    raise error.noting(f"ops: {some}")


def _head(row: RunRow, parent: RunRow | None, alone: bool, ops: Sequence[OpView]) -> list[str]:
    when = ago(max(0.0, clock.time() - row.started))
    text = f" {row.job}  {row.id[:8]}  {row.status}, {when}"
    if alone:
        text = f" {ops[0].label}  in run {row.id[:8]} of {row.job}, {when}"
    text += f", partition {row.partition}" if row.partition else ""
    text += f"; goes on from {row.parent[:8]}" if row.parent else ""
    text += f" ({parent.status})" if parent is not None else (" (removed)" if row.parent else "")
    asked = selection_text(row.selection, row.excluded)
    return [text, *([f" {asked}: other ops were left out"] if asked and not alone else []), ""]


def _run_json(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.id,
        "job": row.job,
        "status": row.status,
        "partition": row.partition,
        "parent": row.parent,
        "selection": list(row.selection),
        "excluded": list(row.excluded),
    }


# -- a job ---------------------------------------------------------------------------------------------------------


def _explain_next(session: Session, text: str | None, name: str | None, named: str, partition: str | None) -> int:
    """What `dagjob resume`, or else `dagjob run`, would do, and why."""
    from dagjob.cli.cost import planned
    from dagjob.cli.targets import find_target
    from dagjob.display.dry_run import plan_json, plan_lines
    from dagjob.engine.target import load_job

    try:
        loaded = load_job(find_target(session, text))
    except DagjobTargetError as error:
        raise error.noting(f'nor is "{text}" the beginning of the id of a run:  dagjob runs') from error.__cause__
    latest = _latest(session, loaded.job.name, partition)
    left = latest is not None and latest.status not in ("success", "running")
    prepared = _left_of(session, loaded, latest) if latest is not None and left else _anew(session, loaded, partition)
    shown = planned(prepared, session)
    command = f"dagjob resume {latest.id[:8]}" if latest is not None and left else f"dagjob run {text or ''}".rstrip()
    if named == "json":
        before = {"run": latest.id, "status": latest.status} if latest is not None else None
        told = plan_json(shown)
        ops = [one for one in told["ops"] if name is None or one["key"] in _planned_named(shown, name)]
        say_json({**told, "latest": before, "command": command, "ops": ops})
        return ExitCode.OK
    lines = plan_lines(shown)
    if name is not None:
        keys = _planned_named(shown, name)
        lines = [line for line in lines if line.split()[1:2] and line.split()[1] in keys]
    say([*_next_head(latest, command), *lines])
    return ExitCode.OK


def _next_head(latest: RunRow | None, command: str) -> list[str]:
    if latest is None:
        return [f" it has not run yet; next:  {command}", ""]
    when = ago(max(0.0, clock.time() - latest.started))
    told = f" the latest run, {latest.id[:8]}, {'is going on' if latest.status == 'running' else f'ended with {latest.status}'}"
    return [f"{told} ({when}); why:  dagjob why {latest.id[:8]}", f" next:  {command}", ""]


def _planned_named(shown: Planned, name: str) -> set[str]:
    """The keys of the steps, or of what is left out, that a name stands for. Raises `DagjobRunNotFoundError`."""
    from dagjob.display.dry_run import copies_of
    from dagjob.plan.left_out import skipped_ops

    keys = [step.key for step in shown.plan.steps] + [".".join(path) for path in skipped_ops(shown.job)]
    if shown.continued is not None:
        keys += [key for step in shown.plan.steps for key in copies_of(step, shown.continued)]
    found = set(steps_named(name, keys))
    if not found:
        raise DagjobRunNotFoundError(f'job "{shown.job.name}" has no op "{name}".{did_you_mean(name, keys)}').noting(
            f"ops: {', '.join(keys[:NAMES_SHOWN])}"
        )
    return found


def _latest(session: Session, job: str, partition: str | None) -> RunRow | None:
    """The latest run of a job, or the one that has gone on from it."""
    from dagjob.storage.past import gone_on_from

    history = History.open(session.state)
    if history is None:
        return None
    with history:
        rows = history.runs(1, job=job, partition=partition)
        return gone_on_from(history, rows[0]) if rows else None


def _left_of(session: Session, loaded: LoadedJob, row: RunRow) -> PreparedRun:
    """The run that goes on from that one."""
    from dagjob.config.document import Document
    from dagjob.launch.continued import GoOn
    from dagjob.launch.reexecution import Parent, as_asked_for
    from dagjob.launch.request import RunRequest, prepare
    from dagjob.storage.past import read_earlier

    history = History.open(session.state)
    assert history is not None
    with history:
        earlier = read_earlier(history, row)
    request = RunRequest(loaded.job, Document(row.config), loaded.target, pools=session.pools(loaded.job.name))
    request = as_asked_for(request, Parent(row, GoOn(earlier, session.state)), config_given=True)
    if loaded.job.partitions_def is None:
        return prepare(request)
    from dagjob.cli.partition import asking, of_partition

    with asking(session):
        return prepare(of_partition(request, None, None))


def _anew(session: Session, loaded: LoadedJob, partition: str | None) -> PreparedRun:
    """A run of all of it, with the config that the settings name; of a job with partitions, of the last one."""
    from dagjob.cli.running import document_of
    from dagjob.cli.values import ConfigOptions
    from dagjob.launch.request import RunRequest, prepare

    base = ConfigOptions(session.base_config(loaded.job.name))
    request = RunRequest(
        loaded.job, document_of(loaded.job, base, session), loaded.target, pools=session.pools(loaded.job.name)
    )
    if loaded.job.partitions_def is None and partition is None:
        return prepare(request)
    from dagjob.cli.partition import asking, last_key, of_partition

    with asking(session):
        return prepare(of_partition(request, partition or last_key(loaded.job), None))
