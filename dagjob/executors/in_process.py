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

from dagjob import clock
from dagjob.engine.breakpoints import Breakpoints
from dagjob.engine.interrupts import heed, in_user_code, times_broken_into
from dagjob.engine.ports import Attempt, Emit, Executor, StepCall, StepDone, Work
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import EngineNoted
from dagjob.executors import deaths, stacks  # noqa: F401  what tells of a timeout is here before user code runs
from dagjob.executors.capture import Capture
from dagjob.executors.leftovers import Leftovers
from dagjob.executors.stack_files import answer_here
from dagjob.plan.schedule import leaves_hooks
from dagjob.plan.steps import Failed, Outcome
from dagjob.record import replace

_NO_FORK = 0.00015
"""Seconds in which no attempt can start a program: a fork alone takes as long."""


class InProcess(Executor):
    """Does one attempt after the other, without any process of its own.

    A call's `log` gets what is written to descriptors 1 and 2 while the attempt runs; `emit` must not write there then. A
    timeout needs POSIX and the main thread; elsewhere it is not enforced. `wakeup_fd` is a descriptor that becomes readable
    when a signal has come: `wait` then returns. `grace` (seconds): an op that swallows the interruption of its timeout gets
    the next one after that long.

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
        self._unfinished: Attempt | None = None
        self._capture = Capture()
        self._leftovers = Leftovers(emit) if own_process else None
        self._breakpoints = Breakpoints() if own_process else contextlib.nullcontext()
        if own_process and not faulthandler.is_enabled():
            faulthandler.enable(
                os.dup(2)
            )  # Not where the output of an op is captured: nobody would be left to show it.
        if own_process:
            answer_here()
        self._closed = False
        self._cut_off: StepCall | None = None
        """The last attempt, if its hooks are to be run by another because it was cut off."""
        self._attempt_told = 0
        """What the environment says."""
        self._canceled: list[StepDone] = []
        self._interrupted = False
        self._at_work = False
        """Whether the attempt is going on whose output is captured."""
        self._may_have_started = True
        """Whether programs may have been started since the last look."""

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

    def before_showing(self) -> None:
        """What displays print is no output of an op."""
        if self._at_work:
            self._capture.stand_aside()
        else:
            self._capture.leave()

    def after_showing(self) -> None:
        """What the op that is at work prints is its output again."""
        if self._at_work:
            self._capture.stand_back()

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
        self._capture.close()
        self._closed = True

    def _run(self, call: StepCall) -> StepDone:
        began, interruptions = clock.monotonic(), times_broken_into()
        attempt = None
        alarm = _NO_ALARM if call.timeout is None or call.ended else Alarm(call.timeout, self._grace)
        try:
            problem = self._capture.aim_at(call.log)
            if problem is not None:
                self._emit(EngineNoted(clock.time(), problem, call.step.key, level="warning"))
            if self._leftovers is not None:  # nobody else's environment: programs that the op starts look here
                os.environ["DAGJOB_OP"] = call.step.key
                if call.attempt != self._attempt_told:
                    self._attempt_told = call.attempt
                    os.environ["DAGJOB_ATTEMPT"] = str(call.attempt)
            attempt = self._work(call, self._emit)
            attempt.begin()  # Displays may be drawn now, which is no output of the op.
            with self._capture, alarm, self._breakpoints:
                self._at_work = True
                outcome = attempt.run()
        except BaseException as error:  # Between two calls of user code, or the attempt could not even be prepared.
            from dagjob.engine.step import failed

            outcome = failed(error, clock.monotonic() - began)
        self._at_work = False
        self._unfinished = attempt
        seconds = clock.monotonic() - began
        self._may_have_started = (
            seconds > _NO_FORK or isinstance(outcome, Failed) or attempt is None or attempt.has_more
        )
        if self._leftovers is not None and self._may_have_started:
            self._leftovers.attempt_ended(call.step.key, failed=isinstance(outcome, Failed))
        if times_broken_into() > interruptions:  # Whatever it then raised of its own, it was stopped with the run.
            self._interrupted = True
        return StepDone(call.step.key, call.attempt, self._judged(outcome, call, alarm, seconds))

    def _judged(self, outcome: Outcome, call: StepCall, alarm: Alarm, seconds: float) -> Outcome:
        """What an interruption or the end of the time makes of a failure."""
        if not isinstance(outcome, Failed):
            return outcome
        if alarm.rang and call.timeout is not None:
            failed = deaths.timed_out(call.step.key, call.limit_text, seconds, alarm.stack, forced=False)
            if leaves_hooks(call.step, failed, call.attempt, retries=call.retries):
                self._cut_off = replace(call, ended=failed)
            return failed
        if self._interrupted:
            return replace(outcome, status="canceled", retryable=False, ask=None, source="INTERRUPT")
        return outcome

    def _finish(self) -> None:
        attempt, self._unfinished = self._unfinished, None
        if attempt is not None and (attempt.has_more or self._cut_off is not None):
            with self._capture:
                attempt.finish()
                if self._cut_off is not None:
                    call, self._cut_off = self._cut_off, None
                    attempt = self._work(call, self._emit)
                    attempt.run()
                    attempt.finish()
        if self._leftovers is not None and self._may_have_started:
            self._capture.may_be_shared = self._leftovers.look()

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


_NO_ALARM = Alarm(None, 1.0)


def _in_main_thread() -> bool:
    threading = sys.modules.get("threading")
    return threading is None or threading.current_thread() is threading.main_thread()
