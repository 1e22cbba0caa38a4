"""`dagjob run`: a prepared run with history, displays and signals, and the exit code that it ends with."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.config.secrets import REDACT
from dagjob.engine.interrupts import Interrupts, ended_by, signal_name
from dagjob.engine.run_info import new_run_id
from dagjob.errors import DagjobBusyError, ExitCode
from dagjob.executors.deaths import canceled
from dagjob.launch.audience import RunAudience
from dagjob.launch.execute import Executed, execute
from dagjob.launch.masking import masking_of
from dagjob.launch.request import run_info
from dagjob.launch.sharing import shared_slots
from dagjob.record import replace
from dagjob.run_view import end_stopped

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.launch.registries import SinkRequest
    from dagjob.launch.request import PreparedRun
    from dagjob.storage.paths import StateDir
    from dagjob.storage.runs import RunStore


def launch(
    prepared: PreparedRun,
    sinks: Sequence[SinkRequest],
    options: DisplayOptions,
    *,
    state: StateDir | None = None,
    redact: Sequence[str] = REDACT,
    lock: str | None = None,
) -> int:
    """Do the run and return the exit code.

    `state` None keeps no history, and outputs in a temporary folder; `redact` are patterns of environment variables
    whose values are secret; of the runs with the same `lock` on one state directory only one runs at a time. Raises
    `DagjobBusyError` before anything is started, and `DagjobStateError` at the end, when the history could not be written.
    """
    run_id = new_run_id()
    with _state_or_temporary(state) as folder, shared_slots(prepared, folder, run_id, lock, _say) as pools:
        run = run_info(prepared, run_id, folder)
        # Programs that ops start may ask for these.
        os.environ.update(DAGJOB_RUN_ID=run.run_id, DAGJOB_JOB=run.job, DAGJOB_RUN_DIR=run.run_dir or "")
        masking = masking_of(prepared.job, prepared.resolved, redact)
        audience: RunAudience | None = None
        store: RunStore | None = None

        def open_sinks() -> RunAudience:
            nonlocal audience, store
            from dagjob.storage.runs import RunStore  # loads sqlite3, after the template was forked

            looks = options if masking is None else replace(options, read_tail=masking.read_tail)
            others = [each.make(looks) for each in sinks]
            if state is not None:
                from dagjob.display.run_files import RunFiles

                others.append(RunFiles(folder.config(run.run_id), folder.plan(run.run_id)))
            store = RunStore.create(folder, run.run_id)
            audience = RunAudience(store, others, masking)
            if "dagjob.executors.in_process" in sys.modules:  # Ops run here, and may be debugged.
                from dagjob.engine.terminal import lend_terminal

                lend_terminal(audience.pause, audience.go_on)
            return audience

        def cut_off(signum: int) -> None:
            """An op in this very process does not end: write down what is known, and leave at once."""
            with suppress(Exception):  # a history that cannot be read either keeps nobody here
                if audience is not None and store is not None:
                    view = store.history().view(run.run_id)
                    stopped = ended_by(canceled(0.0), signum)
                    for event in end_stopped(view, clock.time(), stopped.error, signal_name(signum)):
                        audience(event)
            with suppress(Exception):
                if audience is not None:
                    audience.close()
            os._exit(128 + signum)

        def log_path(step: str, attempt: int) -> str:
            return str(folder.log(run.run_id, step, attempt))

        with Interrupts(prepared.request.grace, cut_off) as interrupts:
            executed = execute(prepared, run, open_sinks, interrupts, log_path=log_path, pools=pools)
            assert audience is not None
            audience.close()
            if executed.ended.status != "success":  # A process may have been killed while it wrote.
                from dagjob.storage.leftovers import sweep_run

                sweep_run(folder, run.run_id)
            return _exit_code(executed, audience, interrupts)


def _say(text: str) -> None:
    from dagjob.display.output import write_lines

    write_lines(sys.stderr, [text])


def _exit_code(executed: Executed, audience: RunAudience, interrupts: Interrupts) -> int:
    ended = executed.ended
    if audience.state_error is not None:
        raise audience.state_error
    if audience.broken_pipe:
        return ExitCode.SIGPIPE
    if isinstance(executed.failure, DagjobBusyError):
        return ExitCode.BUSY
    if ended.status == "timeout":
        return ExitCode.TIMEOUT
    if ended.status == "canceled":
        return 128 + (interrupts.signum or 0)
    if ended.status != "success":
        return ExitCode.FAILED
    return ExitCode.STATE if audience.lost else ExitCode.OK


@contextmanager
def _state_or_temporary(state: StateDir | None) -> Iterator[StateDir]:
    """The state directory, made ready; without one, a temporary folder that is gone afterwards."""
    from dagjob.storage.paths import StateDir, prepare

    if state is not None:
        note = prepare(state)
        if note:
            _say(f"note: {note}")
        yield state
        return
    from tempfile import TemporaryDirectory

    from dagjob.storage.leftovers import TEMPORARY, sweep_temporary

    with TemporaryDirectory(prefix=TEMPORARY, ignore_cleanup_errors=True) as folder:
        sweep_temporary(os.path.dirname(folder))
        temporary = StateDir(folder)
        prepare(temporary)
        yield temporary
