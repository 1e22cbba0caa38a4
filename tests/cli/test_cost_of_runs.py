"""`-n` of `run`, `resume` and `backfill`: what it costs, from the history of the job."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planted_history import NOW, Plant, run_events

JOBS = """\
from dagjob import StaticPartitionsDefinition, job, op
@op
def load(): return 1
@op
def store(x): ...
@job(partitions_def=StaticPartitionsDefinition(list("abcd")))
def daily(): store(load())
"""


def test_a_dry_run_says_what_it_costs(plant: Plant, project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("jobs.py", JOBS)
    ends = ("success", "success", "failed", "success")
    for number, status in enumerate(ends):
        run_id, at = f"{number}" * 8 + "-0000-4000-8000-000000000000", NOW - 600 + 60 * number
        of_a = {"partition": "a", "tags": {"dagster/partition": "a"}}
        plant(run_events(run_id, at=at, status=status, ops=("load", "store"), seconds=40.0, **of_a))  # type: ignore[arg-type]
    shown = dagjob("run", "daily", "-p", "a", "-n", "-j", "3").stdout
    assert "about 40s with -j 3 (4 runs); critical path load > store\n more than 1 worker would not help" in shown
    told = json.loads(dagjob("run", "daily", "-p", "a", "-n", "-f", "json").stdout)
    assert [one["expected_seconds"] for one in told["ops"]] == [20.0, 20.0]
    assert told["forecast"]["seconds"] == 40.0
    left = dagjob("resume", "latest:failed", "-n", "-j", "1").stdout
    assert "~20s   failed" in left and "with -j 1 (4 runs)" in left
    many = dagjob("backfill", "daily", "--all", "--parallel", "2", "-j", "1", "-n")
    assert many.stdout.split() == list("abcd")
    assert "about 2m45s, 2 at a time, with -j 1 (4 runs)" in many.stderr
    assert "-j 2 would make it about 1m15s" in many.stderr
    assert not list(project().glob(".dagjob/runs/*/out"))
