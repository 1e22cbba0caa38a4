"""Whether the process that began a run may still be there: asked only where the lock that tells it is gone."""

from __future__ import annotations

import os

from dagjob import clock

_SLACK = 60.0
"""Seconds by which a process may seem younger than its run: clocks are set."""


def process_lives(pid: int, since: float) -> bool:
    """Whether there is a process of this number on this machine that can have been there at `since`."""
    if os.name == "nt":
        return False  # nobody can say without more ado
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        with open("/proc/uptime", "rb") as file:
            up = float(file.read().split()[0])
    except OSError:
        return True  # no /proc: it may be
    began = clock.time() - up + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return fields[0] != b"Z" and began <= since + _SLACK
