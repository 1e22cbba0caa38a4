"""What a resume costs: a run of 1,000 ops with one op left, beside a run of that one op alone."""

from __future__ import annotations

from measure import DAGJOB, Figure, isolated, project, run, table

WIDE = """
import os
from dagjob import job, op

@op
def begin() -> int:
    return 0

@op
def step(x: int) -> int:
    return x + 1

@op
def end(xs: list) -> int:
    if os.path.exists("bad"):
        raise ValueError("on purpose")
    return len(xs)

@op
def alone() -> int:
    return 1

@job
def wide():
    first = begin()
    end([step(first) for _ in range(998)])

@job
def small():
    alone()
"""


def figures(times: int = 5) -> list[Figure]:
    resumed, small = [], []
    with project({"wide.py": WIDE}) as root:
        (root / "how.yaml").write_text(isolated("preloaded"))
        failing = f"{' '.join(DAGJOB)} run wide.py:wide -c how.yaml -q; test $? = 1"
        for _ in range(times):
            (root / "bad").touch()
            run(["sh", "-c", failing], root)
            (root / "bad").unlink()
            resumed.append(run([*DAGJOB, "resume"], root))
            small.append(run([*DAGJOB, "run", "wide.py:small", "-c", "how.yaml"], root))
    one = min(cost.wall for cost in small)
    wall, cpu = min(cost.wall for cost in resumed), min(cost.cpu for cost in resumed)
    beside = f"{one:.2f} s, a run of one op"
    return [
        Figure("a resume of 1,000 ops with one left", wall, "s", beside, wall / one, limit=0.6, reach=0.3),
        Figure("the same, CPU", cpu, "s", limit=0.6, reach=0.3),
    ]


if __name__ == "__main__":
    print(table(figures()))
