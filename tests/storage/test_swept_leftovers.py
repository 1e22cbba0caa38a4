"""What killed processes leave on disk, and who removes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_runs import planned, started

from dagjob.storage.history import History
from dagjob.storage.leftovers import sweep_run, sweep_temporary
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore, connected


@pytest.fixture
def ended_pid() -> int:
    """The number of a process that is gone."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def half_written(state: StateDir, run_id: str, pid: int) -> Path:
    path = Path(state.out(run_id), "load", f".result.{pid}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return path


KILLED = """
import os, sys
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore
sys.path.insert(0, sys.argv[2])
from recorded_runs import planned, started
store = RunStore.create(StateDir(sys.argv[1]), "7c3f9a2d-dead")
store(started("7c3f9a2d-dead"))
store(planned("load"))
store.flush()
os.kill(os.getpid(), 9)
"""


def killed_run(root: Path) -> StateDir:
    subprocess.run([sys.executable, "-c", KILLED, str(root), os.path.dirname(__file__)])
    return StateDir(str(root))


def test_what_a_killed_run_had_half_written_is_gone_when_its_end_is_written_down(
    tmp_path: Path, ended_pid: int
) -> None:
    state = killed_run(tmp_path / "state")
    left = half_written(state, "7c3f9a2d-dead", ended_pid)
    whole = left.with_name("result")
    whole.write_bytes(b"whole")
    named_so = [left.with_name(f"graph.{ended_pid}.{name}") for name in ("tmp", "new")]  # outputs of an op 4711 may be
    for output in named_so:
        output.write_bytes(b"whole")
    draft = Path(state.root, f"index.json.{ended_pid}.new")
    draft.write_bytes(b"half")
    history = History.open(state)
    assert history is not None
    history.close()
    assert (left.exists(), draft.exists(), whole.exists()) == (False, False, True)
    assert all(output.exists() for output in named_so)


def test_what_a_living_process_writes_stays(tmp_path: Path) -> None:
    state = StateDir(str(tmp_path))
    mine = half_written(state, "7c3f9a2d", os.getpid())
    sweep_run(state, "7c3f9a2d")
    assert mine.exists()


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="tells a process by its number alone")
def test_what_a_process_has_left_that_nobody_has_buried_yet_is_removed(tmp_path: Path) -> None:
    state = StateDir(str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        its = half_written(state, "7c3f9a2d", process.pid)
        sweep_run(state, "7c3f9a2d")
        assert not its.exists()


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="tells a process by its number alone")
def test_a_process_that_is_younger_than_the_file_has_not_written_it(tmp_path: Path) -> None:
    state = StateDir(str(tmp_path))
    others = half_written(state, "7c3f9a2d", os.getpid())
    os.utime(others, (1_000_000, 1_000_000))
    sweep_run(state, "7c3f9a2d")
    assert not others.exists()


def test_the_folder_of_a_killed_run_without_a_record_is_gone_after_the_next(tmp_path: Path) -> None:
    killed_run(tmp_path / "dagjob-killed")
    other = tmp_path / "dagjob-of-the-user"
    other.mkdir()
    with RunStore.create(StateDir(str(tmp_path / "dagjob-alive")), "7c3f9a2d") as store:
        store(started("7c3f9a2d"))
        store(planned("load"))
        store.flush()
        sweep_temporary(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["dagjob-alive", "dagjob-of-the-user"]


def test_a_run_without_a_record_sweeps_the_folder_for_temporary_files(
    project: Callable[..., Path], dagjob: Callable[..., Any], tmp_path: Path
) -> None:
    killed_run(tmp_path / "temporary" / "dagjob-killed")
    project("jobs.py", "from dagjob import job, op\n@op\ndef a(): pass\n@job\ndef one(): a()\n")
    assert dagjob("run", "jobs.py:one", "--no-state", env={"TMPDIR": str(tmp_path / "temporary")}).code == 0
    assert os.listdir(tmp_path / "temporary") == []


def test_a_run_that_was_made_ahead_stays_as_long_as_its_maker_or_somebody_has_its_lock(
    tmp_path: Path, ended_pid: int
) -> None:
    state = StateDir(str(tmp_path))
    connection = connected(state)
    store = RunStore.create(state, "mine", connection=connection, ahead=True)
    mine = Path(state.ahead, f"mine.{os.getpid()}")
    elsewhere = mine.rename(mine.with_name(f"mine.{ended_pid}"))  # as a process of another container looks
    left = Path(state.ahead, f"left.{ended_pid}")
    (left / "logs").mkdir(parents=True)
    (left / "lock").touch()
    foreign = Path(state.ahead, "notes")
    foreign.mkdir()
    sweep_run(state, "7c3f9a2d")
    assert sorted(Path(state.ahead).iterdir()) == sorted([elsewhere, foreign])
    store.close()
    sweep_run(state, "7c3f9a2d")
    assert list(Path(state.ahead).iterdir()) == [foreign]
    foreign.rmdir()
    sweep_run(state, "7c3f9a2d")
    assert not os.path.exists(state.ahead)
    connection.close()
