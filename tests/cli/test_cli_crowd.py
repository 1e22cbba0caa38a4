"""Many commands at once on one state directory that is not there yet: everybody gets through, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

RUNS = 8
JOBS = """
import os
from dagjob import job, op

@op
def one(context):
    context.log.info("said")
    return 1

@op
def two(x):
    if os.environ.get("BAD"):
        raise ValueError("not now")

@job
def both():
    two(one())
"""


def test_runs_at_once_all_succeed_and_are_in_the_history_while_others_read_and_prune(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    def fail_and_resume(*how: str) -> Any:
        failed = dagjob("run", "jobs.py", "-f", "id", *how, env={"BAD": "1"})
        assert failed.code == 1, failed.stderr
        return dagjob("resume", failed.stdout.strip())

    project("jobs.py", JOBS)
    with ThreadPoolExecutor(RUNS + 2) as crowd:
        how = [("-e", "in_process"), ("-j", "1")]
        runs = [crowd.submit(dagjob, "run", "jobs.py", *how[number % 4 == 3]) for number in range(RUNS - 2)]
        runs += [crowd.submit(fail_and_resume, *each) for each in how]
        others = [
            crowd.submit(dagjob, "runs", *words)
            for words in (("list", "-f", "json"), ("prune", "--keep", "100", "-y"), ("list", "-f", "json"))
        ]
        done = [each.result() for each in runs]
        looked = [each.result() for each in others]
    assert [each.code for each in done] == [0] * RUNS, [each.stderr for each in done]
    assert all(each.code in (0, 5) for each in looked), [each.stderr for each in looked]  # 5: nothing is recorded yet
    assert not any("locked" in each.stderr for each in (*done, *looked))
    kept = json.loads(dagjob("runs", "list", "-f", "json").stdout)["runs"]
    assert sorted(run["status"] for run in kept) == ["failed"] * 2 + ["success"] * RUNS
    assert sum(run["ops"].get("reused", 0) for run in kept) == 2
    assert len(list((project() / ".dagjob" / "runs").iterdir())) == RUNS + 2
    left = dagjob("runs", "prune", "--keep", "1", "-y")
    assert f"removed {RUNS + 1} runs" in left.stderr
