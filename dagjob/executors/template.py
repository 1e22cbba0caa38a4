"""The template: the process that makes all workers, signals them, buries them, and outlives none of them.

It does what it reads on its control pipe and says on its status pipe who has ended. When the control pipe ends, the
main process is gone, however that came: every worker's process group is killed. It never looks into an order and
never runs user code itself; single-threaded, so that forking is safe.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import pickle
import select
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol

from dagjob.engine.ports import Work
from dagjob.executors import child, deaths
from dagjob.executors.frames import BEGIN, BROKEN, CHUNK, EXITED, HEAD, REFUSED, SIGNAL, START, Inbox, frame, write_all
from dagjob.executors.interpreter import launch
from dagjob.executors.streams import plain_streams

GONE = 71
"""Exit code of a template that could not get ready."""


class Way(Protocol):
    """How a worker comes into being."""

    def begin(self, slot: int, payload: bytes) -> int:
        """Start a worker that does the pickled call and writes to the pipe of `slot`; its process id."""

    def forget(self, pid: int) -> None:
        """A process without an order has ended."""

    def pids(self) -> Sequence[int]:
        """Processes that wait for an order."""


class Forking:
    """A worker is a fork of the template."""

    def __init__(
        self, lines: Sequence[int], private: Sequence[int], stacks: Stacks, opened: Callable[[], Work]
    ) -> None:
        self._lines = lines
        self._private = list(private)
        self._stacks = stacks
        self._opened = opened
        self._ours: dict[int, list[tuple[int, int]]] = {}

    def begin(self, slot: int, payload: bytes) -> int:
        stack_file = self._stacks.of(slot)
        ours = self._ours.get(slot) or self._ours.setdefault(slot, self._ranges(slot))
        pid = os.fork()
        if pid:
            try:  # noqa: SIM105  On the path that is waited for.
                os.setpgid(pid, pid)  # The worker does it too: whoever is first.
            except OSError:
                pass
            return pid
        try:
            child.shed(ours)
            child.work(self._opened, payload, self._lines[slot], stack_file)
        finally:
            os._exit(1)

    def forget(self, pid: int) -> None:
        pass

    def pids(self) -> Sequence[int]:
        return ()

    def _ranges(self, slot: int) -> list[tuple[int, int]]:
        """Our descriptors that a worker of this slot must not hold, as ranges: one call closes many."""
        ranges: list[tuple[int, int]] = []
        for fd in sorted({*self._private, *self._lines} - {self._lines[slot]}):
            if ranges and ranges[-1][1] == fd:
                ranges[-1] = (ranges[-1][0], fd + 1)
            else:
                ranges.append((fd, fd + 1))
        return ranges


class Spawning:
    """A worker is a fresh interpreter. When one gets its order, the next for that slot is started ahead."""

    def __init__(self, lines: Sequence[int], stacks: Stacks, source: bytes) -> None:
        self._lines = lines
        self._stacks = stacks
        self._source = source
        self._ahead: dict[int, tuple[int, int]] = {}  # slot: process id, its order pipe
        self._start_ahead(0)

    def begin(self, slot: int, payload: bytes) -> int:
        pid, orders = self._ahead.pop(slot) if slot in self._ahead else self._start(slot)
        with contextlib.suppress(BrokenPipeError):  # It died while it waited: its end says so.
            write_all(orders, frame(START, payload))
        os.close(orders)
        self._start_ahead(slot)
        return pid

    def forget(self, pid: int) -> None:
        for slot, (waiting, orders) in list(self._ahead.items()):
            if waiting == pid:
                del self._ahead[slot]
                os.close(orders)

    def pids(self) -> Sequence[int]:
        return [pid for pid, _ in self._ahead.values()]

    def _start_ahead(self, slot: int) -> None:
        with contextlib.suppress(OSError):  # It is tried again, and told, when there is an order.
            self._ahead[slot] = self._start(slot)

    def _start(self, slot: int) -> tuple[int, int]:
        read, orders = os.pipe()
        try:
            pid = launch("dagjob.executors.fresh", (read, self._lines[slot], self._stacks.of(slot)))
        except OSError:
            os.close(orders)
            raise
        finally:
            os.close(read)
        write_all(orders, frame(BEGIN, self._source))
        return pid, orders


class Stacks:
    """A file without a name for each slot, where a worker writes its stacks when it is asked to."""

    def __init__(self) -> None:
        self._files: dict[int, int] = {}

    def of(self, slot: int) -> int:
        """The descriptor for this slot."""
        if slot not in self._files:
            self._files[slot] = _nameless_file()
        return self._files[slot]

    def clear(self, slot: int) -> None:
        """Forget what an earlier worker wrote."""
        os.ftruncate(self.of(slot), 0)
        os.lseek(self.of(slot), 0, os.SEEK_SET)

    def text(self, slot: int) -> str:
        """What was written since."""
        size = os.fstat(self.of(slot)).st_size
        return os.pread(self.of(slot), min(size, 100_000), 0).decode(errors="replace")


def _nameless_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("dagjob-stack", os.MFD_CLOEXEC)
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        return os.dup(file.fileno())


class Template:
    """The loop of the template process."""

    def __init__(self, control: int, status: int, stacks: Stacks) -> None:
        self._control = control
        self._status = status
        self._stacks = stacks
        self._inbox = Inbox()
        self._workers: dict[int, tuple[int, int]] = {}  # process id: slot, order
        self._asked: set[int] = set()  # orders whose stacks were asked for
        self._woken, self._bell = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._bell, False)

    @property
    def private(self) -> tuple[int, ...]:
        """Descriptors that no worker may keep."""
        return self._control, self._status, self._woken, self._bell

    def serve(self, way: Way) -> NoReturn:
        """Do as the control pipe says until it ends."""
        self._way = way
        signal.signal(signal.SIGCHLD, child.Interruptions.on_signal)
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll()]
            if self._control in ready:  # First: a new worker is waited for, a dead one is not.
                data = os.read(self._control, CHUNK)
                if not data:
                    self._end()
                for kind, payload in self._inbox.feed(data):
                    self._obey(kind, payload)
            if self._woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._bury()

    def _obey(self, kind: int, payload: bytes) -> None:
        if kind == START:
            slot, order, call = marshal.loads(payload)
            try:
                self._workers[self._way.begin(slot, call)] = slot, order
            except OSError as error:
                self._say(REFUSED, (order, f"{error.strerror or error}"))
        elif kind == SIGNAL:
            order, signum = marshal.loads(payload)
            for pid, (slot, its_order) in self._workers.items():
                if its_order == order:
                    self._signal(pid, slot, order, signum)

    def _signal(self, pid: int, slot: int, order: int, signum: int) -> None:
        if signum == child.STACK_SIGNAL:
            self._stacks.clear(slot)
            self._asked.add(order)
            os.kill(pid, signum)  # Not the group: other programs would die of it.
        else:
            _signal_group(pid, signum)

    def _bury(self) -> None:
        """Tell of every worker that has ended, and end what it left behind in its group."""
        while (pid := _next_dead()) is not None:
            _signal_group(pid, signal.SIGKILL)
            pid, status, usage = os.wait4(pid, 0)
            if pid not in self._workers:
                self._way.forget(pid)
                continue
            slot, order = self._workers.pop(pid)
            stack = self._stacks.text(slot) if order in self._asked else ""
            self._asked.discard(order)
            cpu = usage.ru_utime + usage.ru_stime
            self._say(EXITED, (order, pid, status, cpu, deaths.rss_bytes(usage.ru_maxrss), stack))

    def _say(self, kind: int, fact: tuple[int | float | str, ...]) -> None:
        with contextlib.suppress(BrokenPipeError):  # The control pipe will tell that the main process is gone.
            write_all(self._status, frame(kind, marshal.dumps(fact)))

    def _end(self) -> NoReturn:
        """Kill every group, wait until all are gone, and go."""
        ours = (*self._workers, *self._way.pids())
        for pid in ours:
            _signal_group(pid, signal.SIGKILL)
        for pid in ours:
            os.waitpid(pid, 0)
        os._exit(0)


def _next_dead() -> int | None:
    """A child that has ended and is not buried yet. It stays a zombie, so its group id cannot mean others."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None


def _signal_group(pid: int, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)  # It has not come so far as to have a group.


def serve_preloaded(work: Work, control: int, status: int, lines: Sequence[int], modules: Sequence[str]) -> NoReturn:
    """Be the template: this process is a fork of the main one and has the user's module."""
    _settle(modules)
    stacks = Stacks()
    template = Template(control, status, stacks)
    template.serve(Forking(lines, template.private, stacks, lambda: work))


def main() -> NoReturn:
    """Be the template: this process is a fresh interpreter. Descriptors are in argv, the rest comes over control."""
    control, status, *lines = map(int, sys.argv[1:])
    del sys.argv[1:]
    for fd in (control, status, *lines):
        os.set_inheritable(fd, False)
    try:
        spawn, source, modules = _read_begin(control)
        _settle(modules)
        stacks = Stacks()
        template = Template(control, status, stacks)
        way: Way
        if spawn:
            way = Spawning(lines, stacks, source)
        else:
            way = Forking(lines, template.private, stacks, pickle.loads(source).open)
            gc.freeze()  # With what the source has brought.
    except Exception as error:
        why = f"the process that starts the ops cannot get ready: {type(error).__name__}: {error}"
        write_all(status, frame(BROKEN, why.encode(errors="replace")))
        os._exit(GONE)
    template.serve(way)


def _read_begin(control: int) -> tuple[bool, bytes, Sequence[str]]:
    """The first frame, and no byte more: what follows it is for the loop."""
    head = _read_exactly(control, HEAD)
    begin: tuple[bool, bytes, Sequence[str]] = marshal.loads(_read_exactly(control, int.from_bytes(head[1:], "little")))
    return begin


def _read_exactly(fd: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = os.read(fd, count - len(data))
        if not more:
            os._exit(0)  # The main process is gone already.
        data += more
    return data


def _settle(modules: Sequence[str]) -> None:
    """Leave the terminal, be deaf to signals that are meant for workers, load what workers need."""
    with contextlib.suppress(PermissionError):  # It was started in a session of its own.
        os.setsid()
    child.plain_signals()
    plain_streams()
    child.ready_for_workers(modules)
    gc.freeze()
