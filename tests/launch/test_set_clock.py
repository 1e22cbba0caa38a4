"""A clock that is set while a run goes on: nothing ends before it began, and nothing takes less than no time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dagjob import events as ev
from dagjob.run_view import RunView
from dagjob.storage.runs import RunStore

JOBS = """
    import time

    from dagjob import job, op


    @op
    def sets_the_clock_back():
        time.offset = -3600.0
        return 1


    @op
    def after(x):
        return x


    @job
    def setting():
        after(sets_the_clock_back())
"""

DAGJOB = """
import time

real = time.time
time.offset = float({offset})
time.time = lambda: real() + time.offset  # as dagjob will find it

from dagjob.__main__ import main

raise SystemExit(main({arguments!r}))
"""
"""The command, in a process whose clock can be set."""


@pytest.mark.parametrize(
    ("executor", "offset"),
    [
        ("in_process: {}", 0),
        ("multiprocess: {start_method: {lean: {}}}", 3600),  # As if it had been set back after the start.
        ("multiprocess: {start_method: {spawn: {}}}", 3600),
    ],
)
def test_a_clock_that_is_set_back_makes_no_time_go_backwards(executor, offset, project, clean_env):
    project("jobs.py", JOBS)
    project("way.yaml", f"execution: {{config: {{{executor}}}}}")
    program = DAGJOB.format(offset=offset, arguments=["run", "jobs.py", "-c", "way.yaml", "--format", "jsonl"])
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project(), env=clean_env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    ops = [event for event in events if event["event"] in ("run.start", "op.start", "op.end", "run.end")]
    assert [event["ts"] for event in ops] == sorted(event["ts"] for event in ops)
    assert 0 <= events[-1]["seconds"] < 60


def test_a_run_that_was_recorded_with_such_times_is_shown_with_the_least_that_they_can_be():
    told = (
        ev.RunStarted(5000.0, "odd", "etl", "jobs:etl", "in_process", 1, 1),
        ev.PlanMade(5000.0, (ev.PlannedOp("load", "load"),)),
        ev.StepStarted(5000.0, "load", 1, 1),
        ev.StepSucceeded(1402.0, "load", 1, 2.0),
        ev.RunEnded(1402.0, "success", -3598.0, {"success": 1}),
    )
    view = RunView()
    with RunStore.in_memory() as store:
        for event in told:
            view(event)
            store(event)
        row = store.history().find("odd")
    assert (row.started, row.ended, row.seconds) == (5000.0, 5000.0, 0.0)
    assert view.ended is not None
    assert (view.ended.at, view.ended.seconds, view.elapsed(1402.0)) == (5000.0, 0.0, 0.0)
    assert view.ops["load"].span() == 2.0
