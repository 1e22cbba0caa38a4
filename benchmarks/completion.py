"""What a press of Tab costs: CPU time of `dagjob __complete`, in a project of 200 jobs with a history of 10,000 runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from statistics import median

from history import filled
from measure import DAGJOB, IN_PROCESS, Figure, project, run, table
from startup import TWO_OPS, compiled

TIMES = 9
LINES = {
    "a command": "ru",
    "a job": "run ",
    "an op": "run job_7 -s ",
    "a partition": "run job_7 -p 2026",
    "a config path": "run job_7 --set ",
    "a tag": "run job_7 -t ",
    "a run": "runs show ",
    "an error code": "explain DJ",
}


def figures() -> list[Figure]:
    """One figure for each kind of answer."""
    compiled()
    with project({"jobs.py": TWO_OPS, "in_process.yaml": IN_PROCESS}) as root:
        filled(root)
        _plant(root)
        return [_figure(what, line.split(" "), root) for what, line in LINES.items()]


def _figure(what: str, words: list[str], root: Path) -> Figure:
    ask, bare = [*DAGJOB, "__complete", "zsh", *words], [sys.executable, "-c", "pass"]
    run(ask, root), run(bare, root)
    pairs = [(run(ask, root).cpu, run(bare, root).cpu) for _ in range(TIMES)]
    cost, base = median(cpu for cpu, _ in pairs), median(cpu for _, cpu in pairs)
    beside = f"a bare interpreter: {base * 1000:.1f} ms"
    return Figure(f"completing {what}", cost * 1000, "ms CPU", beside, cost / base, 6, 4.5, judged_by="ratio")


def _plant(root: Path) -> None:
    """An index as `dagjob list` writes it."""
    jobs = [
        {
            "name": f"job_{number}",
            "target": f"jobs.py:job_{number}",
            "description": f"Job number {number}",
            "ops": [f"op_{op}" for op in range(30)],
            "config": [f"op_{op}.limit" for op in range(30)],
            "partitions": [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)],
            "tags": {"team": "data"},
        }
        for number in range(200)
    ]
    (root / ".dagjob" / "index.json").write_text(json.dumps({"format": 1, "files": {}, "jobs": jobs}))


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    print(table(figures()))
