"""What must happen before the first op: CPU time of short commands, as multiples of a bare interpreter.

CPU time (user and system) of the whole process tree, because wall time on a busy machine says little; medians of nine.
The bare interpreter is measured in turns with each command, so that both see the same machine.
"""

from __future__ import annotations

import compileall
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from measure import DAGJOB, IN_PROCESS, Cost, Figure, project, run, table

TIMES = 9

TWO_OPS = """
from dagjob import job, op


@op
def one() -> int:
    return 1


@op
def two(number: int) -> int:
    return number + 1


@job
def small():
    two(one())
"""

TWENTY_JOBS = TWO_OPS + "".join(
    f'\n\n@job\ndef job_{number}():\n    """Job number {number}."""\n    two(one())\n' for number in range(1, 20)
)

NAMES = "from dagjob import op, job, graph, RetryPolicy"


def compiled() -> None:
    """Put byte-code in place as after an installation, whatever the environment says."""
    root = Path(__file__).parent.parent
    compileall.compile_dir(root / "dagjob", quiet=1)
    compileall.compile_file(root / "dagjob_start.py", quiet=1)


def figures() -> list[Figure]:
    """The start-up figures."""
    compiled()
    with (
        project({"jobs.py": TWO_OPS, "in_process.yaml": IN_PROCESS}) as small,
        project({"jobs.py": TWENTY_JOBS}) as large,
    ):
        bare = [sys.executable, "-c", "pass"]
        acts: list[tuple[str, Callable[[], Cost], float, float]] = [
            (NAMES, lambda: run([sys.executable, "-c", NAMES], small), 5, 4),
            ("dagjob --version", lambda: run([*DAGJOB, "--version"], small), 4, 2),
            ("dagjob --help", lambda: run([*DAGJOB, "--help"], small), 12, 8),
            ("dagjob list, 20 jobs", lambda: run([*DAGJOB, "list"], large), 10, 7),
            ("dagjob run, two ops, isolated", lambda: _run(small), 12, 9),
            ("dagjob run, two ops, in process", lambda: _run(small, "-c", "in_process.yaml"), 11, 8),
        ]
        rows = [_figure(what, act, lambda: run(bare, small), limit, reach) for what, act, limit, reach in acts]
        return [*rows, _selection(small, bare)]


def _selection(small: Path, bare: list[str]) -> Figure:
    """What `-s` adds to a run of all the same ops."""
    triples = [(_run(small, "-s", "*two").cpu, _run(small).cpu, run(bare, small).cpu) for _ in range(TIMES)]
    with_it, without, base = (median(times) for times in zip(*triples, strict=True))
    more = with_it - without
    beside = f"{without * 1000:.0f} ms without, {base * 1000:.1f} ms a bare interpreter"
    return Figure("dagjob run -s: more than run", more * 1000, "ms CPU", beside, more / base, 1, 0.5, judged_by="ratio")


def _run(folder: Path, *more: str) -> Cost:
    return run([*DAGJOB, "run", "jobs.py", "--format", "plain", *more], folder)


def _figure(what: str, act: Callable[[], Cost], bare: Callable[[], Cost], limit: float, reach: float) -> Figure:
    """Measured in turns with a bare interpreter, after one of each that warms the caches."""
    act(), bare()
    pairs = [(act().cpu, bare().cpu) for _ in range(TIMES)]
    cost, base = median(cpu for cpu, _ in pairs), median(cpu for _, cpu in pairs)
    beside = f"a bare interpreter: {base * 1000:.1f} ms"
    return Figure(what, cost * 1000, "ms CPU", beside, cost / base, limit, reach, judged_by="ratio")


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    print(table(figures()))
