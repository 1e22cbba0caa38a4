"""The main process's end of the template: its pipes, its start, its end. What the messages mean is not known here."""

from __future__ import annotations

import contextlib
import gc
import marshal
import os
import pickle
import select
import signal
import sys
from collections.abc import Sequence

from dagjob import clock
from dagjob.clock import monotonic
from dagjob.engine.ports import Work, WorkSource
from dagjob.executors.frames import BEGIN, CHUNK, HELLO, Inbox, frame

_EACH, _BESIDE = 3, 24
"""Descriptors that the template, or this process, has for each slot, and beside them."""


def fitting(slots: int) -> tuple[int, str | None]:
    """How many slots the limit of open files allows, at least one; in words what keeps it from being as many as asked."""
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit

    limit = getrlimit(RLIMIT_NOFILE)[0]
    needed = _EACH * slots + _BESIDE
    if limit == RLIM_INFINITY or needed <= limit:
        return slots, None
    fit = max(1, (limit - _BESIDE) // _EACH)
    return fit, (
        f"{fit} op{'s' if fit > 1 else ''} at a time, not {slots}: a process may have {limit} files open "
        f"(RLIMIT_NOFILE). For -j {slots}:  ulimit -n {needed}"
    )


class Link:
    """Pipes to the template and from the workers, and the process id of the template.

    `lines` are the descriptors that the slots are read from, `status` is what the template writes to. Writing never
    blocks: what its pipe does not take waits here, and `poll` is told to say when there is room at `control`.
    """

    def __init__(self, slots: int) -> None:
        self.poll = select.poll()
        control_read, self.control = os.pipe()
        self.status, status_write = os.pipe()
        pipes = [os.pipe() for _ in range(slots)]
        self.lines = [read for read, _ in pipes]
        self._theirs = [control_read, status_write, *(write for _, write in pipes)]
        self.template = 0
        self._frozen = False
        self._outbox = b""
        self._inbox = Inbox()

    # -- its start -------------------------------------------------------------------------------------------------

    def fork(self, work: Work, modules: Sequence[str], most: int) -> None:
        """Make the template by forking this process, with all that it has loaded. A worker may do `most` orders."""
        from dagjob.executors import template

        control, status, *ends = self._theirs
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()  # Or each worker would print it again.
        self._frozen = True
        gc.freeze()  # Workers then share our pages: a collection does not touch what is frozen.
        pid = _quiet_fork()
        if pid == 0:
            try:
                for fd in (self.control, self.status, *self.lines):
                    os.close(fd)
                template.serve_preloaded(work, control, status, ends, modules, most)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(template.GONE)
        self._opened(pid)

    def launch(self, source: WorkSource, modules: Sequence[str], most: int, *, spawn: bool) -> None:
        """Make the template as a fresh interpreter, that forks workers or (`spawn`) starts more interpreters."""
        from dagjob.executors.interpreter import launch

        pid = launch("dagjob.executors.template", self._theirs, session=True)
        self._opened(pid)
        begin = clock.anchored(), spawn, pickle.dumps(source, 5), tuple(modules), most
        self.post(BEGIN, marshal.dumps(begin))

    def _opened(self, pid: int) -> None:
        self.template = pid
        for fd in self._theirs:
            os.close(fd)
        self._theirs.clear()
        for fd in (self.control, self.status, *self.lines):
            os.set_blocking(fd, False)
        for fd in (self.status, *self.lines):
            self.poll.register(fd, select.POLLIN)

    # -- messages --------------------------------------------------------------------------------------------------

    def post(self, kind: int, payload: bytes) -> None:
        """Send a frame to the template, now or when there is room."""
        self._outbox += frame(kind, payload)
        self.push()

    def push(self) -> None:
        """Write what the pipe takes now."""
        try:
            while self._outbox:
                self._outbox = self._outbox[os.write(self.control, self._outbox) :]
        except BlockingIOError:
            self.poll.register(self.control, select.POLLOUT)
            return
        except BrokenPipeError:
            self._outbox = b""  # The end of the status pipe tells the rest.
        with contextlib.suppress(KeyError):
            self.poll.unregister(self.control)

    def news(self) -> list[tuple[int, bytes]] | None:
        """What the template has said since; None when it is gone."""
        data = read_some(self.status)
        if data == b"":
            self.poll.unregister(self.status)
            return None
        return self._inbox.feed(data) if data else []

    # -- its end ---------------------------------------------------------------------------------------------------

    def close(self, timeout: float) -> None:
        """Let it kill what it has and go; it is killed itself when that takes longer than `timeout` seconds."""
        os.close(self.control)
        until = monotonic() + timeout
        poll = select.poll()
        poll.register(self.status, select.POLLIN)
        while read_some(self.status) != b"":
            left = until - monotonic()
            if left <= 0:
                self.kill()
                break
            poll.poll(int(left * 1000) + 1)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.template, 0)
        for fd in (self.status, *self.lines):
            os.close(fd)
        if self._frozen:
            gc.unfreeze()

    def kill(self) -> None:
        """End the template at once; the end of the status pipe tells when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.template, signal.SIGKILL)

    def await_end(self, slot: int, pid: int, timeout: float) -> bytes:
        """Without a template: kill the group of a worker until its pipe ends; what it had still written.

        The pipe ends when no process has its other end any more, so also when the worker was never made.
        """
        fd = self.lines[slot]
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        until = monotonic() + timeout
        rest = b""
        while (left := until - monotonic()) > 0:
            if pid:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            poll.poll(int(left * 1000) + 1)
            data = read_some(fd)
            if data == b"":
                break
            rest += data or b""
            if not pid and len(rest) >= 6:
                pid = _pid_in_hello(rest)
        return rest


def _pid_in_hello(data: bytes) -> int:
    found = Inbox().feed(data)
    return int(found[0][1]) if found and found[0][0] == HELLO else 0


def read_some(fd: int) -> bytes | None:
    """What is there to read, b"" at the end, None when there is nothing yet."""
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return None


def _quiet_fork() -> int:
    """Fork without the warning of Python 3.12+ about threads: `start_method` has looked at those that there are."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
