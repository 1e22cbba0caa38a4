"""However a run ends, its last event finds every op ended: nobody who reads the history has to guess."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

JOBS = """
import time
from dagjob import DynamicOut, In, Nothing, RetryPolicy, job, op, resource

@op(out=DynamicOut(int))
def items():
    raise ValueError("no items")

@op
def check(number: int) -> int:
    return number

@op
def total(numbers):
    pass

@resource
def broken(context):
    raise OSError("no database")

@op(required_resource_keys={"db"})
def needs_db():
    pass

@job(resource_defs={"db": broken})
def no_resource():
    needs_db()
    total(items().map(check).collect())

@op
def deaf():
    open("began", "w").close()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

@op(ins={"after": In(Nothing)})
def later():
    pass

@job
def hangs():
    later(after=deaf())
    total(items().map(check).collect())
"""


def statuses(dagjob: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, str]]:
    run = json.loads(dagjob("runs", "show", "latest", "-f", "json").stdout)
    return run, {step["key"]: step["status"] for step in run["steps"]}


def test_when_a_resource_of_the_run_cannot_be_made(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("jobs.py", JOBS)
    assert dagjob("run", "jobs.py:no_resource", "-e", "in_process").code == 1
    run, ends = statuses(dagjob)
    assert (run["status"], run["ops"]) == ("failed", {"not_run": 4})
    assert ends == dict.fromkeys(("needs_db", "items", "check[?]", "total"), "not_run")


def test_when_an_op_in_this_process_does_not_heed_two_signals(
    project: Callable[..., Path], dagjob: Callable[..., Any], clean_env: dict[str, str]
) -> None:
    project("jobs.py", JOBS)
    command = [sys.executable, "-m", "dagjob", "run", "jobs.py:hangs", "-e", "in_process", "-f", "plain"]
    with subprocess.Popen(command, cwd=project(), env=clean_env, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 30
        while not (project() / "began").exists() and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    run, ends = statuses(dagjob)
    assert run["status"] == "canceled"
    assert (ends["deaf"], ends["later"]) == ("canceled", "not_run")
    assert set(ends.values()) <= {"canceled", "not_run", "failed"}
    assert run["ops"]["canceled"] == 1
