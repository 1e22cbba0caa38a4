"""Logs of ops in this process: which file they are in, and when it is there."""

from __future__ import annotations

import os
from pathlib import Path

from dagjob.executors.capture import Capture


def test_what_a_quick_op_prints_is_in_its_own_log_when_it_has_ended(tmp_path: Path) -> None:
    capture = Capture()
    for name in ("first", "silent", "talks", "silent_too"):
        capture.aim_at(str(tmp_path / f"{name}.1.out"))
        with capture:
            if name == "talks":
                os.write(1, b"by descriptor\n")
                print("by stream")
        assert (tmp_path / "talks.1.out").exists() == (name in ("talks", "silent_too"))
    capture.close()
    assert [path.name for path in tmp_path.iterdir()] == ["talks.1.out"]
    assert (tmp_path / "talks.1.out").read_text() == "by descriptor\nby stream\n"


def test_an_op_that_is_told_of_before_it_runs_has_its_log_from_the_start(tmp_path: Path) -> None:
    capture = Capture()
    for name in ("a", "b", "c"):
        log = tmp_path / f"{name}.1.out"
        capture.aim_at(str(log))
        capture.leave()  # as before anything is shown
        with capture:
            assert log.exists()
    capture.close()
    assert list(tmp_path.iterdir()) == []


def test_a_log_whose_folder_was_removed_is_made_again(tmp_path: Path) -> None:
    capture = Capture()
    folder = tmp_path / "logs"
    capture.aim_at(str(folder / "a.1.out"))
    with capture:
        pass
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    capture.aim_at(str(folder / "b.1.out"))
    with capture:
        print("kept")
    capture.aim_at(str(folder / "c.1.out"))
    capture.close()
    assert (folder / "b.1.out").read_text() == "kept\n"
