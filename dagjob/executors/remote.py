"""One attempt in a process at the other end of two pipes, wherever that is: for executors of users.

The process runs `python -P -m dagjob.executors.remote`. It reads what is to be done from stdin; events and outcome come
from its stdout, and what user code prints from its stderr. So it may be started by `subprocess`, over ssh or in a container;
it needs the job's module and IO managers that store where others can load. Its timeout is enforced there.
"""

from __future__ import annotations

import os
import pickle
import sys
from _thread import allocate_lock
from typing import IO, TYPE_CHECKING, Any

from dagjob.clock import monotonic, time
from dagjob.engine.bars import read_everywhere
from dagjob.engine.interrupts import Interrupts
from dagjob.engine.ports import Attempt, Emit, StepCall, StepDone
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import Event, StepStarted
from dagjob.executors import deaths
from dagjob.executors.frames import DONE, EVENT, Inbox, frame, write_all
from dagjob.executors.in_process import InProcess
from dagjob.executors.messages import pickled_done, pickled_event
from dagjob.executors.streams import open_log, plain_streams
from dagjob.plan.schedule import leaves_hooks
from dagjob.plan.steps import Failed
from dagjob.record import replace

if TYPE_CHECKING:
    from dagjob.definitions.executors import InitExecutorContext

COMMAND = (sys.executable, "-P", "-m", "dagjob.executors.remote")
"""What the process runs."""


class RemoteAttempt:
    """One attempt, as the executor sees it that started a process for it.

    The executor writes `order` to the process's stdin and closes it, hands all that comes from its stdout to `receive`, and
    asks `done` for the outcome when stdout and process have ended.
    """

    def __init__(self, call: StepCall, context: InitExecutorContext) -> None:
        self.call = call
        self.interrupted = False
        """To be set when the executor has asked the process to end."""
        self._emit = context.emit
        self._inbox = Inbox()
        self._began = monotonic()
        self._started = False
        self._done: StepDone | None = None
        self.order = b""
        try:
            self.order = pickle.dumps((context.source, replace(call, log=None), context.grace), 5)
        except Exception as error:
            self._end(deaths.unsendable_call(call.step.key, error))

    def open_log(self) -> IO[bytes]:
        """The file for what the process writes to stderr, opened for appending."""
        return open(open_log(self.call.log or os.devnull), "ab")

    def receive(self, data: bytes) -> None:
        """Take in some of what came from stdout. Events are emitted at once."""
        for kind, payload in self._inbox.feed(data):
            message: Any = pickle.loads(payload)
            if kind == EVENT:
                if isinstance(message, StepStarted):
                    self._started = True
                    message = replace(message, log=self.call.log)
                if self._done is None:
                    self._emit(message)
                else:
                    self._done = replace(self._done, after=(*self._done.after, message))
            elif kind == DONE:
                self._done = message

    def done(self, exit_code: int) -> StepDone:
        """How the attempt ended. The exit code is that of `subprocess`: negative for a signal."""
        if not self._started and self.call.ended is None:
            self._emit(StepStarted(time(), self.call.step.key, self.call.attempt, 0, self.call.log))
        seconds = monotonic() - self._began
        if self._done is None and self.interrupted:
            return self._end(deaths.canceled(seconds))
        if self._done is None:
            status = exit_code << 8 if exit_code >= 0 else -exit_code
            crashed = deaths.crashed(self.call.step.key, status, seconds, 0)
            left = leaves_hooks(self.call.step, crashed, self.call.attempt, retries=self.call.retries)
            return self._end(crashed, hooks_left=left)
        if self.interrupted and isinstance(self._done.outcome, Failed):
            return self._end(
                replace(self._done.outcome, status="canceled", retryable=False, ask=None, source="INTERRUPT")
            )
        return self._done

    def _end(self, outcome: Failed, *, hooks_left: bool = False) -> StepDone:
        after = self._done.after if self._done is not None else ()
        self._done = StepDone(self.call.step.key, self.call.attempt, outcome, after, hooks_left)
        return self._done


def main() -> None:
    """Be the process: do what stdin says, and leave."""
    channel = os.dup(1)
    os.dup2(2, 1)
    order = sys.stdin.buffer.read()
    if not order:
        return
    plain_streams()
    read_everywhere()  # The log is at the other end.
    source, call, grace = pickle.loads(order)
    os.environ.update(DAGJOB_OP=call.step.key, DAGJOB_ATTEMPT=str(call.attempt))

    lock = allocate_lock()

    def emit(event: Event) -> None:
        with lock:  # Threads of the op tell things, too.
            write_all(channel, frame(EVENT, pickled_event(event)))

    with Interrupts(grace, lambda signum: os._exit(128 + signum)) as interrupts:

        def work(call: StepCall, emit: Emit) -> Attempt:
            attempt: Attempt = source.open()(call, emit)
            if interrupts.count:  # while the job was imported
                raise DagjobExecutionInterruptedError("interrupted before the op began")
            return attempt

        executor = InProcess(work, emit, own_process=True)
        executor.submit(call)
        for done in executor.wait(None):
            with lock:
                write_all(channel, frame(DONE, pickled_done(call, deaths.measured(done.outcome))))
        executor.close()
        executor.close()  # Ends what the op has left running.


if __name__ == "__main__":
    main()
