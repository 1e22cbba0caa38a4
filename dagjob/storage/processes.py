"""Whether a process that left something behind may still be there: numbers of processes come again."""

from __future__ import annotations

import os


def process_lives(pid: int, since: float) -> bool:
    """Whether there is a process of this number on this machine that can have been there at `since`.

    Where nobody can say, it may be. One that has ended, and that its parent has not asked for yet, lives no more.
    """
    if os.name == "nt":
        return True  # There, asking with a signal would end it.
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # another user's
    began = _start_of(pid)
    return began is None or began <= since


def _start_of(pid: int) -> float | None:
    """When a process began, at the earliest; never, if it has ended; None where nobody can say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read().rpartition(b")")[2].split()
        if stat[0] in (b"Z", b"X"):
            return float("inf")
        ticks = int(stat[19])
        with open("/proc/stat", "rb") as file:
            booted = next(int(line.split()[1]) for line in file if line.startswith(b"btime "))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return booted - 1 + ticks / os.sysconf("SC_CLK_TCK")
