"""The lock that a running main process holds on its run: held means alive, free means ended or dead.

It must be free the moment its process dies, whatever that process leaves behind. `flock` is not: it belongs to the
open file, and a child that was forked while it was open (an op's own subprocess, a daemon that it started) keeps it
held long after the run is dead. So this takes record locks (`fcntl.lockf`), which belong to the process: no child
ever has one, and an inherited descriptor does no harm, open or closed.

Their price: closing *any* descriptor of the file in the holding process drops the lock, and a process never sees its
own. So `_held` knows what this process holds, and `is_held` does not open those files. It goes by device and inode,
since one file has many paths, and notes the process, since a forked child gets a copy.

On Windows the first byte is locked (`msvcrt`), which belongs to the process as well.
"""

from __future__ import annotations

import os

from dagjob.builtin.ownership import open_regular
from dagjob.builtin.private_files import open_private

_held: dict[tuple[int, int], int] = {}


class RunLock:
    """The lock of one run; `acquire` before the run is recorded as running, `release` after its end was."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False if another process holds it. Raises OSError where the file cannot be made."""
        if _is_ours(self.path):
            return False
        fd = open_private(self.path, os.O_RDWR | os.O_CREAT)
        if not _lock(fd, shared=False):
            os.close(fd)
            return False
        self._fd = fd
        status = os.fstat(fd)
        _held[status.st_dev, status.st_ino] = os.getpid()
        return True

    def beat(self, now: float) -> None:
        """Leave a sign of life for whoever finds the lock free and no end recorded. A file that was removed is made anew."""
        if self._fd is not None and os.name != "nt":
            if os.fstat(self._fd).st_nlink == 0:
                self.release()
                if not self.acquire():
                    return
            os.pwrite(self._fd, f"{now:.3f}\n".encode(), 0)

    def release(self) -> None:
        """Give it back; may be called again. In a forked child it only forgets: the lock is the parent's."""
        if self._fd is not None:
            status = os.fstat(self._fd)
            os.close(self._fd)
            self._fd = None
            _held.pop((status.st_dev, status.st_ino), None)


def this_host() -> str:
    """The name of this machine, as runs record it."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def last_beat(path: str) -> float:
    """When the holder of a lock left its last sign of life; 0 where it left none."""
    try:
        with open(path, "rb", opener=open_regular) as file:
            return float(file.read(64))
    except (OSError, ValueError):
        return 0.0


def is_held(path: str) -> bool | None:
    """Whether a living process holds the lock; None where there is no such file. Needs no right to write."""
    if _is_ours(path):
        return True
    try:
        fd = open_regular(path, (os.O_RDWR if os.name == "nt" else os.O_RDONLY) | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        from errno import EINVAL, ELOOP, ENOENT, ENOTDIR

        # Else nobody can say: better one dead run shown as running than a living one as crashed.
        return None if error.errno in (EINVAL, ELOOP, ENOENT, ENOTDIR) else True
    try:
        return not _lock(fd, shared=True)  # shared: two that ask at once do not take each other for the run
    finally:
        os.close(fd)


def lock_holder(path: str) -> int | None:
    """The number of the process that holds the lock; None where nobody does, 0 where it has none in this container."""
    if _is_ours(path):
        return os.getpid()
    try:
        fd = open_regular(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    try:
        return _holder(fd)
    finally:
        os.close(fd)


def _is_ours(path: str) -> bool:
    if not _held:
        return False
    try:
        status = os.stat(path)
    except OSError:
        return False
    return _held.get((status.st_dev, status.st_ino)) == os.getpid()


if os.name == "nt":  # pragma: no cover

    def _lock(fd: int, *, shared: bool) -> bool:
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        if shared:
            msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
        return True

    def lock_byte(fd: int, at: int) -> bool:
        """Lock one byte of a file for this process; False if another one has it."""
        os.lseek(fd, at, os.SEEK_SET)
        return _lock(fd, shared=False)

    def unlock_byte(fd: int, at: int) -> None:
        """Give a locked byte back."""
        import msvcrt

        os.lseek(fd, at, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]

    def _holder(fd: int) -> int | None:
        return 0

else:

    def _lock(fd: int, *, shared: bool) -> bool:
        import fcntl

        try:
            fcntl.lockf(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def lock_byte(fd: int, at: int) -> bool:
        """Lock one byte of a file for this process; False if another one has it."""
        import fcntl

        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def unlock_byte(fd: int, at: int) -> None:
        """Give a locked byte back."""
        import fcntl

        fcntl.lockf(fd, fcntl.LOCK_UN, 1, at)

    def _holder(fd: int) -> int | None:
        import fcntl
        import struct
        import sys

        if sys.platform == "darwin":
            asked = struct.pack("@qqihh", 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET)
            _, _, pid, kind, _ = struct.unpack("@qqihh", fcntl.fcntl(fd, fcntl.F_GETLK, asked))
        else:
            asked = struct.pack("@hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            kind, _, _, _, pid = struct.unpack("@hhqqi0q", fcntl.fcntl(fd, fcntl.F_GETLK, asked))
        return None if kind == fcntl.F_UNLCK else max(0, pid)
