"""`runs cancel`, `watch` and `stack`: what one process can do with the run of another."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dagjob.cli.runs_watch import EndedLogs, code_of
from dagjob.events import RunEnded, StepStarted, StepSucceeded
from dagjob.executors.stack_files import NoAnswerError, ask

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
import os, time
from dagjob import job, op

def at_gate():
    with open("gate", "w") as gate:
        gate.write("x")

@op
def first():
    print("said by first")
    return 1

@op
def kind(x):
    at_gate()
    try:
        deep_inside()
    except BaseException as error:
        with open("ended", "w") as file:
            file.write(type(error).__name__)
        raise
    return x

def deep_inside():
    until = time.monotonic() + 60
    while time.monotonic() < until and not os.path.exists("go"):
        time.sleep(0.01)

@op
def deaf(x):
    at_gate()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

@op
def after(x):
    if os.path.exists("bad"):
        raise ValueError("bad end")

@job
def polite():
    after(kind(first()))

@job
def stubborn():
    after(deaf(first()))
"""


class Going:
    """A run whose second op has begun, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.folder = folder

    def end(self) -> tuple[int, str]:
        """Its exit code and what it said, when it and all that it has started are gone."""
        _, told = self.process.communicate(timeout=30)
        return self.process.returncode, told


@pytest.fixture
def going(project: Project, clean_env: dict[str, str]) -> Iterator[Callable[..., Going]]:
    project("jobs.py", JOBS)
    begun: list[subprocess.Popen[str]] = []

    def start(*words: str) -> Going:
        gate = project() / "gate"
        if not gate.exists():
            os.mkfifo(gate)
        reader = os.open(gate, os.O_RDWR)
        process = subprocess.Popen(
            [sys.executable, "-m", "dagjob", "run", *words],
            cwd=project(),
            env=clean_env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        ready, _, _ = select.select([reader], [], [], 20)
        assert ready, "the op did not come to the gate"
        os.read(reader, 1)
        os.close(reader)
        return Going(process, project())

    yield start
    for process in begun:
        process.kill()
        process.communicate()


# -- cancel --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
def test_a_canceled_run_ends_like_one_that_was_interrupted_and_cancel_waits_for_that(
    executor: str, going: Callable[..., Going], dagjob: Run
) -> None:
    run = going("jobs.py:polite", "-e", executor)
    done = dagjob("runs", "cancel", "latest")
    assert (done.code, done.stdout) == (0, "")
    assert "go on with: dagjob resume " in done.stderr
    assert "CANCELED after" in done.stderr and "1 success, 1 canceled, 1 not run" in done.stderr
    assert (run.folder / "ended").read_text() == "DagjobExecutionInterruptedError"
    told = json.loads(dagjob("runs", "show", "-f", "json").stdout)
    assert (told["status"], told["ops"]) == ("canceled", {"success": 1, "canceled": 1, "not_run": 1})
    code, text = run.end()
    assert code == 143
    assert "SIGTERM" in text
    again = dagjob("runs", "cancel", told["id"][:8])
    assert (again.code, again.stderr) == (0, f"run {told['id'][:8]} has ended already: canceled\n")


def test_now_kills_ops_that_do_not_heed(going: Callable[..., Going], dagjob: Run) -> None:
    run = going("jobs.py:stubborn", "--grace", "60s")
    done = dagjob("runs", "cancel", "latest:running", "--now")
    assert done.code == 0, done.stderr
    assert run.end()[0] == 143
    assert dagjob("runs", "cancel", "latest:running").code == 5


def test_a_run_whose_process_was_stopped_is_woken_so_that_it_can_end_well(
    going: Callable[..., Going], dagjob: Run
) -> None:
    run = going("jobs.py:polite")
    run.process.send_signal(signal.SIGSTOP)
    assert dagjob("runs", "cancel", "latest").code == 0
    assert run.end()[0] == 143
    assert dagjob("runs", "cancel", "nonsense").code == 5
    assert dagjob("runs", "cancel").code == 2


# -- watch ---------------------------------------------------------------------------------------------------------


def test_who_watches_sees_what_the_run_itself_shows_and_ends_with_its_code(
    going: Callable[..., Going], clean_env: dict[str, str]
) -> None:
    run = going("jobs.py:polite")
    command = [sys.executable, "-m", "dagjob", "runs", "watch"]
    first, second = (
        subprocess.Popen(command, cwd=run.folder, env=clean_env, stderr=subprocess.PIPE, text=True) for _ in range(2)
    )
    assert first.stderr is not None and second.stderr is not None
    seen = [first.stderr.readline(), first.stderr.readline()]
    assert seen[0].startswith("dagjob ") and " ok      first" in seen[1]
    second.stderr.readline()
    second.send_signal(signal.SIGINT)
    left = second.communicate(timeout=20)[1]
    assert second.returncode == 130
    assert "goes on; stop it with:  dagjob runs cancel" in left
    (run.folder / "bad").touch()
    (run.folder / "go").touch()
    code, told = run.end()
    rest = first.communicate(timeout=20)[1]
    assert (first.returncode, code) == (1, 1)
    assert "".join(seen) + rest == told


def test_what_an_op_prints_is_shown_to_who_watches_when_its_secrets_are_masked(tmp_path: Path) -> None:
    log = tmp_path / "load.1.out"
    log.write_text("hunter2")
    logs = EndedLogs()
    logs(StepStarted(0.0, "load", 1, 7, str(log)))
    assert logs.read_tail(str(log), 100) == (0, b"")
    log.write_text("*******")  # as the run does before it tells of the end
    logs(StepSucceeded(1.0, "load", 1, 1.0))
    assert logs.read_tail(str(log), 100) == (0, b"*******")


def test_a_run_that_dies_while_it_is_watched_has_crashed(
    going: Callable[..., Going], clean_env: dict[str, str]
) -> None:
    run = going("jobs.py:polite")
    command = [sys.executable, "-m", "dagjob", "runs", "watch", "latest"]
    watching = subprocess.Popen(command, cwd=run.folder, env=clean_env, stderr=subprocess.PIPE, text=True)
    assert watching.stderr is not None
    watching.stderr.readline()
    run.process.kill()
    told = watching.communicate(timeout=20)[1]
    assert watching.returncode == 1
    assert "CRASHED" in told and "the main process of the run died" in told


# -- stack ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
def test_a_running_op_says_where_it_is_and_goes_on(executor: str, going: Callable[..., Going], dagjob: Run) -> None:
    run = going("jobs.py:polite", "-e", executor)
    line = JOBS.splitlines().index("        deep_inside()") + 1
    shown = dagjob("runs", "stack")
    while " in deep_inside" not in shown.stdout:  # It is on its way there.
        assert run.process.poll() is None
        shown = dagjob("runs", "stack")
    assert shown.code == 0, shown.stderr
    assert f"jobs.py:{line} in kind" in shown.stdout
    assert "dagjob/engine" not in shown.stdout
    told = json.loads(dagjob("runs", "stack", "latest", "kind", "-f", "json").stdout)
    [op] = told["ops"]
    assert (op["key"], op["problem"]) == ("kind", None)
    assert [frame["name"] for frame in op["frames"]][:2] == ["kind", "deep_inside"]
    for name, words in (("after", "is not running"), ("kin", 'Did you mean "kind"?')):
        done = dagjob("runs", "stack", "latest", name)
        assert (done.code, words in done.stderr) == (5, True), done.stderr
    (run.folder / "go").touch()
    assert run.end()[0] == 0
    assert dagjob("runs", "stack", "latest").code == 5


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_process_that_would_die_of_the_question_is_not_asked() -> None:
    code = "import sys; print('here', flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "here\n"
    with pytest.raises(NoAnswerError):
        ask(other.pid)
    other.communicate("")
    assert other.returncode == 0
    with pytest.raises(NoAnswerError, match="ended"):
        ask(other.pid)


@pytest.mark.parametrize(
    ("status", "by", "code"),
    [
        ("success", None, 0),
        ("failed", None, 1),
        ("crashed", None, 1),
        ("timeout", None, 124),
        ("canceled", "SIGINT", 130),
        ("canceled", "SIGTERM", 143),
        ("canceled", None, 143),
    ],
)
def test_the_code_of_an_end(status: Any, by: str | None, code: int) -> None:
    assert code_of(RunEnded(0.0, status, 0.0, {}, stopped_by=by)) == code
