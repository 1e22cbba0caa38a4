"""How the benchmarks measure: real commands in a project of their own, CPU and wall time, memory of a process tree.

A figure alone says little on a busy machine, so each comes with a ratio to something plain that was measured in the
same run, and with the limit that it must keep and the reach that we aim for.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(sys.executable).parent / "dagjob"
DAGJOB = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "dagjob"]

IN_PROCESS = "execution: {config: {in_process: {}}}\n"
"""Run configs that choose how ops are run; a file with one of them is passed as `-c`."""


def isolated(start_method: str) -> str:
    return f"execution: {{config: {{multiprocess: {{start_method: {{{start_method}: {{}}}}}}}}}}\n"


class Figure(NamedTuple):
    """One line of the table. `limit` and `reach` are in the unit of `value`, or of `ratio` where that is judged."""

    what: str
    value: float
    unit: str
    beside: str = ""
    """What it is compared with, and how that came out."""
    ratio: float | None = None
    limit: float | None = None
    reach: float | None = None
    judged_by: str = "value"

    @property
    def verdict(self) -> str:
        judged = self.ratio if self.judged_by == "ratio" else self.value
        if self.limit is None or judged is None:
            return ""
        if self.reach is not None and judged <= self.reach:
            return "reach"
        return "ok" if judged <= self.limit else "OVER"


class Cost(NamedTuple):
    """What a command took: seconds by the clock, and CPU seconds of it and all its descendants."""

    wall: float
    cpu: float
    max_rss: int
    """The largest resident size of one process of it, in bytes."""


@contextlib.contextmanager
def project(modules: dict[str, str]) -> Iterator[Path]:
    """A folder with these files and a state directory of its own."""
    with tempfile.TemporaryDirectory(prefix="dagjob-bench-") as name:
        root = Path(name)
        (root / "pyproject.toml").write_text("[tool.dagjob]\n")
        for file, text in modules.items():
            (root / file).write_text(text)
        yield root


def run(argv: list[str], cwd: Path) -> Cost:
    """Run a command to its end, with its output thrown away; it must succeed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("DAGJOB_")}
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise SystemExit(f"{' '.join(argv)} ended with {child.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def quietest(act: Callable[[], Cost], times: int) -> Cost:
    """The least of several runs, after one that warms the caches: what else the machine does can only add."""
    act()
    costs = [act() for _ in range(times)]
    return Cost(min(c.wall for c in costs), min(c.cpu for c in costs), max(c.max_rss for c in costs))


def python(code: str, cwd: Path) -> float:
    """Run code in a fresh interpreter; it prints one number."""
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True)
    return float(done.stdout)


def table(figures: list[Figure]) -> str:
    """The figures as text, one line each."""
    head = ("what", "figure", "ratio", "beside", "limit", "reach", "verdict")
    rows = [head]
    for f in figures:
        unit = "x" if f.judged_by == "ratio" else f.unit
        rows.append(
            (
                f.what,
                _quantity(f.value, f.unit),
                "" if f.ratio is None else f"{f.ratio:.3g}x",
                f.beside,
                "" if f.limit is None else _quantity(f.limit, unit),
                "" if f.reach is None else _quantity(f.reach, unit),
                f.verdict,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _quantity(value: float, unit: str) -> str:
    return f"{value:.3g}x" if unit == "x" else f"{value:.3g} {unit}".strip()
