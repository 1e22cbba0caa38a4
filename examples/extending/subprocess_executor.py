"""An executor of your own: each op in a child that `subprocess` starts.

Give it to a job as executor_def. With `ssh HOST` in front of COMMAND the ops run elsewhere.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector

from dagjob import Field, InitExecutorContext, executor, multiple_process_executor_requirements
from dagjob.engine.ports import Executor, StepCall, StepDone
from dagjob.executors.remote import COMMAND, RemoteAttempt


class Subprocesses(Executor):
    start_method = "subprocess"

    def __init__(self, context: InitExecutorContext) -> None:
        self.slots = context.slots or context.executor_config["slots"]
        self.context = context
        self.running: dict[RemoteAttempt, subprocess.Popen[bytes]] = {}
        self.selector = DefaultSelector()
        if context.wakeup_fd is not None:
            self.selector.register(context.wakeup_fd, EVENT_READ)

    def submit(self, call: StepCall) -> None:
        attempt = RemoteAttempt(call, self.context)
        pipe = subprocess.PIPE
        with attempt.open_log() as log:
            child = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=log, start_new_session=True)
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(attempt.order)
        self.running[attempt] = child
        self.selector.register(child.stdout, EVENT_READ, attempt)

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        done = []
        for key, _ in self.selector.select(timeout):
            data = os.read(key.fd, 65536)
            if key.data is not None and data:
                key.data.receive(data)
            elif key.data is not None:
                self.selector.unregister(key.fileobj)
                done.append(key.data.done(self.running.pop(key.data).wait()))
        return done

    def interrupt(self, grace: float) -> None:
        for attempt, child in self.running.items():
            attempt.interrupted = True
            child.send_signal(signal.SIGTERM if grace else signal.SIGKILL)


@executor(config_schema={"slots": Field(int, default_value=4)}, requirements=multiple_process_executor_requirements())
def subprocess_executor(context: InitExecutorContext) -> Executor:
    return Subprocesses(context)
