"""64 ops that each sleep for 100 ms, 16 at a time, isolated: the ideal is 0.4 s for the whole command."""

from __future__ import annotations

from measure import DAGJOB, Figure, project, quietest, run, table

SLEEPERS = """
import time
from dagjob import job, op

@op
def sleeper() -> None:
    time.sleep(0.1)

@job
def dormitory():
    for number in range(64):
        sleeper.alias(f"sleeper_{number}")()
"""

IDEAL = 0.4


def figures(times: int = 5) -> list[Figure]:
    with project({"sleepers.py": SLEEPERS}) as root:
        took = quietest(lambda: run([*DAGJOB, "run", "sleepers.py", "-j", "16", "--format", "plain"], root), times).wall
    what = "64 ops of 100 ms, 16 at a time, isolated"
    return [Figure(what, took, "s", f"ideal {IDEAL} s", took / IDEAL, limit=0.7, reach=0.55)]


if __name__ == "__main__":
    print(table(figures()))
