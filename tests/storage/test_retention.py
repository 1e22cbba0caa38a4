"""What becomes of the outputs of earlier runs, and that no run waits for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from recorded_runs import good_run, started

from dagjob import clock
from dagjob import events as ev
from dagjob.errors import DagjobUsageError
from dagjob.launch.settings import find_project
from dagjob.storage.paths import DAY, StateDir, retention_is_due
from dagjob.storage.retention import BUDGET, Retention
from dagjob.storage.runs import RunStore


@pytest.fixture
def record(state):
    """Records a run with two stored outputs; its age in seconds, how it ended, and which run it resumes."""

    def add(run_id, age=0.0, status="success", parent=None):
        at = clock.time() - age
        with RunStore.create(state, run_id) as store:
            for event in [
                *good_run(run_id, at=at, parent_run_id=parent)[:-1],
                ev.RunEnded(at + 1, status, 1.0, {status: 1}),
            ]:
                store(event)
        for name in ("a", "b"):
            path = Path(state.out(run_id), name, "result")
            path.parent.mkdir(parents=True)
            path.write_bytes(b"x" * 500)
        Path(state.logs(run_id)).mkdir()
        return run_id

    return add


def kept(state):
    return sorted(name for name in os.listdir(state.runs) if os.path.exists(state.out(name)))


def all_of_it(state, budget=BUDGET, **limits):
    os.utime(state.retention, (0, 0))
    while retention_is_due(state, clock.time()):
        Retention(state, limits, budget).close()


def test_outputs_of_successful_runs_go_by_number_or_age_and_logs_and_failed_runs_stay(state, record, look):
    record("r1", 90 * DAY)
    record("r2", 80 * DAY, "failed")
    record("r3", 50 * DAY)
    record("r4", 40 * DAY, "canceled")
    for n in range(5, 9):
        record(f"r{n}")
    all_of_it(state, runs=200, age=60 * DAY)
    assert kept(state) == ["r2", "r3", "r4", "r5", "r6", "r7", "r8"]
    all_of_it(state, runs=3, age=60 * DAY)
    assert kept(state) == ["r2", "r4", "r6", "r7", "r8"]
    assert len(look(state).runs()) == 8
    assert os.path.isdir(state.logs("r1"))
    all_of_it(state, runs=0)
    assert kept(state) == ["r2", "r4"]


def test_a_run_that_another_one_is_resumed_from_keeps_its_outputs_as_long_as_that_is_listed(state, record):
    record("a1")
    record("a2", parent="a1")
    record("a3", status="failed", parent="a2")
    record("b1", status="failed")
    record("b2", parent="b1")
    record("z")
    all_of_it(state, runs=1)
    assert kept(state) == ["a1", "a2", "a3", "b1", "z"]
    record("a4", parent="a3")
    with RunStore.create(state, "going on") as store:
        store(started("going on", at=clock.time(), parent_run_id="z"))
        store.flush()
        all_of_it(state, runs=1)
        assert kept(state) == ["a1", "a2", "a3", "b1", "z"]


@pytest.mark.parametrize("budget", [BUDGET, 1e-9])
def test_the_oldest_go_until_all_that_is_left_fits(budget, state, record):
    for n in range(1, 6):
        record(f"r{n}", status="failed" if n == 2 else "success")
    all_of_it(state, budget, size=2500)
    assert kept(state) == ["r2", "r4", "r5"]
    all_of_it(state, budget, size=5000)
    assert kept(state) == ["r2", "r4", "r5"]


def test_what_a_run_has_no_time_for_is_done_by_the_next_ones(state, record):
    for n in range(1, 6):
        record(f"r{n}")
    assert not retention_is_due(state, clock.time()), "a new directory has nothing that is old"
    assert retention_is_due(state, clock.time() + DAY)
    assert retention_is_due(state, clock.time() - 2 * DAY), "the clock was set back"
    os.utime(state.retention, (0, 0))
    sink = Retention(state, {"runs": 1}, budget=0.0)
    assert not retention_is_due(state, clock.time()), "others leave it to the run that does it"
    sink.close()
    assert retention_is_due(state, clock.time())
    assert len(kept(state)) == 5
    all_of_it(state, runs=1)
    assert kept(state) == ["r5"]


def test_pieces_are_done_while_the_run_goes_on(state, record):
    for n in range(1, 4):
        record(f"r{n}")
    os.utime(state.retention, (0, 0))
    sink = Retention(state, {"runs": 1}, budget=5.0)
    while (wish := sink.next_refresh()) is not None:
        time.sleep(wish)
        sink.tick(clock.time())
    assert kept(state) == ["r3"]
    sink.close()


def test_a_run_of_the_command_does_it_when_it_is_due(project, dagjob):
    project("pyproject.toml", "[tool.dagjob]\nretention = { runs = 1 }\n")
    project("jobs.py", "from dagjob import job, op\n@op\ndef one(): return 1\n@job\ndef j(): one()\n")
    state = StateDir(str(project() / ".dagjob"))
    for _ in range(2):
        assert dagjob("run", "jobs.py", "-e", "in_process").code == 0
    assert len(kept(state)) == 2
    os.utime(state.retention, (0, 0))
    assert dagjob("run", "jobs.py").code == 0
    assert len(kept(state)) <= 2, "a machine that is busy leaves the other one to the next run"
    gone = dagjob("runs", "output", next(name for name in os.listdir(state.runs) if name not in kept(state)), "one")
    assert gone.code == 7
    assert "retention" in gone.stderr


def test_a_history_that_cannot_be_read_troubles_no_run(state, record):
    record("r1")
    Path(state.db).write_bytes(b"no database at all" * 1000)
    all_of_it(state, runs=0)
    assert kept(state) == ["r1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3", "must be a table"),
        ("{ run = 1 }", 'Did you mean "runs"?'),
        ("{ runs = -1 }", "a number of runs, not -1"),
        ('{ runs = "3" }', "a number of runs, not '3'"),
        ("{ age = 3 }", 'a time such as "60d", not 3'),
        ('{ size = "lots" }', "not 'lots'"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(tmp_path, text, told):
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool.dagjob]\nretention = {text}\n")
    with pytest.raises(DagjobUsageError) as caught:
        find_project(str(tmp_path))
    assert told in str(caught.value)
    assert caught.value.place.line == 2


def test_settings_replace_the_defaults(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.dagjob]\nretention = { runs = 5, age = "2d", size = "1.5GB" }\n')
    project = find_project(str(tmp_path))
    assert project.settings.retention == {"runs": 5, "age": 2 * DAY, "size": 1_500_000_000}
    path.write_text("[tool.dagjob]\nretention = {}\n")
    assert find_project(str(tmp_path)).settings.retention == {}
