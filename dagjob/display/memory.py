"""How much memory running ops take and how much of the machine's is in use, where the system tells it cheaply: Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress

PROC = "/proc"
MOST_PROCESSES = 12
MOST_TOLD = 3
_WANTED = (b"MemTotal:", b"MemAvailable:")


def resident(pid: int, proc: str = PROC) -> int | None:
    """Bytes of memory that a process has; None where nobody can say."""
    try:
        with open(f"{proc}/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def in_use(proc: str = PROC) -> tuple[int, int] | None:
    """Bytes of the machine's memory that are in use, and all there are."""
    found: dict[bytes, int] = {}
    with suppress(OSError, ValueError, IndexError), open(f"{proc}/meminfo", "rb") as file:
        for line in file:
            name = line.split(None, 1)[0]
            if name in _WANTED:
                found[name] = int(line.split()[1]) * 1024
                if len(found) == len(_WANTED):
                    return found[_WANTED[0]] - found[_WANTED[1]], found[_WANTED[0]]
    return None


def memory_parts(running: Iterable[tuple[str, int]], proc: str = PROC) -> Sequence[str]:
    """`join_sales 1.9 GiB`, `forecast 640 MiB`, `3.1 of 24 GiB in use`: the largest first. `running` are names and processes."""
    sizes = [
        (size, name)
        for (name, pid), _ in zip(running, range(MOST_PROCESSES), strict=False)
        if (size := resident(pid, proc))
    ]
    machine = in_use(proc)
    if not sizes or machine is None:
        return ()
    largest = sorted(sizes, reverse=True)[:MOST_TOLD]
    used, total = machine
    return [
        *(f"{name} {binary(size)}" for size, name in largest),
        f"{used / 2**30:.1f} of {total / 2**30:.0f} GiB in use",
    ]


def binary(size: int) -> str:
    """`640 MiB`, `1.9 GiB`."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
