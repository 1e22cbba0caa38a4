"""An op server: the ops of one run on one machine, each in a process of its own, for a run whose main process is elsewhere.

The process runs `python -P -m dagjob.executors.served SLOTS`. It imports the job, forks its template and does what comes on stdin:
orders, each a number and a pickled call, and the wish to stop. Events, outcomes and what ops print go to stdout, each with the
number of its order. When stdin ends, whoever asked is gone: all ops are killed. It knows nothing of who carries the bytes.
"""

from __future__ import annotations

import marshal
import os
import pickle
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypedDict
from zlib import crc32

from dagjob.engine.neighbours import users_modules
from dagjob.engine.ports import StepCall, StepDone, Work, WorkSource
from dagjob.engine.worker import RunsWorker, Worker
from dagjob.errors import DagjobError, DagjobImportError, DagjobUnmetExecutorRequirementsError
from dagjob.events import Event
from dagjob.executors.frames import (
    BEGIN,
    CHUNK,
    DONE,
    END,
    EVENT,
    HELLO,
    PRINTED,
    SIGNAL,
    START,
    Inbox,
    frame,
    read_first,
    write_all,
)
from dagjob.executors.messages import pickled_event
from dagjob.executors.multiprocess import Multiprocess
from dagjob.executors.streams import plain_streams
from dagjob.executors.task import Task
from dagjob.record import replace

VERSION: str = sys.modules["dagjob"].__version__
"""That of dagjob."""
COMMAND = (sys.executable, "-P", "-m", "dagjob.executors.served")
"""What the process runs."""
OF_NOBODY = 0
"""The order of events that belong to no attempt."""
_LOOK_AT_LOGS = 0.2
"""Seconds after which what ops have printed is passed on, while any are at work."""


class Beginning(TypedDict):
    """What a server is told first, and once. `source` is a pickled `WorkSource`."""

    version: str
    source: bytes
    grace: float
    most: int
    start_method: str | None
    preload: tuple[str, ...]
    modules: dict[str, int]
    """Checksums of the user's modules, as the main process of the run has loaded them."""
    folder: str | None
    """The folder of the run: where it is there, it is a shared one, for its name is a random one."""
    outputs_there: tuple[str, ...]
    """IO managers that keep outputs in that folder."""
    environment: dict[str, str]


class Hello(TypedDict):
    """What a server says first. With a `problem` it is gone again; `notes` say what may be done."""

    host: str
    pid: int
    folder: str
    """Where it works."""
    sees_run: bool
    """Whether the folder of the run is there."""
    problem: str
    notes: tuple[str, ...]


def beginning(told: Beginning) -> bytes:
    """What is to be written to its stdin first."""
    fields: dict[str, Any] = {**told}
    return frame(BEGIN, marshal.dumps(fields))


def _greeting(hello: Hello) -> bytes:
    fields: dict[str, Any] = {**hello}
    return frame(HELLO, marshal.dumps(fields))


def order(number: int, call: StepCall) -> bytes:
    """An order to do this attempt."""
    return frame(START, marshal.dumps((number, pickle.dumps(call, 5))))


def stop(grace: float, number: int = OF_NOBODY) -> bytes:
    """A wish that one order, or all of them, end within so many seconds."""
    return frame(SIGNAL, marshal.dumps((grace, number)))


def split(payload: bytes) -> tuple[int, bytes]:
    """The number of the order that a frame from a server belongs to, and the rest."""
    return int.from_bytes(payload[:4], "little"), payload[4:]


def checksums() -> dict[str, int]:
    """Of the files of the user's modules that this process has loaded, by module."""
    found = {}
    for name, module in users_modules():
        if module.__file__ is not None:
            with suppress(OSError), open(module.__file__, "rb") as file:
                found[name] = crc32(file.read())
    return found


class Server(Multiprocess):
    """Does orders: `Multiprocess`, with what it tells sent on."""

    def __init__(
        self,
        told: Beginning,
        slots: int,
        work: Work,
        source: WorkSource,
        orders: int,
        channel: int,
        scratch: str | None,
    ) -> None:
        super().__init__(
            work,
            source,
            self._tell_nobody,
            slots,
            told["start_method"],
            told["grace"],
            wakeup_fd=orders,
            preload=told["preload"],
            most=told["most"],
        )
        self.over = False
        """Whether stdin has ended."""
        self._channel = channel
        self._scratch = scratch
        self._asked = Inbox()
        self._numbers: dict[str, int] = {}
        """The orders at work, by step: two attempts of a step are never here at once."""
        self._ending: set[str] = set()
        """Those of which the outcome has been told, and whose hooks may still run."""
        self._logs: dict[int, tuple[str, int]] = {}
        """Files that hold what ops print, and how much of it was passed on; by order."""

    def serve(self) -> None:
        """Until stdin ends."""
        while not self.over:
            for done in self.wait(_LOOK_AT_LOGS if self._logs else None):
                self._tell_done(done)
            self._pass_on_logs()
            for step in [step for step in self._ending if not self._is_busy(step)]:
                self._ending.remove(step)
                self._forget(self._numbers.pop(step))
        self.interrupt(0.0)
        self.close()

    # -- what comes ------------------------------------------------------------------------------------------------

    def _called(self, fd: int) -> None:
        data = os.read(fd, CHUNK)
        self.over = not data
        for kind, payload in self._asked.feed(data):
            if kind == START:
                self._begin(*marshal.loads(payload))
            elif kind == SIGNAL:
                self._end(*marshal.loads(payload))

    def _begin(self, number: int, pickled: bytes) -> None:
        call: StepCall = pickle.loads(pickled)
        if call.log is not None and self._scratch is not None:
            log = f"{self._scratch}{os.sep}{number}"
            self._logs[number] = log, 0
            call = replace(call, log=log)
        self._numbers[call.step.key] = number
        self.submit(call)

    def _end(self, grace: float, number: int) -> None:
        if number == OF_NOBODY:
            self.interrupt(grace)
        for task in list(self._tasks.values()):
            if self._numbers.get(task.call.step.key) == number:
                self._stop(task, grace)

    # -- what goes -------------------------------------------------------------------------------------------------

    def _say(self, kind: int, number: int, payload: bytes = b"") -> None:
        try:
            write_all(self._channel, frame(kind, number.to_bytes(4, "little") + payload))
        except BrokenPipeError:
            self.over = True

    def _tell_nobody(self, event: Event) -> None:
        self._say(EVENT, OF_NOBODY, pickled_event(event))

    def _emit_for(self, call: StepCall, event: Event) -> None:
        number = self._numbers[call.step.key]
        self._pass_on_log(number)
        self._say(EVENT, number, pickled_event(event))

    def _tell_done(self, done: StepDone) -> None:
        number = self._numbers[done.step]
        self._pass_on_log(number)
        after = done.after
        self._say(DONE, number, pickle.dumps(replace(done, after=()), 5))
        for event in after:
            self._say(EVENT, number, pickled_event(event))
        self._ending.add(done.step)

    def _forget(self, number: int) -> None:
        self._pass_on_log(number)
        log = self._logs.pop(number, None)
        if log is not None:
            with suppress(OSError):
                os.unlink(log[0])
        self._say(END, number)

    def _vacate(self, task: Task) -> None:
        super()._vacate(task)
        self._heard = True  # It is to be told that this order is over.

    def _is_busy(self, step: str) -> bool:
        at_work = any(task.call.step.key == step and not task.ended for task in self._tasks.values())
        return at_work or any(call.step.key == step for call in self._queue)

    def _pass_on_logs(self) -> None:
        for number in list(self._logs):
            self._pass_on_log(number)

    def _pass_on_log(self, number: int) -> None:
        """What the op of an order has printed since."""
        log, told = self._logs.get(number, ("", 0))
        if not log:
            return
        with suppress(OSError), open(log, "rb") as file:
            file.seek(told)
            while data := file.read(CHUNK):
                told += len(data)
                self._say(PRINTED, number, data)
        self._logs[number] = log, told


def main() -> None:
    """Be the process."""
    orders, channel = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    plain_streams()
    _close_in_forks(orders, channel)
    first = read_first(orders)
    if first is None:
        return
    told: Beginning = marshal.loads(first)
    os.environ.update(told["environment"])
    hello: Hello = {
        "host": os.uname().nodename,
        "pid": os.getpid(),
        "folder": os.getcwd(),
        "sees_run": told["folder"] is not None and os.path.isdir(told["folder"]),
        "problem": "",
        "notes": (),
    }
    try:
        _refuse_other_machine(told, hello)
        work, source = _opened(told)
    except Exception as error:
        hello["problem"] = str(error) or type(error).__name__
        hello["notes"] = error.notes if isinstance(error, DagjobError) else ()
        write_all(channel, _greeting(hello))
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="dagjob-ops-", ignore_cleanup_errors=True) as scratch:
        server = Server(told, int(sys.argv[1]), work, source, orders, channel, None if hello["sees_run"] else scratch)
        for number in (signal.SIGINT, signal.SIGTERM):  # Only who asks for ops may end this process.
            signal.signal(number, signal.SIG_IGN)
        write_all(channel, _greeting(hello))
        server.start()
        server.serve()


def _close_in_forks(*fds: int) -> None:
    """Ops, and the template, have no part in what is said to and by this process."""
    open_here = list(fds)

    def close() -> None:
        while open_here:
            os.close(open_here.pop())

    os.register_at_fork(after_in_child=close)


def _refuse_other_machine(told: Beginning, hello: Hello) -> None:
    if told["version"] != VERSION:
        raise DagjobUnmetExecutorRequirementsError(f"it has dagjob {VERSION}, and the run {told['version']}")
    if told["outputs_there"] and not hello["sees_run"]:
        keys = " and ".join(f'"{key}"' for key in told["outputs_there"])
        raise DagjobUnmetExecutorRequirementsError(
            f"it does not see the folder {told['folder']}, where {keys} would keep outputs"
        ).noting(
            "keep them where all machines reach them:  fs_io_manager with a base_dir, a shared folder or s3://... (extra cloud)",
            "or put the state directory into a shared folder:  dagjob --home DIR run ...",
        )


def _opened(told: Beginning) -> tuple[Work, WorkSource]:
    """The job, imported and ready. Raises where it is not the one that the run began with."""
    source: WorkSource = pickle.loads(told["source"])
    work = source.open()
    _refuse_other_modules(told["modules"])
    if isinstance(work, Worker | RunsWorker):
        work.open_ahead()
    return work, source


def _refuse_other_modules(expected: Mapping[str, int]) -> None:
    here = checksums()
    other = sorted(name for name, checksum in here.items() if expected.get(name, checksum) != checksum)
    if other:
        files = ", ".join(f"{name} ({sys.modules[name].__file__})" for name in other)
        raise DagjobImportError(f"not the code that the run began with: {files}").noting(
            "install the same version of your modules on every worker, or run them from a shared folder"
        )


if __name__ == "__main__":
    main()
