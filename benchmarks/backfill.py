"""What a backfill costs: 365 partitions of a job of two ops, beside the cost of their 730 ops and one start-up.

The cost of an op is that of `per_op.py`: one more op of a chain, in a process of its own. Start-up is a backfill of one
partition less the cost of its two ops. So the ratio tells what the 365 runs cost that the ops stand in: plan, history, files.
"""

from __future__ import annotations

from measure import DAGJOB, Cost, Figure, isolated, project, quietest, run, table
from per_op import CHAIN

YEAR = """
from dagjob import DailyPartitionsDefinition, job, op

@op
def begin() -> int:
    return 0

@op
def step(x: int) -> int:
    return x + 1

@job(partitions_def=DailyPartitionsDefinition("2023-01-01", end_date="2024-01-01"))
def year():
    step(begin())
"""
PARTITIONS, OPS = 365, 2


def figures(times: int = 3) -> list[Figure]:
    with project({"chain.py": CHAIN, "year.py": YEAR}) as root:
        (root / "how.yaml").write_text(isolated("preloaded"))

        def cost(*words: str) -> Cost:
            argv = [*DAGJOB, *words, "-c", "how.yaml", "--format", "plain"]
            return quietest(lambda: run(argv, root), times)

        short, long = cost("run", "chain.py:short"), cost("run", "chain.py:long")
        one = cost("backfill", "year.py:year", "--last", "1")
        all_of_them = cost("backfill", "year.py:year", "--all")
    rows = []
    for what, by in (("by the clock", "wall"), ("CPU", "cpu")):
        op = (getattr(long, by) - getattr(short, by)) / 100
        start = getattr(one, by) - OPS * op
        took = getattr(all_of_them, by)
        ratio = (took - start) / (PARTITIONS * OPS * op)
        beside = f"{PARTITIONS * OPS} ops of {op * 1e3:.2f} ms + {start:.2f} s"
        limits = {"limit": 1.2, "judged_by": "ratio"} if by == "wall" else {}
        rows.append(Figure(f"a backfill of {PARTITIONS} partitions, {what}", took, "s", beside, ratio, **limits))
    return rows


if __name__ == "__main__":
    print(table(figures()))
