"""What a backfill costs: 365 partitions of a job of two ops, beside the cost of their 730 ops and one start-up.

The cost of an op is what the same two ops cost 365 times in one run, with the same workers: one run of 730 ops less one of
two. Start-up is a backfill of one partition less the cost of its two ops. So the ratio tells what the 365 runs cost that
the ops stand in: plan, history, files. All four commands take turns, and the ratio is the median of those of each turn, so that
what else the machine does hits both sides alike.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from measure import DAGJOB, Cost, Figure, isolated, project, run, table

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

@job
def once():
    step(begin())

@job
def often():
    for _ in range(365):
        step(begin())
"""
PARTITIONS, OPS = 365, 2


def figures(times: int = 5) -> list[Figure]:
    commands = {
        "once": ("run", "year.py:once"),
        "often": ("run", "year.py:often"),
        "one": ("backfill", "year.py:year", "--last", "1"),
        "all": ("backfill", "year.py:year", "--all"),
    }
    with project({"year.py": YEAR}) as root:
        (root / "how.yaml").write_text(isolated("preloaded"))
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(times):
            for name, words in commands.items():
                costs[name].append(_cost(words, root))
    rows = []
    for what, by in (("by the clock", "wall"), ("CPU", "cpu")):
        turns = []
        for once, often, one, everything in zip(*costs.values(), strict=True):
            op = (getattr(often, by) - getattr(once, by)) / (PARTITIONS * OPS - OPS)
            start, took = getattr(one, by) - OPS * op, getattr(everything, by)
            turns.append(((took - start) / (PARTITIONS * OPS * op), took, op, start))
        ratio, took, op, start = sorted(turns)[len(turns) // 2]
        beside = f"{PARTITIONS * OPS} ops of {op * 1e3:.2f} ms + {start:.2f} s"
        name = f"a backfill of {PARTITIONS} partitions, {what}"
        rows.append(Figure(name, took, "s", beside, ratio, limit=1.2, judged_by="ratio"))
    return rows


def _cost(words: tuple[str, ...], root: Path) -> Cost:
    """That of a command that finds no history, on one worker."""
    shutil.rmtree(root / ".dagjob", ignore_errors=True)
    return run([*DAGJOB, *words, "-c", "how.yaml", "-j", "1", "--format", "plain"], root)


if __name__ == "__main__":
    print(table(figures()))
