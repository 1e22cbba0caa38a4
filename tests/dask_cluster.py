"""A Dask cluster of processes of their own: a scheduler and workers, each in a folder of its own."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path


class DaskCluster:
    """A scheduler, and as many workers as are started. All that was started is ended by `close`."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = {**environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s"}
        self._workers: list[subprocess.Popen[bytes]] = []
        self.started: list[subprocess.Popen[bytes]] = []
        self._logs: dict[subprocess.Popen[bytes], _Log] = {}
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self._logs[self.scheduler].line_with("Scheduler at:").split()[-1]

    def workers(self, *names: str, threads: int = 2, resources: str = "") -> list[subprocess.Popen[bytes]]:
        """Start workers; they are there when this returns."""
        options = ["--no-nanny", "--no-dashboard", "--nthreads", str(threads)]
        options += ["--resources", resources] if resources else []
        started = [self._start("dask_worker", self.address, *options, "--name", name, name=name) for name in names]
        for process in started:
            self._logs[process].line_with("Registered to:")
        self._workers += started
        return started

    @property
    def lives(self) -> bool:
        """Whether it has a scheduler."""
        return self.scheduler.poll() is None

    def a_worker(self) -> subprocess.Popen[bytes]:
        """One that lives."""
        living = [process for process in self._workers if process.poll() is None]
        return living[-1] if living else self.workers(f"worker-{len(self.started)}")[0]

    def close(self) -> None:
        """End all, at once."""
        for process in self.started:
            kill(process)

    def _start(self, module: str, *options: str, name: str = "scheduler") -> subprocess.Popen[bytes]:
        folder = self._folder / name
        folder.mkdir()
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
        process = subprocess.Popen(
            command, cwd=folder, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.started.append(process)
        self._logs[process] = _Log(process, name)
        return process


class _Log:
    """What a process writes, read as it comes."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        assert process.stderr is not None
        self._name, self._file = name, process.stderr
        self._lines: list[str] = []
        self._more = threading.Condition()
        self._over = False
        threading.Thread(target=self._read, daemon=True).start()

    def line_with(self, text: str) -> str:
        """The first line that has this text, as soon as it is there."""

        def found() -> list[str]:
            return [line for line in self._lines if text in line]

        with self._more:
            self._more.wait_for(lambda: found() or self._over, 60)
            assert found(), f"the {self._name} did not start:\n{''.join(self._lines)}"
            return found()[0]

    def _read(self) -> None:
        with self._file:
            for line in self._file:
                with self._more:
                    self._lines.append(line.decode(errors="replace"))
                    self._more.notify_all()
        with self._more:
            self._over = True
            self._more.notify_all()


def kill(process: subprocess.Popen[bytes]) -> None:
    """At once, as a machine that loses power."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def await_end_of(pids: Iterable[int]) -> None:
    """Wait until these processes are gone, whosever children they are."""
    for pid in pids:
        with suppress(ProcessLookupError):
            fd = os.pidfd_open(pid)
            try:
                assert select.select([fd], [], [], 20)[0], f"process {pid} lives"
            finally:
                os.close(fd)
