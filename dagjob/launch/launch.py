"""`dagjob run`: a prepared run with history, displays and signals, and the exit code that it ends with."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from dagjob import clock
from dagjob.config.secrets import REDACT
from dagjob.engine.interrupts import Interrupts, ended_by, signal_name, stop_here
from dagjob.engine.run_info import new_run_id
from dagjob.errors import DagjobBusyError, ExitCode
from dagjob.events import ErrorInfo
from dagjob.executors.deaths import canceled
from dagjob.launch.audience import RunAudience
from dagjob.launch.execute import Executed, execute
from dagjob.launch.masking import masking_of
from dagjob.launch.registries import STAND_IN
from dagjob.launch.request import run_info
from dagjob.launch.sharing import shared_slots
from dagjob.record import replace
from dagjob.run_view import end_stopped

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.engine.ports import Sink
    from dagjob.launch.masking import Masking
    from dagjob.launch.registries import SinkRequest
    from dagjob.launch.request import PreparedRun
    from dagjob.plan.forecast import Usual
    from dagjob.storage.history import History
    from dagjob.storage.paths import StateDir
    from dagjob.storage.runs import RunStore


MakeSinks = Callable[["DisplayOptions"], Sequence["Sink"]]
"""Makes those that hear of a run, besides its history; what they read is masked by the options."""
OpenStore = Callable[["StateDir", str, bool], "RunStore"]
"""Opens the store of a run of this id, perhaps ahead."""
NO_RETENTION: Mapping[str, float] = {}


class KeptRun:
    """A prepared run with an id, a folder and sinks. `keep`: its folder is the state directory, and no temporary one."""

    def __init__(
        self,
        prepared: PreparedRun,
        folder: StateDir,
        make_sinks: MakeSinks,
        options: DisplayOptions,
        *,
        keep: bool,
        masking: Masking | None,
        run_id: str | None = None,
        open_store: OpenStore | None = None,
        retention: Mapping[str, float] = NO_RETENTION,
    ) -> None:
        self.prepared = prepared
        self.run = run_info(prepared, run_id or new_run_id(), folder)
        self.audience: RunAudience | None = None
        self._folder = folder
        self._logs = folder.logs(self.run.run_id)
        self._make_sinks = make_sinks
        self._options = options
        self._keep = keep
        self._masking = masking
        self._open_store = open_store
        self._retention = retention
        self._store: RunStore | None = None
        self._ahead = False
        """Whether its sinks are open, and it has not begun."""
        self.interrupts: Interrupts | None = None
        """Those that this run is to answer."""

    def open_sinks(self) -> RunAudience:
        """The store, and all others; called when the executor has started and the run begins."""
        if self._ahead:
            assert self.audience is not None
            assert self._store is not None
            self._ahead = False
            self._store.move_in(self._folder, self.run.run_id)
            return self.audience
        return self._open(ahead=False)

    def open_ahead(self) -> None:
        """Have them ready before the run begins. Nobody sees anything of it until then; `drop` it if it never does."""
        self._open(ahead=True)
        self._ahead = True

    def drop(self) -> None:
        """The run was made ahead, and never begins."""
        if self._ahead:
            assert self.audience is not None
            assert self._store is not None
            self.audience.close()
            self._store.move_out()

    def keep_with(self, other: KeptRun) -> None:
        """Keep how it ended in one with the beginning of another run, which was opened ahead and begins now."""
        assert self.audience is not None
        if other._ahead and other._store is not None and self._store is not None and self.audience.hand_over():
            other._store.take_along(self._store)
        else:
            self.audience.keep()

    def _open(self, *, ahead: bool) -> RunAudience:
        from dagjob.storage.runs import RunStore  # loads sqlite3, after the template was forked

        masking, run_id, folder = self._masking, self.run.run_id, self._folder
        known: dict[str, Any] = {"history": self._history, "stack_of": stack_of}
        if masking is not None:
            known["read_tail"] = masking.read_tail
        if self._keep:
            known["usual"] = self._usual
        options = replace(self._options, **known)
        others = [*self._make_sinks(options)]
        if self._keep:
            from dagjob.display.run_files import RunFiles, Surrounded
            from dagjob.storage.paths import retention_is_due

            surrounded = Surrounded(folder.surroundings(run_id), self._surroundings)
            others.append(RunFiles(folder.config(run_id), folder.plan(run_id), surrounded))
            if self._retention and retention_is_due(folder, clock.time()):
                from dagjob.storage.retention import Retention

                others.append(Retention(folder, self._retention))
        self._store = self._open_store(folder, run_id, ahead) if self._open_store else RunStore.create(folder, run_id)
        self.audience = RunAudience(
            self._store, others, masking, lambda what: replace(STAND_IN, arguments=(what,)).make(options)
        )
        if self.interrupts is not None:
            self.audience.before_turn = self.interrupts.answer
        if "dagjob.executors.in_process" in sys.modules:  # Ops run here, and may be debugged.
            from dagjob.engine.terminal import lend_terminal

            lend_terminal(self.audience.pause, self.audience.go_on)
        elif self.interrupts is not None:
            self.interrupts.wake_for_all()
        return self.audience

    def _usual(self) -> Usual | None:
        return self._store.usual(self.run.job) if self._store is not None else None

    def _history(self) -> History | None:
        return self._store.history() if self._store is not None else None

    def _surroundings(self) -> str:
        from dagjob.launch.surroundings import surroundings  # when ops are at work

        return surroundings(self.prepared.job, None if self._masking is None else self._masking.text)

    def log_path(self, step: str, attempt: int) -> str:
        """The file that gets the output of an attempt."""
        return f"{self._logs}{os.sep}{self._folder.log_name(step, attempt)}"

    @property
    def requests(self) -> Mapping[str, Callable[[], None]]:
        """What can be asked for by signals."""
        return {"SIGTSTP": self._stop_for_now, **dict.fromkeys(("SIGUSR1", "SIGINFO"), self._tell_status)}

    def _stop_for_now(self) -> None:
        if self.audience is not None:
            self.audience.stand_still(stop_here)

    def _tell_status(self) -> None:
        if self.audience is not None:
            self.audience.tell_status()

    def give_back(self) -> None:
        """Something has gone wrong: the terminal is not to suffer."""
        if self.audience is not None:
            self.audience.pause()

    def close(self, *, success: bool) -> RunAudience:
        """All has been told."""
        assert self.audience is not None
        self.audience.close()
        if not success:  # A process may have been killed while it wrote.
            from dagjob.storage.leftovers import sweep_run

            sweep_run(self._folder, self.run.run_id)
        return self.audience

    def write_off(self, signum: int) -> None:
        """An op in this very process does not end: write down what is known, before the process is left."""
        with suppress(Exception):  # a history that cannot be read either keeps nobody here
            if self.audience is not None and self._store is not None:
                self.audience.keep()
                view = self._store.history().view(self.run.run_id)
                stopped = ended_by(canceled(0.0), signum)
                for event in end_stopped(view, clock.time(), stopped.error, signal_name(signum)):
                    self.audience(event)
        with suppress(Exception):
            if self.audience is not None:
                self.audience.close()

    def cut_off(self, signum: int) -> None:
        """Do so, and leave."""
        self.write_off(signum)
        os._exit(128 + signum)


def stack_of(pid: int) -> ErrorInfo | str:
    """Where the op of a process is, or why nobody knows."""
    from dagjob.executors.stack_files import NoAnswerError, ask
    from dagjob.executors.stacks import frames_of

    try:
        return ErrorInfo("", "", "", frames_of(ask(pid)))
    except NoAnswerError as error:
        return str(error)


def launch(
    prepared: PreparedRun,
    sinks: Sequence[SinkRequest],
    options: DisplayOptions,
    *,
    state: StateDir | None = None,
    redact: Sequence[str] = REDACT,
    lock: str | None = None,
    retention: Mapping[str, float] = NO_RETENTION,
    run_id: str | None = None,
) -> int:
    """Do the run and return the exit code.

    `state` None keeps no history, and outputs in a temporary folder; `redact` are patterns of environment variables
    whose values are secret; of the runs with the same `lock` on one state directory only one runs at a time. Raises
    `DagjobBusyError` before anything is started, and `DagjobStateError` at the end, when the history could not be written.
    `retention` bounds the outputs of earlier runs.
    """
    run_id = run_id or new_run_id()
    with state_or_temporary(state) as folder, shared_slots(prepared, folder, run_id, lock, say) as pools:
        kept = KeptRun(
            prepared,
            folder,
            lambda options: [each.make(options) for each in sinks],
            options,
            keep=state is not None,
            masking=masking_of(prepared.job, prepared.resolved, redact),
            run_id=run_id,
            retention=retention,
        )
        os.environ.update(kept.run.variables)
        gc.freeze()  # The steps of a plan live as long as this process: no collection is to look at them.
        with Interrupts(prepared.request.grace, kept.cut_off, kept.requests, last=True) as interrupts:
            kept.interrupts = interrupts
            try:
                executed = execute(prepared, kept.run, kept.open_sinks, interrupts, log_path=kept.log_path, pools=pools)
                audience = kept.close(success=executed.ended.status == "success")
            except BaseException:
                kept.give_back()
                raise
            return exit_code(executed, audience, interrupts)


def say(text: str) -> None:
    """A line on stderr."""
    from dagjob.display.output import write_lines

    with suppress(OSError):  # a full disk, perhaps
        write_lines(sys.stderr, [text])


def exit_code(executed: Executed, audience: RunAudience, interrupts: Interrupts) -> int:
    """What the command ends with."""
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
def state_or_temporary(state: StateDir | None) -> Iterator[StateDir]:
    """The state directory, made ready; without one, a temporary folder that is gone afterwards."""
    from dagjob.storage.paths import StateDir, prepare

    if state is not None:
        note = prepare(state)
        if note:
            say(f"note: {note}")
        yield state
        return
    from tempfile import TemporaryDirectory

    from dagjob.storage.leftovers import TEMPORARY, sweep_temporary

    with TemporaryDirectory(prefix=TEMPORARY, ignore_cleanup_errors=True) as folder:
        sweep_temporary(os.path.dirname(folder))
        temporary = StateDir(folder)
        prepare(temporary)
        yield temporary
