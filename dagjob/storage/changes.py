"""Waiting until another process has written something: woken by the file system where it can tell, else after a pause.

Linux tells (inotify), other systems and network file systems do not: there a look every `PAUSE` seconds has to do. Nobody is
woken more often than that either, however much is written.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Sequence
from contextlib import suppress

from dagjob import clock

PAUSE = 0.2
"""Seconds between two looks, at least."""
_MODIFY, _CLOSE_WRITE, _MOVED_TO, _CREATE = 0x2, 0x8, 0x80, 0x100
_FLAGS = 0o4000 | 0o2000000  # IN_NONBLOCK | IN_CLOEXEC


class Changes:
    """Changes of files that stand in some folders. Close it, or use it as a context manager."""

    def __init__(self, folders: Sequence[str], told: bool = True) -> None:
        self._waiting = dict.fromkeys(folders)
        """Folders that are not there yet."""
        self._looked = clock.monotonic()
        self._fd = _inotify() if told else None
        self._add()

    def wait(self, longest: float) -> None:
        """Return when something has changed, or after `longest` seconds; where nobody tells, after a pause."""
        self._add()
        if self._fd is None or self._waiting:
            longest = min(longest, PAUSE)
        if self._fd is not None:
            select.select([self._fd], [], [], longest)
            rest = self._looked + PAUSE - clock.monotonic()
            if rest > 0:
                clock.sleep(rest)
            with suppress(BlockingIOError):
                while os.read(self._fd, 1 << 16):
                    pass
        else:
            clock.sleep(longest)
        self._looked = clock.monotonic()

    def close(self) -> None:
        """Hear no more."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Changes:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _add(self) -> None:
        for folder in list(self._waiting):
            if self._fd is not None and _watch(self._fd, folder):
                del self._waiting[folder]


def _inotify() -> int | None:
    if sys.platform != "linux":
        return None
    try:
        import ctypes

        fd = ctypes.CDLL(None).inotify_init1(_FLAGS)
    except (ImportError, OSError, AttributeError):
        return None
    return fd if isinstance(fd, int) and fd >= 0 else None


def _watch(fd: int, folder: str) -> bool:
    import ctypes

    mask = _MODIFY | _CLOSE_WRITE | _MOVED_TO | _CREATE
    return bool(ctypes.CDLL(None).inotify_add_watch(fd, os.fsencode(folder), mask) >= 0)
