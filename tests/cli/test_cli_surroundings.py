"""Surroundings that a command may find itself in: no folder, no /proc, words that are no UTF-8. None is a bug of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagjob.__main__ import main

JOBS = """
import shutil
from dagjob import job, op

@op
def one():
    shutil.rmtree("../project", ignore_errors=True)
    raise ValueError("boom")

@op
def two():
    return 1

@job
def removes():
    one()

@job
def daily():
    two()
"""
NO_TEXT = b"a\xff\xfe".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("command", [["list"], ["run", "daily"], ["runs", "list"], ["show", "x"], ["validate"]])
def test_a_current_folder_that_is_gone_is_said(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    try:
        assert main(command) == 2
    finally:
        os.chdir(tmp_path)
    assert "current folder" in capsys.readouterr().err


def test_an_op_that_removes_the_current_folder_is_reported_like_any_other(
    project: Callable[..., Path], dagjob: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    project("jobs.py", JOBS)
    code, _, err = dagjob("--home", str(tmp_path / "home"), "run", "jobs.py:removes")
    assert code == 1 and "boom" in err and "warning" not in err


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["runs", "show", NO_TEXT], 5),
        (["runs", "logs", NO_TEXT], 5),
        (["runs", "logs", "latest", NO_TEXT], 5),
        (["runs", "output", "latest", NO_TEXT], 5),
        (["runs", "list", "--job", NO_TEXT], 5),
        (["runs", "list", "-t", f"{NO_TEXT}={NO_TEXT}"], 5),
        (["show", NO_TEXT], 5),
        (["run", NO_TEXT], 5),
    ],
)
def test_a_word_that_is_no_utf_8_is_a_name_like_any_other(
    command: list[str],
    code: int,
    project: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from dagjob import events as ev
    from dagjob.storage.paths import StateDir
    from dagjob.storage.runs import RunStore

    monkeypatch.chdir(project())
    with RunStore.create(StateDir(str(project() / ".dagjob")), "first") as store:
        store(ev.RunStarted(1e9, "first", "daily", "jobs:daily", "multiprocess", 2, 1))
        store(ev.RunEnded(1e9, "success", 1.0, {}))
    assert main(command) == code
    assert "DJ901" not in capsys.readouterr().err


@pytest.mark.skipif(
    shutil.which("unshare") is None or sys.platform != "linux" or os.geteuid() != 0, reason="only root can hide /proc"
)
def test_without_proc_a_job_runs(project: Callable[..., Path], clean_env: dict[str, str]) -> None:
    project("jobs.py", JOBS)
    hidden = 'umount -l /proc || exit 77; exec "$0" -m dagjob run jobs.py:daily -q'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", hidden, sys.executable],
        cwd=project(),
        env=clean_env,
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this container does not let it be hidden")
    assert done.returncode == 0, done.stderr
