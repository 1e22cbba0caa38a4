"""`dagjob debug RUN [OP]`: one op of a past run alone, in this process and in the debugger, with what it had then.

It is a re-execution of that one step which nobody keeps: its inputs are read from the run and from those before it.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import warn
from dagjob.cli.session import Session, open_session
from dagjob.cli.targets import find_target
from dagjob.cli.values import chosen
from dagjob.engine.importing import Target
from dagjob.engine.target import LoadedJob, load_job, split_target
from dagjob.engine.terminal import has_terminal
from dagjob.errors import (
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    DagjobRunNotFoundError,
    DagjobTargetError,
    DagjobUsageError,
    did_you_mean,
)
from dagjob.run_view import BAD, RunView, steps_named

if TYPE_CHECKING:
    from dagjob.launch.request import PreparedRun
    from dagjob.storage.records import RunRow


def debug(args: ParsedArguments) -> int:
    """Run an op again, in the debugger."""
    session = open_session(args)
    args = session.filled(args)
    if not has_terminal():
        raise DagjobUsageError("dagjob debug needs a terminal to talk to")
    ref = args.text(registry.RUN_TO_DEBUG) or "latest:failed"
    run, step = _find(session, ref, args.text(registry.OP_TO_DEBUG))
    prepared = _prepared(session, run, step)
    from dagjob.launch.launch import launch
    from dagjob.launch.registries import DISPLAYS, SinkRequest

    tb = chosen(registry.TRACEBACK, args.text(registry.TRACEBACK), session.environ, "DAGJOB_TB") or "user"
    warn(f"{step} of run {run.id[:8]} alone; nothing of this is kept")
    options = session.display(sys.stderr, tb=tb, show_output="all", kept=False)
    gc.freeze()
    gc.enable()
    return launch(prepared, [SinkRequest(DISPLAYS["plain"])], options, redact=session.settings.redact)


def _find(session: Session, ref: str, name: str | None) -> tuple[RunRow, str]:
    """The run, and the key of the step."""
    from dagjob.cli.runs import history_of

    with history_of(session) as history:
        run = history.find(ref)
        return run, _step(history.view(run.id), name)


def _step(view: RunView, name: str | None) -> str:
    failed = [op.key for op in view.in_order() if op.status in BAD]
    if name is None:
        if not failed:
            raise DagjobRunNotFoundError(f"no op of run {view.run_id} has failed").noting(
                f"to look at another one:  dagjob debug {view.run_id} OP"
            )
        return failed[0]
    keys = [op.key for op in view.in_order()]
    found = steps_named(name, keys)
    if not found:
        hint = did_you_mean(name, [*keys, *{key.partition("[")[0] for key in keys}])
        raise DagjobRunNotFoundError(f'run {view.run_id} has no op "{name}".{hint}').noting(
            f"ops: {', '.join(keys[:20])}"
        )
    return next((key for key in found if key in failed), found[0])


def _prepared(session: Session, run: RunRow, step: str) -> PreparedRun:
    from dagjob.cli.partition import asking
    from dagjob.launch.instance import instance_on
    from dagjob.launch.reexecution import ReexecutionOptions, as_asked_for, find_parent, refuse_lost_values
    from dagjob.launch.request import RunRequest, prepare

    loaded = _load(session, run)
    request = RunRequest(
        loaded.job,
        target=loaded.target,
        executor="in_process",
        retries=False,
        capture_loggers=session.settings.capture_loggers,
        earlier=session.state,
        debug=True,
    )
    parent = find_parent(instance_on(session.state), ReexecutionOptions(run.id, [step]), loaded.job.name)
    try:
        request = as_asked_for(request, parent, config_given=False)
    except DagjobInvalidInvocationError:
        raise DagjobUsageError(
            f"the config of run {run.id[:8]} has secrets in it, which are not kept, so no op of it can be run alone"
        ).noting(f"with the config:  dagjob run {run.target or run.job} -c FILE --pdb") from None
    try:
        with asking(session):
            prepared = prepare(request)
        refuse_lost_values(prepared)
    except DagjobInvariantViolationError as error:
        raise DagjobUsageError(f'"{step}" cannot be run alone: {error}').noting(*error.notes) from error
    return prepared


def _load(session: Session, run: RunRow) -> LoadedJob:
    """The job of the run, where it was then."""
    if not run.target:
        return load_job(find_target(session, run.job))
    location, name = split_target(run.target)
    try:
        return load_job(Target(location or run.target, name, session.folder, session.python_path))
    except DagjobTargetError as error:
        raise error.noting(f"run {run.id[:8]} of {run.job} was begun with the target {run.target}") from error
