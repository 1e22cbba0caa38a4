"""The command without its start-up: a process that has imported dagjob, and forks a new process for each command line.

Most of what a test of the command costs is Python starting and importing. Here that is paid once per test process. What
runs is still `python -m dagjob` in a process of its own: its folder, environment, streams and exit code are real, only
the imports are there already. The first of each command is started afresh nevertheless (see `WarmStart.takes`), so that
an import that is missing shows.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PIPE_HOLDS = 60_000  # bytes that a pipe takes before anyone reads
SERVER = (
    "import sys; sys.path.insert(0, sys.argv[1]); import warm_start; warm_start.serve(int(sys.argv[2])); {}".format(
        "import runpy; runpy._run_module_as_main('dagjob')"  # what `-m` calls
    )
)


class WarmStart:
    """Starts commands by forking; the process to fork from starts with the first of them."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._interpreter_env: dict[str, str] = {}

    def takes(self, args: tuple[str, ...], stdin: str, env: Mapping[str, str]) -> bool:
        """Whether a command line may start warm: not the first of its command, nor one that tells Python how to start."""
        command = args[0] if args else ""
        first = command not in self._seen
        self._seen.add(command)
        return not first and len(stdin.encode()) <= PIPE_HOLDS and _of_interpreter(env) == {"PYTHONUTF8": "1"}

    def run(
        self, args: tuple[str, ...], stdin: str, env: Mapping[str, str], cwd: Path, timeout: float
    ) -> tuple[int, str, str]:
        """Run a command line until it ends, as `subprocess.run` does: exit code, output, errors."""
        if self._socket is None:
            self._start(env)
        assert self._socket is not None
        (read_in, write_in), (read_out, write_out), (read_err, write_err) = os.pipe(), os.pipe(), os.pipe()
        request = json.dumps({"args": args, "env": dict(env), "cwd": str(cwd)}).encode()
        socket.send_fds(self._socket, [len(request).to_bytes(8, "big")], [read_in, write_out, write_err])
        self._socket.sendall(request)
        for fd in (read_in, write_out, write_err):
            os.close(fd)
        pid = int.from_bytes(_receive(self._socket, 8), "big")
        with contextlib.suppress(BrokenPipeError):
            os.write(write_in, stdin.encode())
        os.close(write_in)
        try:
            output, errors = _read_all(read_out, read_err, timeout)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(["dagjob", *args], timeout) from None
        finally:
            os.close(read_out)
            os.close(read_err)
            status = int.from_bytes(_receive(self._socket, 8), "big")
        return os.waitstatus_to_exitcode(status), output, errors

    def _start(self, env: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(Path(__file__).parent), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            env=dict(env),
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._socket = ours

    def close(self) -> None:
        """End the process that forks."""
        if self._socket is not None and self._server is not None:
            self._socket.close()
            self._server.wait()


def serve(fd: int) -> None:
    """Fork for each command line that comes; returns in the forked processes, set up for `python -m dagjob ARGS`."""
    import gc
    import importlib
    import pkgutil

    import dagjob

    path = [entry for entry in sys.path[1:] if entry != str(Path(__file__).parent)]
    for module in pkgutil.walk_packages(dagjob.__path__, "dagjob."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=fd) as channel:
        while True:
            length, fds, _, _ = socket.recv_fds(channel, 8, 3)
            if not length:
                os._exit(0)
            request = json.loads(_receive(channel, int.from_bytes(length, "big")))
            pid = os.fork()
            if pid == 0:
                break
            for each in fds:
                os.close(each)
            channel.sendall(pid.to_bytes(8, "big"))
            channel.sendall(os.waitpid(pid, 0)[1].to_bytes(8, "big"))
    _become(request["args"], request["env"], request["cwd"], fds, path)


def _become(args: list[str], env: dict[str, str], cwd: str, fds: list[int], path: list[str]) -> None:
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    sys.argv = ["-m", *args]
    sys.path[:] = [cwd, *path]
    del sys.modules[__name__]


def _of_interpreter(env: Mapping[str, str]) -> dict[str, str]:
    ignored = {"PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED"}
    return {name: value for name, value in env.items() if name.startswith("PYTHON") and name not in ignored}


def _receive(channel: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = channel.recv(length - len(received))
        if not part:
            raise ConnectionError("the process that forks has ended")
        received += part
    return received


def _read_all(out: int, err: int, timeout: float) -> tuple[str, str]:
    read: dict[int, list[bytes]] = {out: [], err: []}
    until = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for fd in read:
            selector.register(fd, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                part = os.read(key.fd, 65536)
                if part:
                    read[key.fd].append(part)
                else:
                    selector.unregister(key.fd)
    output, errors = (b"".join(read[fd]).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n") for fd in (out, err))
    return output, errors
