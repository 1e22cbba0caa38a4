"""The main process of a run that is going on: who it is for sure, a signal to it, and the wait for the end of the run.

Numbers of processes come again. The holder of the run's lock is its main process, and the system says who that is; on
Linux a descriptor of the process is opened before that is asked, so that no other process can be meant any more.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.errors import DagjobStateError
from dagjob.storage.crashes import SLACK
from dagjob.storage.locks import is_held, lock_holder, this_host
from dagjob.storage.processes import process_lives

if TYPE_CHECKING:
    from dagjob.storage.paths import StateDir
    from dagjob.storage.records import RunRow

_LOOK_AGAIN = 0.1
"""Seconds between two looks at a lock. The end of the process is heard of at once, where the system can tell."""


class MainProcess:
    """The main process of a run. Close it, or use it as a context manager."""

    def __init__(self, pid: int, lock: str) -> None:
        self.pid = pid
        self._lock = lock
        self._descriptor = _open_process(pid)

    @classmethod
    def of(cls, state: StateDir, run: RunRow) -> MainProcess | None:
        """That of a recorded run; None where it is gone. Raises `DagjobStateError` where it cannot be reached from here."""
        if os.name == "nt":
            raise DagjobStateError("the process of another run cannot be reached on this system")
        lock, pid = state.lock(run.id), run.pid or 0
        if run.host not in (None, this_host()):
            raise _elsewhere(run, f'on the machine "{run.host}"')
        found = cls(pid, lock)
        holder = lock_holder(lock)
        if holder == pid and pid:
            return found
        found.close()
        if holder is not None:  # Processes of another container have other numbers here, or none.
            raise _elsewhere(run, "in another container of this machine, or was started anew from a copy")
        if is_held(lock) is None and pid and process_lives(pid, run.started + SLACK):
            return cls(pid, lock)  # Somebody has removed its lock.
        return None

    def send(self, signum: int) -> bool:
        """Send it a signal; False if it is gone. Raises `DagjobStateError` where the system does not allow that."""
        try:
            if self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, signum)
            else:
                os.kill(self.pid, signum)
        except ProcessLookupError:
            return False
        except PermissionError:
            raise DagjobStateError(f"process {self.pid} of the run belongs to another user").noting(
                "ask them, or root, to do that"
            ) from None
        return True

    def ended(self, seconds: float) -> bool:
        """Whether the run ends within so many seconds, by which its lock is free."""
        deadline = clock.monotonic() + seconds
        while is_held(self._lock) if os.path.exists(self._lock) else self._lives():
            left = deadline - clock.monotonic()
            if left <= 0:
                return False
            self._sleep(min(left, _LOOK_AGAIN))
        return True

    def close(self) -> None:
        """Give back what was opened."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> MainProcess:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _lives(self) -> bool:
        if self._descriptor is not None:
            return not select.select([self._descriptor], [], [], 0)[0]
        with suppress(PermissionError):
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return False
        return True

    def _sleep(self, seconds: float) -> None:
        """Less, if the process ends meanwhile."""
        if self._descriptor is None or not self._lives():
            clock.sleep(min(seconds, 0.02) if self._descriptor is not None else seconds)
        else:
            select.select([self._descriptor], [], [], seconds)


def _open_process(pid: int) -> int | None:
    if not pid or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # It is gone, or the system is too old.
        return None


def _elsewhere(run: RunRow, where: str) -> DagjobStateError:
    return DagjobStateError(f'run "{run.id[:8]}" runs {where}').noting("type the command there")
