"""`dagjob runs cancel RUN`: ask the main process of a run to stop it, as Ctrl-C there does, and wait until it has ended."""

from __future__ import annotations

import signal
import sys

from dagjob.cli import registry_runs as registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import warn
from dagjob.cli.runs import history_of
from dagjob.cli.session import Session, open_session
from dagjob.errors import DagjobStateError, DagjobUsageError, ExitCode
from dagjob.storage.going_on import MainProcess
from dagjob.storage.records import RunRow
from dagjob.values.names import BACKFILL_TAG

APART = 0.3
"""Seconds between two signals: the second one means more only where the first was heard."""
PATIENCE = 3.0
"""Seconds after which --now kills the main process itself: it has killed its ops by then."""
HINT = 10.0
"""Seconds after which a person who waits is told what else there is."""


def cancel(args: ParsedArguments) -> int:
    """Stop a run that is going on."""
    session = open_session(args)
    wanted = args.text(registry.RUN_FIRST)
    if wanted is None:
        raise DagjobUsageError("RUN is missing: write  dagjob runs cancel RUN, or  latest:running")
    run = _find(session, wanted)
    process = MainProcess.of(session.state, run) if run.status == "running" else None
    if process is None:
        warn(f"run {run.id[:8]} has ended already: {_find(session, run.id).status}")
        return ExitCode.OK
    backfill = run.tags.get(BACKFILL_TAG)
    if backfill is not None:
        warn(f"it is a part of backfill {backfill[:8]}, all of which stops; go on with: dagjob resume {backfill[:8]}")
    with process:
        try:
            stopped = _kill(process, run) if args.on(registry.NOW) else _ask(process, run)
        except KeyboardInterrupt:
            warn(f"run {run.id[:8]} was told to stop, and is ending without you")
            return ExitCode.SIGINT
    if not stopped:
        raise DagjobStateError(f"process {process.pid} of run {run.id[:8]} does not end")
    return _tell(session, run.id)


def _ask(process: MainProcess, run: RunRow) -> bool:
    warn(f"{run.job} {run.id[:8]}: its ops were told to end, and get the grace of that run (--now kills them)")
    process.send(signal.SIGTERM)
    process.send(signal.SIGCONT)
    if not process.ended(HINT):
        warn(f"still ending; at once:  dagjob runs cancel {run.id[:8]} --now")
        while not process.ended(HINT):
            pass
    return True


def _kill(process: MainProcess, run: RunRow) -> bool:
    """The second signal kills the ops. What does not hear even that, as it hangs in code that is not Python, is killed."""
    warn(f"{run.job} {run.id[:8]}: its ops are killed")
    for _ in range(2):
        process.send(signal.SIGTERM)
        process.send(signal.SIGCONT)
        if process.ended(APART):
            return True
    if not process.ended(PATIENCE):
        process.send(signal.SIGKILL)
    return process.ended(PATIENCE)


def _tell(session: Session, run_id: str) -> int:
    from dagjob.display.run_page import totals
    from dagjob.display.words import duration

    with history_of(session) as history:
        view = history.view(run_id)
    style = session.style(sys.stderr)
    status = style.paint(view.status.upper(), view.status)
    took = f" after {duration(view.ended.seconds)}" if view.ended is not None else ""
    job = view.run.job if view.run is not None else ""
    from dagjob.display.output import write_lines

    go_on = [f"go on with: dagjob resume {run_id[:8]}"] if view.status != "success" else []
    write_lines(sys.stderr, [f"{job} {run_id[:8]}  {status}{took}  {totals(view)}", *go_on], style.color)
    return ExitCode.OK


def _find(session: Session, ref: str) -> RunRow:
    with history_of(session) as history:
        return history.find(ref)
