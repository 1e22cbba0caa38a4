"""Many trivial ops side by side, in process: the time of the whole command for 1,000 and 10,000, and how it grows.

Beside it the same tasks in doit, if that is installed (`pip install doit`), by CPU time: it keeps neither outputs nor history.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from math import log10
from pathlib import Path

from measure import DAGJOB, IN_PROCESS, Figure, project, python, quietest, run, table

FAN = """
from dagjob import job, op

@op
def begin() -> int:
    return 1

@op
def step(x: int) -> int:
    return x + 1

def fan(count):
    def body():
        value = begin()
        for number in range(count):
            step.alias(f"step_{number}")(value)
    return job(name=f"fan_{count}")(body)
"""

LOOP = """
import time
def step(x): return x + 1
start = time.perf_counter()
results = [step(1) for _ in range(10_000)]
print(time.perf_counter() - start)
"""


DOIT = """
DOIT_CONFIG = {{"verbosity": 0}}

def step(x):
    pass

def task_begin():
    return {{"actions": [(step, [1])]}}

def task_step():
    for number in range({size}):
        yield {{"name": str(number), "actions": [(step, [1])], "task_dep": ["begin"]}}
"""


def figures(times: int = 3) -> list[Figure]:
    sizes = {1_000: (0.6, 0.45), 10_000: (6.0, 4.5)}
    files = {f"fan_{size}.py": f"{FAN}\nall_of_them = fan({size})\n" for size in sizes} | {"how.yaml": IN_PROCESS}
    with project(files) as root:
        took, rows = {}, []
        loop = python(LOOP, root)
        for size, (limit, reach) in sizes.items():
            argv = [*DAGJOB, "run", f"fan_{size}.py", "-c", "how.yaml", "--format", "plain"]
            took[size] = quietest(lambda argv=argv: run(argv, root), times if size == 1_000 else 1).wall
            plain = loop * size / 10_000
            beside = f"plain loop {plain * 1e3:.2g} ms"
            rows.append(Figure(f"{size:,} ops, in process", took[size], "s", beside, took[size] / plain, limit, reach))
        rows += _beside_doit(root, sizes)
    growth = log10(took[10_000] / took[1_000])
    rows.append(Figure("exponent from 1,000 to 10,000 ops", growth, "", "1 = linear", None, 1.05, 1.0))
    return rows


def _beside_doit(root: Path, sizes: Iterable[int]) -> list[Figure]:
    """Pairs that take turns, so that both meet the same machine."""
    doit = shutil.which("doit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if doit is None:
        print("without doit: it is not installed (pip install doit)", file=sys.stderr)
        return []
    rows = []
    for size in sizes:
        (root / "dodo.py").write_text(DOIT.format(size=size))
        theirs, ours = [], []
        for _ in range(3):
            (root / ".doit.db").unlink(missing_ok=True)
            theirs.append(run([doit, "-f", "dodo.py"], root).cpu)
            ours.append(run([*DAGJOB, "run", f"fan_{size}.py", "-c", "how.yaml", "--format", "plain"], root).cpu)
        what, beside = f"{size:,} ops, in process, CPU", f"doit {min(theirs):.2g} s"
        ratio = min(ours) / min(theirs)
        rows.append(Figure(what, min(ours), "s", beside, ratio, 1.3, 1.0, judged_by="ratio"))
    return rows


if __name__ == "__main__":
    print(table(figures()))
