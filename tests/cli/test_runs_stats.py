"""`dagjob runs stats`: how jobs and ops usually go."""

from __future__ import annotations

import json
from typing import Any

import pytest
from planted_history import DAY, NOW, Ask, Plant, run_events, step

from dagjob import events as ev
from dagjob.storage.statistics import Times


@pytest.fixture
def ten_runs(plant: Plant) -> None:
    """Ten of `daily`, of which one failed, one was canceled and two were flaky; `load` takes longer each time. One of `etl`."""
    runs = []
    for n in range(10):
        at = NOW - (10 - n) * DAY
        status: Any = {3: "failed", 5: "canceled"}.get(n, "success")
        tried = ev.ErrorInfo("OSError", "builtins", "not yet", text="OSError: not yet")
        again = n in (7, 8)
        first = [ev.StepStarted(at, "load", 1, 11, None), ev.StepRetrying(at, "load", 1, tried, 1.0, 0.0, 1)]
        steps = [
            *(first if again else []),
            *step("load", at, n + 1.0, failed=status == "failed", attempt=2 if again else 1),
            ev.StepsMapped(at, "parse[?]", ("parse[a]", "parse[b]")),
            *step("parse[a]", at, 0.5),
            *step("parse[b]", at, 1.5),
        ]
        runs.append(
            run_events(f"run-{n}", at=at, status=status, ops=("load", "parse[?]"), steps=steps, seconds=10.0 + n)
        )
    plant(*runs, run_events("other", "etl", ops=("only",)))


def test_each_op_has_its_counts_rates_and_times(ten_runs: None, ask: Ask) -> None:
    [found] = json.loads(ask("runs", "stats", "daily", "-f", "json").out)["jobs"]
    assert (found["runs"], found["statuses"]) == (10, {"success": 8, "failed": 1, "canceled": 1})
    assert (found["failed"], found["failure_rate"], found["median"], found["p95"]) == (1, 0.1, 15.0, 19.0)
    load, parse = found["ops"]
    assert (load["op"], load["count"], load["failed"], load["flaky"]) == ("load", 10, 1, 2)
    assert (load["failure_rate"], load["flaky_rate"], load["median"], load["p95"]) == (0.1, 0.2, 6, 10)
    assert load["trend"] == pytest.approx(9 / 4 - 1)  # 1 2 3 5 6 7, then 8 9 10: their medians
    assert (parse["op"], parse["count"], parse["median"], parse["trend"]) == ("parse[*]", 20, 1.0, 0.0)
    [found] = json.loads(ask("runs", "stats", "jobs.py:daily", "-f", "json", "-L", "2").out)["jobs"]
    assert (found["job"], found["runs"], found["statuses"]) == ("daily", 2, {"success": 2})
    [found, _] = json.loads(ask("runs", "stats", "--since", "3d12h", "-f", "json").out)["jobs"]
    assert found["runs"] == 3


def test_the_page_of_a_job_and_of_all_jobs(ten_runs: None, ask: Ask) -> None:
    page = [line.split() for line in ask("runs", "stats", "daily").out.splitlines()]
    assert ["daily", "the", "latest", "10", "runs:", "8", "success,", "1", "failed,", "1", "canceled"] in page
    assert ["load", "10", "1", "10%", "2", "20%", "6.0s", "10.0s", "+125%"] in page
    assert ["parse[*]", "20", "1.0s", "1.5s"] in page
    page = [line.split() for line in ask("runs", "stats").out.splitlines()]
    assert ["daily", "10", "1", "10%", "15.0s", "19.0s", "+42%"] in page
    assert ["etl", "1", "2.0s", "2.0s"] in page


def test_a_job_that_has_not_run_is_told(ten_runs: None, ask: Ask) -> None:
    done = ask("runs", "stats", "dayly")
    assert (done.code, done.out) == (5, "") and 'Did you mean "daily"?' in done.err
    done = ask("runs", "stats", "daily", "--since", "1h")
    assert (done.code, done.out) == (5, "") and "no run that has ended" in done.err
    assert ask("runs", "stats", "-L", "0").code == 2


@pytest.mark.parametrize(
    ("seconds", "times"),
    [
        ([], (None, None, None)),
        ([4.0], (4.0, 4.0, None)),
        ([1.0, 3.0], (2.0, 3.0, None)),
        ([1.0] * 99 + [50.0], (1.0, 1.0, 0.0)),
        ([1.0] * 90 + [50.0] * 10, (1.0, 50.0, 49.0)),
        ([0.0] * 9, (0.0, 0.0, None)),
    ],
)
def test_times_of_durations(seconds: list[float], times: tuple[float | None, ...]) -> None:
    assert Times.of(seconds) == Times(*times)
