"""The state directory is for its owner: what ops printed and returned, and pickles that run code as their reader."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = """
import os, sys
from dagjob import job, op

@op
def one():
    os.umask({inside})
    print("printed")
    return [1]

@op
def two(value):
    if os.path.exists("break"):
        raise ValueError("broken")
    return value

@job
def etl():
    two(one())
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(project, clean_env) -> Run:
    def command(*args: str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dagjob", *args],
            cwd=project(),
            env=clean_env,
            capture_output=True,
            text=True,
            umask=umask,
        )

    return command


def too_wide(folder: Path) -> list[str]:
    """What anybody but its owner has a right to, or its owner has not."""
    found = []
    for path in [folder, *folder.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        if stat.S_IMODE(path.stat().st_mode) != wanted:
            found.append(f"{path.relative_to(folder)} {path.stat().st_mode:o}")
    return found


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
def test_state_is_for_its_owner_whatever_the_umask(run: Run, project, umask: int, executor: str) -> None:
    project("jobs.py", JOBS.format(inside=umask))
    done = run("run", "etl", "-e", executor, umask=umask)
    assert done.returncode == 0, done.stderr
    run("list", umask=umask)
    state = project() / ".dagjob"
    assert {"dagjob.db", "index.json", "runs"} <= {path.name for path in state.iterdir()}
    assert too_wide(state) == []


def test_an_op_that_takes_all_rights_away_spoils_nothing(run: Run, project) -> None:
    project("jobs.py", JOBS.format(inside=0o777))
    assert run("run", "etl").returncode == 0
    assert too_wide(project() / ".dagjob") == []


def test_a_state_directory_that_others_may_enter_is_said_once(run: Run, project) -> None:
    project("jobs.py", JOBS.format(inside=0o022))
    (project() / ".dagjob").mkdir(mode=0o755)
    first, second = run("run", "etl"), run("run", "etl")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "chmod -R go=" in first.stderr
    assert "chmod" not in second.stderr


def test_a_stored_value_that_others_may_write_is_refused(project, tmp_path) -> None:
    from dagjob.builtin.fs_io import read_pickle, write_pickle
    from dagjob.errors import DagjobInvariantViolationError

    path = str(tmp_path / "made" / "value")
    write_pickle(path, [1], private=True)
    assert read_pickle(path) == [1]
    for mode in (0o602, 0o620):
        os.chmod(path, mode)
        with pytest.raises(DagjobInvariantViolationError, match="other users may write") as refused:
            read_pickle(path)
        assert "chmod go-w" in str(refused.value.notes)


def test_a_folder_of_the_users_own_can_be_read_by_others_and_not_written(tmp_path) -> None:
    from dagjob.builtin.fs_io import write_pickle

    before = os.umask(0)
    try:
        write_pickle(str(tmp_path / "shared" / "run" / "value"), 1, private=False)
    finally:
        os.umask(before)
    assert [
        stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("shared", "shared/run", "shared/run/value")
    ] == [
        0o755,
        0o755,
        0o644,
    ]


def test_the_first_run_outside_a_project_says_where_its_state_is(tmp_path, clean_env) -> None:
    folder = tmp_path / "loose"
    folder.mkdir()
    (folder / "jobs.py").write_text(JOBS.format(inside=0o022))

    def command() -> str:
        run = [sys.executable, "-m", "dagjob", "run", "jobs.py"]
        return subprocess.run(run, cwd=folder, env=clean_env, capture_output=True, text=True).stderr

    first, second = command(), command()
    assert str(tmp_path / "xdg-state" / "dagjob" / "loose-") in first
    assert "belongs to no project" in first
    assert "project" not in second
