"""One attempt after the other, here: in the process and the thread of the loop.

An attempt whose outcome is known is finished (hooks, resources) when the loop comes back, so that it hears of the
outcome first. Imports nothing that Windows lacks.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from types import FrameType
from typing import Self, TextIO

from dagjob import clock
from dagjob.engine.breakpoints import Breakpoints
from dagjob.engine.interrupts import heed, in_user_code, times_broken_into
from dagjob.engine.ports import Attempt, Emit, Executor, StepCall, StepDone, Work
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import EngineNoted, Event
from dagjob.executors import deaths, stacks  # noqa: F401  what tells of a timeout is here before user code runs
from dagjob.executors.leftovers import Leftovers
from dagjob.executors.streams import flush_streams, line_by_line, open_log_or_nothing, patient_stream, settle_streams
from dagjob.plan.schedule import leaves_hooks
from dagjob.plan.steps import Failed, Outcome
from dagjob.record import replace


class InProcess(Executor):
    """Does one attempt after the other, without any process of its own.

    A call's `log` gets what is written to descriptors 1 and 2 while the attempt runs, but not what sinks write when
    they hear of it. A timeout needs POSIX and the main thread; elsewhere it is not enforced. `wakeup_fd` is a
    descriptor that becomes readable when a signal has come: `wait` then returns. `grace` (seconds): an op that swallows
    the interruption of its timeout gets the next one after that long.

    With `own_process` there is nobody else in it: programs that ops leave running are ended, at the latest at the second
    `close`, when the run's resources are closed.
    """

    in_this_process = True

    def __init__(
        self, work: Work, emit: Emit, wakeup_fd: int | None = None, grace: float = 5.0, *, own_process: bool = False
    ) -> None:
        self._work = work
        self._emit = emit
        self._wakeup_fd = wakeup_fd
        self._grace = grace
        self._queue: deque[StepCall] = deque()
        self._unfinished: tuple[Attempt, Capture] | None = None
        self._leftovers = Leftovers(emit) if own_process else None
        self._breakpoints = Breakpoints() if own_process else contextlib.nullcontext()
        if own_process and not faulthandler.is_enabled():
            faulthandler.enable(
                os.dup(2)
            )  # Not where the output of an op is captured: nobody would be left to show it.
        self._closed = False
        self._cut_off: StepCall | None = None
        """The last attempt, if its hooks are to be run by another because it was cut off."""
        self._canceled: list[StepDone] = []
        self._interrupted = False

    def submit(self, call: StepCall) -> None:
        """Take an order; it runs in one of the next calls of `wait`."""
        self._queue.append(call)
        if self._interrupted:
            self._drop_queue()

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """Finish the previous attempt, then run the next one. With nothing to do, sleep as `Executor.wait` says.

        With nothing to do, no timeout and no `wakeup_fd`, nothing could ever come: returns at once.
        """
        self._finish()
        if self._canceled:
            dropped, self._canceled = self._canceled, []
            return dropped
        if self._queue:
            return [self._run(self._queue.popleft())]
        self._sleep(timeout)
        return ()

    def interrupt(self, grace: float) -> None:
        """Drop what is queued. The op at work is interrupted by whoever handles the signal: by raising in it."""
        self._interrupted = True
        heed()
        self._drop_queue()

    def close(self) -> None:
        """Finish the last attempt. What is still queued is dropped. The second time, end what ops have left running."""
        self._finish()
        self._queue.clear()
        if self._closed and self._leftovers is not None:
            self._leftovers.end_all()
        self._closed = True

    def _run(self, call: StepCall) -> StepDone:
        began, interruptions = clock.monotonic(), times_broken_into()
        capture = Capture(call.log)
        attempt = None
        alarm = Alarm(call.timeout, self._grace)
        if self._leftovers is not None:
            self._leftovers.attempt_begins()
        try:
            with capture, alarm, self._breakpoints:
                emit = capture.around(self._emit)
                if capture.problem is not None:
                    emit(EngineNoted(clock.time(), capture.problem, call.step.key, level="warning"))
                attempt = self._work(call, emit)
                outcome = attempt.run()
        except BaseException as error:  # Between two calls of user code, or the attempt could not even be prepared.
            from dagjob.engine.step import failed

            outcome = failed(error, clock.monotonic() - began)
        if attempt is not None:
            self._unfinished = attempt, capture
        if self._leftovers is not None:
            self._leftovers.attempt_ended(call.step.key, failed=isinstance(outcome, Failed))
        if times_broken_into() > interruptions:  # Whatever it then raised of its own, it was stopped with the run.
            self._interrupted = True
        return StepDone(call.step.key, call.attempt, self._judged(outcome, call, alarm, clock.monotonic() - began))

    def _judged(self, outcome: Outcome, call: StepCall, alarm: Alarm, seconds: float) -> Outcome:
        """What an interruption or the end of the time makes of a failure."""
        if not isinstance(outcome, Failed):
            return outcome
        if alarm.rang and call.timeout is not None:
            failed = deaths.timed_out(call.step.key, call.limit_text, seconds, alarm.stack, forced=False)
            if leaves_hooks(call.step, failed, call.attempt):
                self._cut_off = replace(call, ended=failed)
            return failed
        if self._interrupted:
            return replace(outcome, status="canceled", retryable=False, ask=None, source="INTERRUPT")
        return outcome

    def _finish(self) -> None:
        if self._unfinished is not None:
            (attempt, capture), self._unfinished = self._unfinished, None
            with capture:
                attempt.finish()
                if self._cut_off is not None:
                    call, self._cut_off = self._cut_off, None
                    attempt = self._work(call, capture.around(self._emit))
                    attempt.run()
                    attempt.finish()
        if self._leftovers is not None:
            self._leftovers.attempt_finished()

    def _drop_queue(self) -> None:
        for call in self._queue:
            self._canceled.append(StepDone(call.step.key, call.attempt, deaths.canceled(0.0, asked=False)))
        self._queue.clear()

    def _sleep(self, timeout: float | None) -> None:
        if self._wakeup_fd is None:
            if timeout is not None:
                clock.sleep(timeout)
            return
        from select import select

        if select([self._wakeup_fd], [], [], timeout)[0]:
            with contextlib.suppress(OSError):  # Emptied by somebody else; or a socket, on Windows.
                os.read(self._wakeup_fd, 4096)


class Alarm:
    """Interrupts user code in the main thread when the time is up, and again each `again` seconds."""

    def __init__(self, limit: float | None, again: float) -> None:
        self.rang = False
        self.stack = ""
        """Where the op was when the time was up."""
        self._limit = limit
        self._again = max(again, 0.05)

    def __enter__(self) -> None:
        self._set = self._limit is not None and hasattr(signal, "setitimer") and _in_main_thread()
        if self._set and self._limit is not None:
            self._before = signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, max(self._limit, 1e-6), self._again)

    def __exit__(self, *_: object) -> None:
        if self._set:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)

    def _ring(self, signum: int, where: FrameType | None) -> None:
        if not in_user_code():  # A sink may be writing: come back in a moment.
            signal.setitimer(signal.ITIMER_REAL, 0.01, self._again)
            return
        if not self.rang:
            from traceback import format_stack

            self.rang = True
            self.stack = "".join(format_stack(where))
        raise DagjobExecutionInterruptedError("the time is up")


def _in_main_thread() -> bool:
    threading = sys.modules.get("threading")
    return threading is None or threading.current_thread() is threading.main_thread()


class Capture:
    """While it is entered, descriptors 1 and 2 write to the end of a file (None: nothing changes)."""

    _file: int
    _streams: tuple[TextIO, TextIO]
    _patient: tuple[TextIO, TextIO]

    def __init__(self, log: str | None) -> None:
        self._log = log
        self._saved: tuple[int, int] | None = None
        self.problem: str | None = None
        """Why the output is not kept."""

    def __enter__(self) -> Self:
        if self._log is not None:
            file, self.problem = open_log_or_nothing(self._log)
            self._enter(file)
            self._streams = sys.stdout, sys.stderr
            self._patient = patient_stream(1, sys.stdout), patient_stream(2, sys.stderr)
            sys.stdout, sys.stderr = self._patient
        return self

    def _enter(self, file: int) -> None:
        flush_streams()
        line_by_line()
        self._saved = os.dup(1), os.dup(2)
        self._file = file
        self._aim(self._file, self._file)

    def __exit__(self, *_: object) -> None:
        if self._saved is not None:
            settle_streams()
            if self._log is not None and (sys.stdout, sys.stderr) == self._patient:  # Else an op has set others.
                sys.stdout, sys.stderr = self._streams
                del self._streams, self._patient
            self._aim(*self._saved)
            for fd in (*self._saved, self._file):
                os.close(fd)
            self._saved = None

    def around(self, emit: Emit) -> Emit:
        """The sink, called with the descriptors as they were: what a display prints is no output of the op.

        To be asked for while this is entered.
        """
        if self._saved is None:
            return emit

        def aside(event: Event) -> None:
            saved = self._saved
            if saved is None:
                emit(event)
                return
            flush_streams()
            self._aim(*saved)
            try:
                emit(event)
            finally:
                flush_streams()
                self._aim(self._file, self._file)

        return aside

    @staticmethod
    def _aim(out: int, err: int) -> None:
        os.dup2(out, 1)
        os.dup2(err, 2)


class OntoStderr(Capture):
    """The same with stderr for the file: stdout belongs to what a display prints."""

    def __init__(self) -> None:
        super().__init__(None)

    def __enter__(self) -> Self:
        self._enter(os.dup(2))
        return self
