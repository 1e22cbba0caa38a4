"""A sink that fails never stops the ops; if it is the run store, the run ends with exit 7 and says so.

Through the command, with disks that are really full and pipes that really break. The job of these tests stops in its
first op until the test says go on, so that what breaks breaks in the middle of a run.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dagjob.errors import ExitCode

JOBS = """
    from pathlib import Path

    from dagjob import In, Nothing, Out, job, op

    HERE = Path(__file__).parent


    @op(out=Out(Nothing))
    def first():
        (HERE / "reached").write_text("")  # a pipe: opening it waits until the test has opened it, too
        (HERE / "go on").read_text()


    @op(ins={"after": In(Nothing)}, out=Out(Nothing))
    def second():
        (HERE / "second ran").touch()


    @job
    def two():
        second(first())
"""


@pytest.fixture
def midway(project: Callable[..., Path], start: Callable[..., subprocess.Popen[str]]) -> Callable[..., Any]:
    """`midway(do, *options)` runs the job, calls `do(process)` while it is in its first op, and returns its end."""
    root = project("jobs.py", JOBS).parent
    for name in ("reached", "go on"):
        os.mkfifo(root / name)

    def run(do: Callable[[subprocess.Popen[str]], object], *options: str) -> tuple[int, str, str]:
        process = start("run", "jobs.py", *options)
        (root / "reached").read_text()
        do(process)
        (root / "go on").write_text("")
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout, stderr

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def begun(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """The run, when the start of its first op was shown as a JSON line, so it is in the history."""
    assert process.stdout is not None
    while "op.start" not in process.stdout.readline():
        assert process.poll() is None
    return process


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with open(disk / "ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def may_not_write(process: subprocess.Popen[str]) -> None:
    """From now on the process, and nothing below it, finds the disk full."""
    resource.prlimit(begun(process).pid, resource.RLIMIT_FSIZE, (0, 0))


def ends(stdout: str) -> dict[str, str]:
    """How the ops and the run ended, as JSON lines tell it."""
    events = [json.loads(line) for line in stdout.splitlines()]
    return {event.get("op", "run"): event["status"] for event in events if event["event"] in ("op.end", "run.end")}


# -- the store -----------------------------------------------------------------------------------------------------


def test_a_store_that_cannot_write_stops_no_op_and_ends_the_run_with_7(midway, project):
    code, stdout, stderr = midway(may_not_write, "--format", "jsonl")
    assert code == ExitCode.STATE == 7
    assert (project() / "second ran").exists()
    assert ends(stdout) == {"first": "success", "second": "success", "run": "success"}
    assert "state directory cannot be written" in stderr
    assert "Traceback" not in stderr


def test_a_disk_that_fills_up_while_a_run_writes_to_it_stops_no_op(midway, project, small_disk):
    code, stdout, stderr = midway(
        lambda process: begun(process) and fill(small_disk), "--format", "jsonl", "--home", str(small_disk / "state")
    )
    assert code == ExitCode.STATE
    assert (project() / "second ran").exists()
    assert ends(stdout) == {"first": "success", "second": "success", "run": "success"}
    assert "state directory cannot be written" in stderr
    assert "Traceback" not in stderr


def test_a_disk_that_is_full_from_the_start_ends_the_run_with_7_before_any_op(dagjob, project, small_disk):
    project("jobs.py", JOBS)
    fill(small_disk)
    done = dagjob("run", "jobs.py", "--home", str(small_disk / "state"))
    assert done.code == ExitCode.STATE
    assert not (project() / "second ran").exists()
    assert str(small_disk) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_lost_its_store_is_listed_as_crashed_with_what_was_kept(midway, dagjob):
    midway(may_not_write, "--format", "jsonl")
    (run,) = json.loads(dagjob("runs", "list", "--format", "json").stdout)["runs"]
    assert run["status"] == "crashed"
    assert run["ops"] == {"failed": 1, "not_run": 1}


def test_a_failed_op_and_a_failed_store_end_with_7(dagjob, project, midway):
    project("jobs.py", JOBS.replace('(HERE / "second ran").touch()', 'raise ValueError("boom")'))
    code, stdout, _ = midway(may_not_write, "--format", "jsonl")
    assert code == ExitCode.STATE
    assert ends(stdout) == {"first": "success", "second": "failed", "run": "failed"}
    assert "boom" in stdout


# -- displays ------------------------------------------------------------------------------------------------------


def history(dagjob: Callable[..., Any]) -> dict[str, Any]:
    """The one run that was made."""
    (run,) = json.loads(dagjob("runs", "list", "--format", "json").stdout)["runs"]
    return dict(run)


@pytest.mark.parametrize("form", ["plain", "jsonl"])
def test_a_reader_that_goes_away_stops_no_op_and_is_exit_141(form, midway, project, dagjob):
    def hang_up(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()
        process.stdout = process.stderr = None  # so that nobody reads them at the end

    code, _, _ = midway(hang_up, "--format", form)
    assert code == ExitCode.SIGPIPE == 141
    assert (project() / "second ran").exists()
    assert history(dagjob)["status"] == "success"
    assert history(dagjob)["ops"] == {"success": 2}


@pytest.mark.parametrize("form", ["jsonl", "json", "id"])
def test_an_answer_that_a_full_disk_has_lost_is_no_success(form, project, dagjob, clean_env):
    project("jobs.py", "from dagjob import job, op\n@op\ndef one(): return 1\n@job\ndef small(): one()\n")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "dagjob", "run", "jobs.py", "-e", "in_process", "--format", form],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=project(),
            env=clean_env,
        )
    assert done.returncode == ExitCode.STATE == 7
    told = [line for line in done.stderr.splitlines() if "cannot write" in line or "warning" in line]
    assert told == ["error[DJ501]: cannot write stdout: No space left on device"]
    assert "Traceback" not in done.stderr
    assert history(dagjob)["status"] == "success"


@pytest.mark.parametrize("form", ["jsonl", "id"])
def test_failures_are_told_though_the_answer_is_lost(form, project, clean_env):
    project(
        "jobs.py", "from dagjob import job, op\n@op\ndef one(): raise ValueError('boom')\n@job\ndef small(): one()\n"
    )
    command = [sys.executable, "-m", "dagjob", "run", "jobs.py", "-e", "in_process", "--format", form]
    for stdout, code in (("/dev/full", ExitCode.STATE), ("| true", ExitCode.SIGPIPE)):
        if stdout == "| true":
            reading, writing = os.pipe()
            os.close(reading)
        else:
            writing = os.open(stdout, os.O_WRONLY)
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=project(), env=clean_env)
        os.close(writing)
        assert done.returncode in (code, ExitCode.FAILED)
        assert done.stderr.count("error[DJ401]: one failed") == 1
        told = [line for line in done.stderr.splitlines() if not line.startswith("go on with: dagjob resume ")]
        assert told[-1].endswith(": 1 failed")
