"""What it costs a loop that its bar is read: CPU time of a million turns in an op, beside the same loop in a script.

The script draws its bar on a file, as an op's output goes to one. Loops and scripts are measured in turns.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from measure import DAGJOB, Figure, project, python, run, table

TIMES = 5
TURNS = 1_000_000

TIMED = """
def timed(loop):
    from time import process_time
    began = process_time()
    loop()
    return process_time() - began
"""
LOOPS = {
    "tqdm": "for _ in tqdm(range(TURNS)): pass",
    "tqdm, nested": "for _ in trange(1000, leave=False):\n        for _ in trange(1000, leave=False): pass",
    "rich.progress.track": "for _ in track(range(TURNS)): pass",
}
IMPORTS = "from tqdm import tqdm, trange\nfrom rich.progress import track"

JOB = """
from dagjob import job, op
{imports}
TURNS = {turns}
{timed}

def loop():
    {loop}

@op
def measured():
    with open("took", "w") as file:
        file.write(str(timed(loop)))

@job
def small():
    measured()
"""
SCRIPT = """
import sys
sys.stderr = open("drawn", "w", buffering=1)
out, sys.stdout = sys.stdout, sys.stderr
{imports}
TURNS = {turns}
{timed}

def loop():
    {loop}

print(timed(loop), file=out)
"""
SAYS = """
from dagjob import job, op
{timed}

@op
def measured(context):
    def loop():
        for number in range({turns}):
            context.progress(number, {turns}, "rows")

    with open("took", "w") as file:
        file.write(str(timed(loop)))

@job
def small():
    measured()
"""


def figures() -> list[Figure]:
    """One figure for each way to loop; tqdm comes with the tools for tests."""
    if find_spec("tqdm") is None:
        print("without tqdm, so only context.progress is measured", file=sys.stderr)
        return [_said()]
    return [*(_beside_a_script(name, loop) for name, loop in LOOPS.items()), _said()]


def _beside_a_script(name: str, loop: str) -> Figure:
    filled = {"imports": IMPORTS, "turns": TURNS, "timed": TIMED, "loop": loop}
    with project({"jobs.py": JOB.format(**filled)}) as root:
        pairs = [(_in_an_op(root), python(SCRIPT.format(**filled), root)) for _ in range(TIMES)]
    ours, alone = (median(times) for times in zip(*pairs, strict=True))
    beside = f"in a script: {alone * 1000:.0f} ms"
    ratio = median(one / other for one, other in pairs)
    return Figure(f"a million turns of {name}", ours * 1000, "ms CPU", beside, ratio, 1.1, 1.0, judged_by="ratio")


def _said() -> Figure:
    with project({"jobs.py": SAYS.format(turns=TURNS, timed=TIMED)}) as root:
        took = median(_in_an_op(root) for _ in range(TIMES))
    return Figure("context.progress, a million times", took / TURNS * 1e6, "µs CPU each", limit=2.0, reach=1.0)


def _in_an_op(root: Path) -> float:
    run([*DAGJOB, "run", "jobs.py", "-q"], root)
    return float((root / "took").read_text())


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    print(table(figures()))
