"""Programs that ops have started in this very process and left running: found by Linux's /proc, ended by SIGKILL.

A worker's process group tells what belongs to its op; here only the children of this process can, and those below them. What
has made itself independent of its parent is nobody's child. Children that `multiprocessing` looks after are left to it: a
pool serves one op after the other, and ends when Python does. Where there is no /proc nothing is found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any, Literal

from dagjob.builtin.ownership import open_file
from dagjob.clock import time
from dagjob.engine.ports import Emit
from dagjob.events import EngineNoted

MOST_SHOWN = 60


class Leftovers:
    """What attempts leave running. With a failed attempt it ends at once, as the next one may start it again.

    With one that succeeded it goes on, since later ops and resources may talk to it, until `end_all`.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._before: frozenset[int] = frozenset()
        self._last: tuple[str, bool] | None = None
        self._left: dict[str, set[int]] = {}

    def attempt_ended(self, step: str, *, failed: bool) -> None:
        """Its outcome is known; its hooks come next."""
        self._last = step, failed

    def look(self) -> bool:
        """Its hooks are through, and what runs now is none of the next attempt's. May be called again.

        Says whether there is any child, one that `multiprocessing` looks after too.
        """
        any_child = has_children()
        now = _children() if any_child else frozenset()
        if self._last is not None:
            (step, failed), self._last = self._last, None
            started = now - self._before
            if failed:
                self._end(step, started, "info")
            elif started:
                self._left.setdefault(step, set()).update(started)
        self._before = now
        return any_child

    def end_all(self) -> None:
        """End what is left of all attempts."""
        while self._left:
            self._end(*self._left.popitem(), "warning")

    def _end(self, step: str, pids: Iterable[int], level: Literal["info", "warning"]) -> None:
        ended = [shown for pid in sorted(pids) if (shown := _killed(pid))]
        if ended:
            noun = "a program" if len(ended) == 1 else "programs"
            text = f"left {noun} running, ended now: {', '.join(ended)}"
            self._emit(EngineNoted(time(), text, step, level=level))


def _killed(pid: int) -> str:
    """Kill a child and all below it. Says what was killed; nothing when it is gone already."""
    if pid not in _children():  # The number may mean another process by now.
        return ""
    shown = f"{_command(pid)} (pid {pid})"
    family = [pid]
    for one in family:
        family += _below(one)
    for one in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # Its port and its files are free when this returns.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return shown


def _children() -> frozenset[int]:
    """The living children of this process, but for those of `multiprocessing`."""
    if not has_children():
        return frozenset()
    return frozenset(pid for pid in _below(os.getpid()) if _is_alive(pid)) - _looked_after()


def has_children() -> bool:
    """A question to the kernel that costs a microsecond, since it is asked at every op."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _looked_after() -> set[int]:
    """Children that `multiprocessing` ends, or waits for, when Python ends; and its helpers."""
    process: Any = sys.modules.get("multiprocessing.process")
    tracker: Any = sys.modules.get("multiprocessing.resource_tracker")
    server: Any = sys.modules.get("multiprocessing.forkserver")
    found = {child.pid for child in tuple(process._children)} if process is not None else set()
    if tracker is not None:
        found.add(tracker._resource_tracker._pid)
    if server is not None:
        found.add(server._forkserver._forkserver_pid)
    return found


def _below(pid: int) -> list[int]:
    """The children of a process, whichever of its threads has started them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open_file(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    return found


def _is_alive(pid: int) -> bool:
    """Whether it runs: one that nobody has waited for yet does not."""
    try:
        with open_file(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def _command(pid: int) -> str:
    """Its command line, cut where it is long."""
    try:
        with open_file(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        words = ""
    text = " ".join(words.split()) or "a program"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
