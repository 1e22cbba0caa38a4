"""What happens in the Dask workers: each has an op server (`executors/served.py`) for the run, and a Dask task for each attempt.

The task occupies a thread of the worker, and so the worker's slots and resources, until its attempt is through, hooks and all;
the op itself runs in a process of the op server. What the server says goes to the driver as it is, through the scheduler.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin, get_worker

from dagjob.executors.frames import CHUNK, END, HELLO, Inbox, frame
from dagjob.executors.served import COMMAND, OF_NOBODY, split, stop

if TYPE_CHECKING:
    from distributed import Worker

_TOGETHER = 0.002
"""Seconds for which news waits for more."""
_LAST_SECONDS = 5.0
"""How long a server may take to end when its stdin has ended; then it is killed."""


class OpServer:
    """The op server of one run on one worker, and a thread that passes on what it says to `topic`."""

    def __init__(self, worker: Worker, topic: str, beginning: bytes, folder: str) -> None:
        self._worker = worker
        self._topic = topic
        self._lock = threading.Lock()
        self._news: list[Mapping[str, Any]] = []
        self._ended: list[int] = []
        self._through: dict[int, threading.Event] = {}
        """Orders at work, and what is set when one is through."""
        self._process = subprocess.Popen(
            (*COMMAND, str(worker.state.nthreads)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder if os.path.isdir(folder) else None,
            start_new_session=True,
        )
        self.alive = True
        self._closed = False
        self._send(beginning)
        threading.Thread(target=self._pass_on, name=f"{topic} reader", daemon=True).start()

    def do(self, number: int, order: bytes) -> None:
        """Give it an order, and wait until that is through, or the server is gone."""
        through = threading.Event()
        with self._lock:
            self._through[number] = through
            alive = self.alive
        if alive:
            self._tell(
                {"taken": number}
            )  # Before the op can begin: who has not heard of it may give it to another worker.
            self._send(order)
            through.wait()

    def stop(self, grace: float, number: int = OF_NOBODY) -> None:
        """Ask one order, or all, to end."""
        self._send(stop(grace, number))

    def has(self, number: int) -> bool:
        """Whether an order is at work."""
        return number in self._through

    def close(self) -> None:
        """End it, and all ops that it has."""
        with suppress(OSError), self._lock:
            self._closed = True
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, data: bytes) -> None:
        with suppress(OSError, ValueError), self._lock:  # It is gone: its end says so.
            assert self._process.stdin is not None
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _pass_on(self) -> None:
        assert self._process.stdout is not None
        inbox = Inbox()
        fd = self._process.stdout.fileno()
        while data := os.read(fd, CHUNK):
            frames = inbox.feed(data)
            if frames and frames[0][0] == HELLO:
                self._introduce(frames.pop(0)[1])
            if frames:
                text = b"".join(frame(kind, payload) for kind, payload in frames)
                self._tell({"frames": text}, [split(payload)[0] for kind, payload in frames if kind == END])
        code = self._process.wait()
        with self._lock:
            self.alive = False
            left = list(self._through)
            closed = self._closed
        if not closed:
            self._tell({"gone": code, "orders": left}, left)
            return
        for number in left:  # Nobody is to hear of it, and the threads of the worker are to be free again.
            self._is_through(number)

    def _introduce(self, hello: bytes) -> None:
        state = self._worker.state
        self._tell({"hello": hello, "threads": state.nthreads, "resources": list(state.total_resources)})

    def _tell(self, what: Mapping[str, Any], through: Sequence[int] = ()) -> None:
        """To the driver, together with what else comes within a moment: each message costs the scheduler more than its bytes.

        The orders that it says are `through` end behind it.
        """
        with self._lock:
            self._news.append(what)
            self._ended += through
            first = len(self._news) == 1
        if first:
            self._worker.loop.add_callback(self._worker.loop.call_later, _TOGETHER, self._flush)

    def _flush(self) -> None:
        with self._lock:
            news, self._news = self._news, []
            ended, self._ended = self._ended, []
        if news:
            self._worker.log_event(self._topic, {"from": self._worker.address, "news": news})
        for number in ended:
            self._is_through(number)

    def _is_through(self, number: int) -> None:
        with self._lock:
            through = self._through.pop(number, None)
        if through is not None:
            through.set()


class OpServers(WorkerPlugin):  # type: ignore[misc]  # its class is unknown where the extra is not installed
    """Starts an op server on each worker, those that come later too; it ends with the worker, or when this is unregistered."""

    def __init__(self, topic: str, beginning: bytes, folder: str) -> None:
        self.name = topic
        self._beginning = beginning
        self._folder = folder
        self._worker: Worker
        self._server: OpServer | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> Mapping[str, Any]:
        return {"name": self.name, "_beginning": self._beginning, "_folder": self._folder, "_server": None}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def setup(self, worker: Worker) -> None:
        """The worker is there."""
        self._worker = worker
        self._server = self._open()

    def teardown(self, worker: Worker) -> None:
        """The worker leaves, or the run is over."""
        if self._server is not None:
            self._server.close()

    def transition(self, key: Any, start: str, finish: str, **kwargs: Any) -> None:
        """A task that nobody wants any more takes its op along."""
        if start == "executing" and finish == "released" and isinstance(key, str) and key.startswith(self.name):
            number = int(key.rpartition("-")[2])
            if self._server is not None and self._server.has(number):
                self._server.stop(0.0, number)

    def server(self) -> OpServer:
        """The one that lives; a new one where the last has died."""
        with self._lock:
            if self._server is None or not self._server.alive:
                self._server = self._open()
            return self._server

    def stop_all(self, grace: float) -> None:
        """Ask all ops to end."""
        if self._server is not None:
            self._server.stop(grace)

    def _open(self) -> OpServer:
        return OpServer(self._worker, self.name, self._beginning, self._folder)


def attempt(topic: str, number: int, order: bytes) -> None:
    """The Dask task of one attempt."""
    plugin = get_worker().plugins[topic]
    assert isinstance(plugin, OpServers)
    plugin.server().do(number, order)


def stop_ops(topic: str, grace: float, dask_worker: Worker) -> None:
    """Called on each worker: ask the ops of a run to end."""
    plugin = dask_worker.plugins.get(topic)
    if isinstance(plugin, OpServers):
        plugin.stop_all(grace)
