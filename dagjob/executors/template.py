"""The template: the process that makes all workers, signals them, buries them, and outlives none of them.

It does what it reads on its control pipe and says on its status pipe who has ended. When the control pipe ends, the
main process is gone, however that came: every worker's process group is killed. When it dies itself, the kernel does the
same (`child.die_with_template`); when it was stopped, whatever comes on the control pipe wakes it. It never looks into an
order and never runs user code itself; single-threaded, so that forking is safe.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import pickle
import resource
import select
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol

from dagjob import clock
from dagjob.engine.ports import Work
from dagjob.executors import child, deaths
from dagjob.executors.frames import (
    BEGIN,
    BROKEN,
    CHUNK,
    EXITED,
    REFUSED,
    RELEASE,
    SIGNAL,
    START,
    Inbox,
    frame,
    read_first,
    write_all,
)
from dagjob.executors.interpreter import launch
from dagjob.executors.stack_files import STACK_SIGNAL, nameless_file
from dagjob.executors.streams import plain_streams

GONE = 71
"""Exit code of a template that could not get ready."""


class StartMethod(Protocol):
    """How a worker comes into being."""

    most: int
    """How many orders a worker may take, one after the other."""
    ahead_from: int
    """From which order of a slot on the next worker for it is started ahead: before that, it might be for nothing."""

    def start(self, slot: int, private: Sequence[int]) -> tuple[int, int]:
        """Start a process that waits for the order of `slot`: its id, and where to write the order.

        `private` are descriptors of the template that it must not keep.
        """


class Forking:
    """A worker is a fork of the template."""

    ahead_from = 2

    def __init__(
        self, lines: Sequence[int], stacks: Stacks, alive: int, opened: Callable[[], Work], *, most: int, greet: bool
    ) -> None:
        self.most = most
        self._lines = lines
        self._alive = alive
        self._stacks = stacks
        self._opened = opened
        self._greet = greet
        self._ranges: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        self._before_rehearsal = 6
        """Workers to come that do without: a run of a few ops is over before the rehearsal has paid."""

    def start(self, slot: int, private: Sequence[int]) -> tuple[int, int]:
        if self._before_rehearsal:
            self._before_rehearsal -= 1
            if not self._before_rehearsal:
                child.rehearse()
        stack_file = self._stacks.of(slot)
        line = self._lines[slot]
        read, orders = os.pipe()
        key = (slot, orders, *private)
        ours = self._ranges.get(key)
        if ours is None:  # Numbers of descriptors come again and again.
            if len(self._ranges) > 1000:
                self._ranges.clear()
            ours = self._ranges[key] = _ranges({*private, *self._lines, orders} - {line})
        try:
            pid = os.fork()
        except OSError:
            os.close(read)
            os.close(orders)
            raise
        if pid:
            os.close(read)
            try:  # noqa: SIM105  On the path that is waited for.
                os.setpgid(pid, pid)  # The worker does it too: whoever is first.
            except OSError:
                pass
            return pid, orders
        try:
            child.shed(ours)
            child.die_with_template(self._alive)
            child.work_on_orders(self._opened, read, line, stack_file, most=self.most, greet=self._greet)
        finally:
            os._exit(1)


class Spawning:
    """A worker is a fresh interpreter."""

    ahead_from = 1

    def __init__(self, lines: Sequence[int], stacks: Stacks, alive: int, source: bytes, most: int) -> None:
        self.most = most
        self._lines = lines
        self._alive = alive
        self._stacks = stacks
        self._source = source

    def start(self, slot: int, private: Sequence[int]) -> tuple[int, int]:
        read, orders = os.pipe()
        try:
            pid = launch("dagjob.executors.fresh", (read, self._lines[slot], self._stacks.of(slot), self._alive))
        except OSError:
            os.close(orders)
            raise
        finally:
            os.close(read)
        with contextlib.suppress(BrokenPipeError):  # It died already: its end says so.
            write_all(orders, frame(BEGIN, marshal.dumps((clock.anchored(), self.most, self._source))))
        return pid, orders


def _ranges(fds: set[int]) -> list[tuple[int, int]]:
    """Descriptors as half-open ranges: one call closes many."""
    ranges: list[tuple[int, int]] = []
    for fd in sorted(fds):
        if ranges and ranges[-1][1] == fd:
            ranges[-1] = (ranges[-1][0], fd + 1)
        else:
            ranges.append((fd, fd + 1))
    return ranges


class Waiting:
    """Workers that wait for an order, one for a slot at most: started ahead, or *warm*, having done others."""

    def __init__(self, start_method: StartMethod, private: Sequence[int]) -> None:
        self._start_method = start_method
        self._private = private
        self._ahead: dict[int, tuple[int, int]] = {}  # slot: process id, where to write the order
        self._warm: dict[int, tuple[int, int]] = {}  # slot: the same, of the worker that had its last order
        self._given: dict[int, int] = {}  # slot: how many orders it had
        if start_method.ahead_from == 1:
            self._start_ahead(0)

    def give(self, slot: int, order: bytes, *, reuse: bool) -> int:
        """Let a worker of this slot do the pickled call; its process id. With `reuse` the one that had the last order stays."""
        if self._start_method.most > 1:
            return self._give_warm(slot, order, reuse=reuse)
        pid, orders = self._ahead.pop(slot) if slot in self._ahead else self._start_now(slot)
        try:  # noqa: SIM105  On the path that is waited for.
            write_all(orders, frame(START, order))
        except BrokenPipeError:
            pass  # It died while it waited: its end says so.
        os.close(orders)
        given = self._given[slot] = self._given.get(slot, 0) + 1
        if given >= self._start_method.ahead_from:
            self._start_ahead(slot)
        return pid

    def _give_warm(self, slot: int, order: bytes, *, reuse: bool) -> int:
        last = self._warm.pop(slot, None)
        if last is not None and reuse:
            try:
                write_all(last[1], frame(START, order))
            except BrokenPipeError:
                pass  # It died while it waited; another one takes the order.
            else:
                self._warm[slot] = last
                return last[0]
        if last is not None:
            os.close(last[1])
        pid, orders = self._warm[slot] = self._ahead.pop(slot) if slot in self._ahead else self._start_now(slot)
        with contextlib.suppress(BrokenPipeError):
            write_all(orders, frame(START, order))
        return pid

    def release(self) -> None:
        """No more orders will come: those that stayed may leave."""
        for _, orders in self._warm.values():
            os.close(orders)
        self._warm.clear()

    def forget(self, pid: int) -> None:
        """A process that waited has ended."""
        for waiting in (self._ahead, self._warm):
            for slot, (its_pid, orders) in list(waiting.items()):
                if its_pid == pid:
                    del waiting[slot]
                    os.close(orders)

    def pids(self) -> Sequence[int]:
        """The processes that wait."""
        return [pid for pid, _ in self._ahead.values()]

    def _start(self, slot: int) -> tuple[int, int]:
        private = list(self._private)
        for waiting in (self._ahead, self._warm):
            for _, orders in waiting.values():
                private.append(orders)
        return self._start_method.start(slot, private)

    def _start_now(self, slot: int) -> tuple[int, int]:
        """Start one that is needed, if need be in the place of one that only waits."""
        try:
            return self._start(slot)
        except OSError:
            if not self._ahead:
                raise
        pid, orders = self._ahead.popitem()[1]
        os.close(orders)
        _signal_group(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return self._start(slot)

    def _start_ahead(self, slot: int) -> None:
        try:  # noqa: SIM105
            self._ahead[slot] = self._start(slot)
        except OSError:
            pass  # It is tried again, and told, when there is an order.


class Stacks:
    """A file without a name for each slot, where a worker writes its stacks when it is asked to."""

    def __init__(self) -> None:
        self._files: dict[int, int] = {}

    def of(self, slot: int) -> int:
        """The descriptor for this slot."""
        if slot not in self._files:
            self._files[slot] = nameless_file()
        return self._files[slot]

    def clear(self, slot: int) -> None:
        """Forget what an earlier worker wrote."""
        os.ftruncate(self.of(slot), 0)
        os.lseek(self.of(slot), 0, os.SEEK_SET)

    def text(self, slot: int) -> str:
        """What was written since."""
        size = os.fstat(self.of(slot)).st_size
        return os.pread(self.of(slot), min(size, 100_000), 0).decode(errors="replace")


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
        self.alive, self._living = os.pipe()
        """A pipe whose other end closes when this process dies."""
        _let_messages_wake(control)

    def serve(self, start_method: StartMethod) -> NoReturn:
        """Do as the control pipe says until it ends."""
        signal.signal(signal.SIGCHLD, lambda signum, where: None)  # For the bell: it rings only with a handler.
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)  # Before the first worker: it may die at once.
        self._waiting = Waiting(start_method, (self._control, self._status, self._woken, self._bell, self._living))
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if self._control in ready:  # First: a new worker is waited for, a dead one is not.
                data = os.read(self._control, CHUNK)
                if not data:
                    self._end()
                for kind, payload in self._inbox.feed(data):
                    self._obey(kind, payload)
            if self._woken in ready:
                try:  # noqa: SIM105  For each worker.
                    os.read(self._woken, 4096)
                except BlockingIOError:
                    pass
                self._bury()

    def _obey(self, kind: int, payload: bytes) -> None:
        if kind == START:
            slot, order, call, reuse = marshal.loads(payload)
            try:
                self._workers[self._waiting.give(slot, call, reuse=reuse)] = slot, order
            except OSError as error:
                self._say(REFUSED, (order, error.errno, error.strerror or str(error)))
        elif kind == SIGNAL:
            order, signum = marshal.loads(payload)
            for pid, (slot, its_order) in self._workers.items():
                if its_order == order:
                    self._signal(pid, slot, order, signum)

        elif kind == RELEASE:
            self._waiting.release()

    def _signal(self, pid: int, slot: int, order: int, signum: int) -> None:
        if signum == STACK_SIGNAL:
            self._stacks.clear(slot)
            self._asked.add(order)
            os.kill(pid, signum)  # Not the group: other programs would die of it.
        else:
            _signal_group(pid, signum)

    def _bury(self) -> None:
        """Tell of every worker that has ended, and end what it left behind in its group."""
        while (dead := _next_dead()) is not None:
            pid, status, usage = dead
            self._waiting.forget(pid)
            if pid not in self._workers:
                continue
            slot, order = self._workers.pop(pid)
            stack = self._stacks.text(slot) if order in self._asked else ""
            self._asked.discard(order)
            cpu = usage.ru_utime + usage.ru_stime
            self._say(EXITED, (order, pid, status, cpu, deaths.rss_bytes(usage.ru_maxrss), stack))

    def _say(self, kind: int, fact: tuple[int | float | str | None, ...]) -> None:
        try:  # noqa: SIM105  For each worker.
            write_all(self._status, frame(kind, marshal.dumps(fact)))
        except BrokenPipeError:
            pass  # The control pipe will tell that the main process is gone.

    def _end(self) -> NoReturn:
        """Kill every group, wait until all are gone, and go."""
        ours = (*self._workers, *self._waiting.pids())
        for pid in ours:
            _signal_group(pid, signal.SIGKILL)
        for pid in ours:
            os.waitpid(pid, 0)
        os._exit(0)


def _let_messages_wake(control: int) -> None:
    """Let the kernel send SIGCONT for whatever happens on this pipe: a stopped process goes on, others do not feel it."""
    if sys.platform != "linux":
        return
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.fcntl(control, fcntl.F_SETSIG, signal.SIGCONT)
        fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(control, fcntl.F_SETFL, os.O_ASYNC)


def _next_dead() -> tuple[int, int, resource.struct_rusage] | None:
    """Bury one child that has ended, after the rest of its group was killed: process id, status, what it used."""
    try:
        if not hasattr(os, "waitid"):  # macOS
            dead = os.wait4(-1, os.WNOHANG)
            if dead[0]:
                _signal_group(dead[0], signal.SIGKILL)
            return dead if dead[0] else None
        # Until it is waited for it stays a zombie, so that the id of its group cannot mean others.
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        _signal_group(found.si_pid, signal.SIGKILL)
        return os.wait4(found.si_pid, 0)
    except ChildProcessError:
        return None


def _signal_group(pid: int, signum: int) -> None:
    try:
        os.killpg(pid, signum)
    except (ProcessLookupError, PermissionError):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)  # It has not come so far as to have a group.


def serve_preloaded(
    work: Work, control: int, status: int, lines: Sequence[int], modules: Sequence[str], most: int
) -> NoReturn:
    """Be the template: this process is a fork of the main one and has the user's module."""
    _settle(modules)
    stacks = Stacks()
    template = Template(control, status, stacks)
    template.serve(Forking(lines, stacks, template.alive, lambda: work, most=most, greet=False))


def main() -> NoReturn:
    """Be the template: this process is a fresh interpreter. Descriptors are in argv, the rest comes over control."""
    control, status, *lines = map(int, sys.argv[1:])
    del sys.argv[1:]
    for fd in (control, status, *lines):
        os.set_inheritable(fd, False)
    begin = read_first(control)
    if begin is None:
        os._exit(0)  # The main process is gone already.
    try:
        began, spawn, source, modules, most = marshal.loads(begin)
        clock.follow(began)
        _settle(modules)
        stacks = Stacks()
        template = Template(control, status, stacks)
        start_method: StartMethod
        if spawn:
            start_method = Spawning(lines, stacks, template.alive, source, most)
        else:
            opened = pickle.loads(source).open
            start_method = Forking(lines, stacks, template.alive, opened, most=most, greet=True)
            gc.freeze()  # With what the source has brought.
    except Exception as error:
        why = f"the process that starts the ops cannot get ready: {type(error).__name__}: {error}"
        with contextlib.suppress(BrokenPipeError):  # The main process is gone.
            write_all(status, frame(BROKEN, why.encode(errors="replace")))
        os._exit(GONE)
    template.serve(start_method)


def _settle(modules: Sequence[str]) -> None:
    """Leave the terminal, be deaf to signals that are meant for workers, load what workers need."""
    with contextlib.suppress(PermissionError):  # It was started in a session of its own.
        os.setsid()
    child.plain_signals()
    plain_streams()
    child.ready_for_workers(modules)
    gc.freeze()
