"""What it costs to define: a job of 1,000 ops, and whether one of 10,000 costs ten times as much, for several shapes.

Each shape is a function that defines one job of so many ops, in a fresh interpreter, without running anything. Beside
the time for one job of 10,000 ops stands that for ten jobs of 1,000: what is linear comes out at 1.
"""

from __future__ import annotations

from pathlib import Path

from measure import Figure, project, python, table

SHAPES = {
    "one op, used again and again": """
def define(count):
    @op
    def begin() -> int: return 1
    @op
    def step(x: int) -> int: return x
    @job
    def made():
        value = begin()
        for _ in range(count - 1):
            value = step(value)
""",
    "an op of its own for each node": """
def define(count):
    ops = []
    for number in range(count):
        @op(name=f"op_{number}", config_schema={"n": Field(int, default_value=1)}, tags={"kind": "bench"})
        def step(context, x: int = 0) -> int: return x
        ops.append(step)
    @job
    def made():
        value = ops[0]()
        for each in ops[1:]:
            value = each(value)
""",
    "fan-in of all": """
def define(count):
    @op
    def one() -> int: return 1
    @op
    def total(numbers: list[int]) -> int: return sum(numbers)
    @job
    def made():
        total([one.alias(f"one_{number}")() for number in range(count - 1)])
""",
    "graphs of ten ops": """
def define(count):
    @op
    def step(x: int) -> int: return x
    @graph
    def ten(x):
        for _ in range(10):
            x = step(x)
        return x
    @op
    def begin() -> int: return 1
    @job
    def made():
        value = begin()
        for _ in range(count // 10):
            value = ten(value)
""",
}

TIMED = """
import time
from dagjob import Field, graph, job, op
{shape}
define(10)
best = None
for _ in range({times}):
    start = time.perf_counter()
    for _ in range({jobs}):
        define({ops})
    took = time.perf_counter() - start
    best = took if best is None else min(best, took)
print(best)
"""


def figures() -> list[Figure]:
    """For each shape one job of 1,000 ops, and one of 10,000 beside ten of 1,000."""
    rows = []
    with project({}) as root:
        for name, shape in SHAPES.items():
            thousand = _seconds(root, shape, jobs=1, ops=1_000, times=5)
            ten_small = _seconds(root, shape, jobs=10, ops=1_000, times=3)
            one_large = _seconds(root, shape, jobs=1, ops=10_000, times=3)
            beside = f"ten jobs of 1,000: {ten_small:.2g} s"
            rows.append(Figure(f"define 1,000 ops: {name}", thousand, "s", "", None, 1.0, 0.25))
            rows.append(
                Figure(f"define 10,000 ops: {name}", one_large, "s", beside, one_large / ten_small, 3, 1.5, "ratio")
            )
    return rows


def _seconds(root: Path, shape: str, *, jobs: int, ops: int, times: int) -> float:
    return python(TIMED.format(shape=shape, jobs=jobs, ops=ops, times=times), root)


if __name__ == "__main__":
    print(table(figures()))
