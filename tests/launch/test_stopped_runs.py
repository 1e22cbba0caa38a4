"""What is said of a run that a signal stopped, of an op that a signal ended, and of a run whose process was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

JOBS = """
import os, signal, time
from dagjob import job, op

@op
def quick():
    return 1

@op
def slow(n):
    time.sleep(60)

@op
def ends_itself(n):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)

@job
def long():
    slow(quick())

@job
def short():
    ends_itself(quick())
"""


@contextmanager
def started(project: Callable[..., Path], env: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A run of the job `long`, as soon as its slow op has begun."""
    project("jobs.py", JOBS)
    line = [sys.executable, "-m", "dagjob", "run", "jobs.py:long", "-v", "-f", "plain", *words]

    def hear_interrupts() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests in the background has switched them off

    run = subprocess.Popen(
        line,
        cwd=project(),
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )
    assert run.stderr is not None
    try:
        for text in run.stderr:
            if "start   slow" in text:
                break
        yield run
    finally:
        run.kill()
        run.wait()
        run.stderr.close()


@pytest.mark.parametrize(
    ("number", "word"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "Ctrl-C (SIGINT)")], ids=["TERM", "INT"]
)
def test_a_run_that_is_stopped_says_by_what(
    number: signal.Signals, word: str, project: Any, clean_env: dict[str, str], dagjob: Any
) -> None:
    with started(project, clean_env) as run:
        run.send_signal(number)
        assert run.stderr is not None
        told = run.stderr.read()
        assert run.wait(30) == 128 + number
    assert f"stopped with the run, by {word}\n" in told
    assert told.splitlines()[-2] == f"stopped by {word}"
    assert told.splitlines()[-1].startswith("go on with: dagjob resume ")
    page = dagjob("runs", "show").stdout
    assert f"stopped by {word}" in page
    for text in (told, page):
        assert "UNEXPECTED" not in text
        assert "DagjobExecutionInterruptedError" not in text


def test_an_op_whose_own_process_gets_a_signal_has_failed_by_it(project: Any, dagjob: Any) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:short")
    assert done.code == 1
    assert (
        "interrupted by SIGTERM, which somebody sent to the process of this op and not to the run (DJ402)"
        in done.stderr
    )
    assert "STEP_FAILURE" not in done.stderr
    shown = json.loads(dagjob("runs", "show", "-f", "json").stdout)
    assert shown["ops"] == {"success": 1, "failed": 1}


def test_a_run_whose_process_was_killed_took_as_long_as_it_lived(
    project: Any, clean_env: dict[str, str], dagjob: Any
) -> None:
    with started(project, clean_env) as run:
        begun = time.monotonic()
        [lock] = (project() / ".dagjob" / "runs").glob("*/lock")
        before = lock.read_text()
        while lock.read_text() == before and time.monotonic() < begun + 30:
            time.sleep(0.05)  # nothing happens in the run, but that it lives
        run.send_signal(signal.SIGKILL)
        run.wait()
    shown = json.loads(dagjob("runs", "show", "-f", "json").stdout)
    assert shown["status"] == "crashed"
    assert shown["seconds"] > 1
    assert shown["steps"][1]["seconds"] > 0
    assert "the process of the run was killed" in dagjob("runs", "show").stdout
