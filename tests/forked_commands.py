"""`python -m dagjob` without its start: a process for each command, forked from one that has imported what commands import.

Half of what the tests cost was Python starting and importing the same modules, a thousand times. A command that is forked
is a process of its own, with its own streams, environment and current folder, and runs `dagjob/__main__.py` from the first
line on. What it has not shown is the import of those modules in an order of its own: that is shown by
`tests/test_architecture.py` and by the tests that start Python themselves; with `DAGJOB_TESTS_FRESH=1` all do.

This file is both ends: the tests call `ForkedCommands`, and the template is this file as a program.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# What Python reads before the first line, so that it cannot be changed in a process that is forked.
READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_")
PIPE = 65536  # What fits into a pipe that nobody reads yet.


class ForkedCommands:
    """The template, from the first command on. As a context it ends with it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._template: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        if self._template is not None and self._control is not None:
            self._control.close()
            self._template.communicate(timeout=30)  # Until its streams are closed.

    def can_run(self, stdin: str, env: Mapping[str, str]) -> bool:
        """Whether a forked process is the same as one that is started."""
        fresh = os.environ.get("DAGJOB_TESTS_FRESH") or sys.platform != "linux"
        return not fresh and len(stdin) < PIPE // 4 and _read_at_start(env) == _read_at_start(self._env)

    def run(
        self, args: Sequence[str], stdin: str, cwd: Path, env: Mapping[str, str], timeout: float
    ) -> tuple[int, str, str]:
        """Run a command to its end, as `subprocess.run` does: the exit code, and what it wrote."""
        control, deadline = self._open(), time.monotonic() + timeout
        (stdin_end, give), (take, stdout), (take_errors, stderr) = os.pipe(), os.pipe(), os.pipe()
        os.write(give, stdin.encode())
        os.close(give)
        here, there = socket.socketpair()
        try:
            socket.send_fds(control, [b"."], [stdin_end, stdout, stderr, there.fileno()])
        finally:
            there.close()
            for fd in (stdin_end, stdout, stderr):
                os.close(fd)
        with here:
            here.sendall(json.dumps([list(args), str(cwd), dict(env)]).encode() + b"\n")
            told = here.makefile("rb")
            pid = int(told.readline())
            try:
                out, err = _read_all([take, take_errors], deadline)
                here.settimeout(max(0.01, deadline - time.monotonic()))
                return int(told.readline()), out, err
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(["dagjob", *args], timeout) from None
            finally:
                os.close(take)
                os.close(take_errors)

    def _open(self) -> socket.socket:
        with self._opening:
            if self._control is None:
                self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    self._template = subprocess.Popen(
                        [sys.executable, __file__, str(theirs.fileno())],
                        stdin=subprocess.PIPE,  # Its streams are such as a test gives.
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        env=self._env,
                        pass_fds=[theirs.fileno()],
                    )
                self._template.wait()
            return self._control


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(READ_AT_START)}


def _read_all(fds: list[int], deadline: float) -> list[str]:
    """The text that is written into pipes, until nobody can write any more."""
    chunks: dict[int, list[bytes]] = {fd: [] for fd in fds}
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    left = len(fds)
    while left:
        if not (ready := poll.poll(max(0, deadline - time.monotonic()) * 1000)):
            raise TimeoutError
        for fd, _ in ready:
            chunks[fd].append(os.read(fd, PIPE))
            if not chunks[fd][-1]:
                poll.unregister(fd)
                left -= 1
    return [io.TextIOWrapper(io.BytesIO(b"".join(chunks[fd])), encoding="utf-8").read() for fd in fds]


# -- the template --------------------------------------------------------------------------------------------------

LEARNT_FROM = (
    ["run", "jobs.py:good"],
    ["run", "jobs.py:bad", "--tb", "full"],
    ["run", "jobs.py:good", "-c", "wrong.yaml"],
    ["list"],
    ["validate", "jobs.py:good", "-c", "right.yaml"],
    ["config", "jobs.py:good"],
    ["runs", "list"],
    ["runs", "show", "latest", "-f", "json"],
    ["runs", "logs", "latest"],
)
FILES = {
    "pyproject.toml": "[tool.dagjob]\n",
    "jobs.py": """
from dagjob import Config, ConfigurableResource, job, op

class Size(Config):
    size: int = 1

class Store(ConfigurableResource):
    name: str = "a"

@op
def one(context, config: Size, store: Store): context.log.info(store.name)

@op
def fails(): raise ValueError("no")

@job(resource_defs={"store": Store()})
def good(): one()

@job
def bad(): fails()
""",
    "right.yaml": "ops: {one: {config: {size: 2}}}\n",
    "wrong.yaml": "ops: {one: {config: {sise: 2}}}\n",
}


class _Waiting:
    """The processes that were forked, and where the end of each is told."""

    def __init__(self) -> None:
        self.replies: dict[int, socket.socket] = {}

    def reap(self) -> None:
        for pid in list(self.replies):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with self.replies.pop(pid) as reply, contextlib.suppress(OSError):
                    reply.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def serve(control: socket.socket) -> list[str]:
    """Fork a process for each request, until nobody can ask any more. Returns in each of them, with its arguments."""
    waiting = _Waiting()
    wake, woken = os.pipe()
    for fd in (wake, woken):
        os.set_blocking(fd, False)
    before = signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            os.read(wake, 512)
            waiting.reap()
        if control not in ready:
            continue
        asked, fds, _, _ = socket.recv_fds(control, 1, 4)
        if not asked:
            os._exit(0)
        reply = socket.socket(fileno=fds[3])
        if pid := os.fork():
            waiting.replies[pid] = reply
            for fd in fds[:3]:
                os.close(fd)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, before)
        for other in (control, *waiting.replies.values()):
            other.close()
        os.close(wake)
        os.close(woken)
        return become(reply, fds)


def become(reply: socket.socket, fds: list[int]) -> list[str]:
    """Take over the streams, the folder and the environment of a command; its arguments."""
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
        os.close(fd)
    with reply, reply.makefile("rb") as lines:
        args, cwd, env = json.loads(lines.readline())
        reply.sendall(b"%d\n" % os.getpid())
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    return list(args)


def learn(args: list[str], folder: str) -> None:
    """Import what a command loads: one process does it, and tells."""
    read, write = os.pipe()
    if not (pid := os.fork()):
        me = os.getpid()
        atexit.register(lambda: os.getpid() == me and os.write(write, " ".join(sys.modules).encode()))
        os.chdir(folder)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        try:
            command(args)
        finally:
            atexit._run_exitfuncs()
            os._exit(0)
    os.close(write)
    with open(read) as told:
        loaded = told.read().split()
    os.waitpid(pid, 0)
    for name in loaded:  # In the order of loading.
        if name not in sys.modules and name not in ("jobs", "__mp_main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def command(args: list[str]) -> None:
    """What `python -m dagjob ARGS` does."""
    sys.argv = ["-m", *args]
    sys.path.insert(0, os.getcwd())
    runpy.run_module("dagjob", run_name="__main__", alter_sys=True)


def template(control: socket.socket) -> list[str]:
    """Import what commands import, then serve."""
    del sys.path[0]  # That of this file.
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            Path(folder, name).write_text(text)
        for args in LEARNT_FROM:
            learn(args, folder)
    tempfile.tempdir = None  # That of another environment.
    return serve(control)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # Who asks has no children then: there are tests of that.
    command(template(socket.socket(fileno=int(sys.argv[1]))))
