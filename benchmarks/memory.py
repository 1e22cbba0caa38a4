"""Memory: all processes of a two-op run together, and the main process with 10,000 ops. Needs Linux's /proc.

Shared pages are counted once (PSS: each process carries its share), so forked children weigh what they add.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from fan_out import FAN
from measure import DAGJOB, IN_PROCESS, Figure, project, run, table

TWO = """
import time
from dagjob import job, op

@op
def first() -> int:
    time.sleep(0.4)
    return 1

@op
def second(x: int) -> None:
    time.sleep(0.4)

@job
def two():
    second(first())
"""

BARE = [sys.executable, "-c", "import time; time.sleep(0.5)"]


def tree(pid: int) -> list[int]:
    """A process and all its descendants that are alive."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in children for one in tree(child))]


def pss(pid: int) -> int:
    """Bytes that a process holds, shared pages by share."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


def peak(argv: list[str], cwd: Path) -> int:
    """The highest sum over the tree, looked at all 20 ms."""
    child = subprocess.Popen(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest = 0
    while child.poll() is None:
        highest = max(highest, sum(pss(pid) for pid in tree(child.pid)))
        time.sleep(0.02)
    if child.returncode:
        raise SystemExit(f"{' '.join(argv)} ended with {child.returncode}")
    return highest


def figures() -> list[Figure]:
    if not os.path.exists("/proc/self/smaps_rollup"):
        return []
    mb = 1e6
    files = {"two.py": TWO, "fan.py": f"{FAN}\nall_of_them = fan(10_000)\n", "how.yaml": IN_PROCESS}
    with project(files) as root:
        bare = peak(BARE, root)
        two = peak([*DAGJOB, "run", "two.py", "--format", "plain"], root)
        many = run([*DAGJOB, "run", "fan.py", "-c", "how.yaml", "--format", "plain"], root).max_rss
    beside = f"bare interpreter {bare / mb:.1f} MB"
    return [
        Figure("two-op run, isolated, all processes (PSS)", two / mb, "MB", beside, two / bare, 40, 25),
        Figure("main process with 10,000 ops, in process", many / mb, "MB", beside, many / bare, 150, 80),
    ]


if __name__ == "__main__":
    print(table(figures()))
