"""Something terrible happens to a run at a random moment: afterwards history, files and processes agree.

Each seed chooses who is struck, and after which event. The events are those that the run itself writes, so that no moment
depends on the clock; nothing that was told may be missing from the history, and nobody may be left.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.run_view import OPEN
from dagjob.storage.history import History
from dagjob.storage.paths import StateDir

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds processes by /proc")

JOBS = """
from dagjob import DynamicOut, DynamicOutput, RetryPolicy, job, op

@op
def seed(): return b"x" * 100_000

@op(out=DynamicOut())
def spread(before):
    for number in range(3):
        yield DynamicOutput(number, mapping_key=f"k{number}")

@op
def piece(number): return number

@op
def collected(pieces): return sum(pieces)

@op(retry_policy=RetryPolicy(max_retries=2, delay=0.01))
def flaky(context, before):
    if context.retry_number < 2:
        raise RuntimeError("on purpose")
    return 1

@op
def final(values): return len(values)

@job
def killed():
    first = seed()
    pieces = collected(spread(first).map(piece).collect())
    final([pieces, flaky(first)])
"""
METHODS = ("preloaded", "preloaded", "lean", "spawn")
LAST = 38
"""Events that such a run writes, about."""


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(signum: signal.Signals, *pids: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue


def strike(kind: str, main: subprocess.Popen[str]) -> None:
    template = children(main.pid)
    workers = [pid for above in template for pid in children(above)]
    if kind in ("SIGINT", "SIGTERM"):
        main.send_signal(signal.Signals[kind])
    elif kind == "worker":
        kill(signal.SIGKILL, *workers[:1])
    elif kind == "template":
        kill(signal.SIGKILL, *template)
    elif kind == "main":
        main.kill()
    else:
        kill(signal.SIGKILL, *template, main.pid, *workers)


def with_mark(mark: str) -> list[str]:
    """The living processes that have it in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def play(rng: random.Random, folder: Path, env: dict[str, str], mark: str) -> tuple[str, int, list[dict[str, Any]]]:
    """One run and its disaster: what that was, the exit code, the events that it wrote."""
    kind = rng.choice(["main", "template", "worker", "all", "SIGINT", "SIGTERM"])
    moment = rng.randrange(2, LAST)
    chosen: dict[str, Any] = {"execution": {"config": {"multiprocess": {"start_method": {rng.choice(METHODS): {}}}}}}
    command = [sys.executable, "-m", "dagjob", "run", "jobs.py:killed", "-f", "jsonl", "-j", "2"]
    with subprocess.Popen(
        [*command, "--config-json", json.dumps(chosen)],
        cwd=folder,
        env={**env, "DAGJOB_TEST_MARK": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    ) as main:
        assert main.stdout is not None
        told = []
        for line in main.stdout:
            if line.endswith("\n"):
                told.append(json.loads(line))
            if len(told) == moment:
                strike(kind, main)
    return kind, main.returncode, told


def judge(state: StateDir, code: int, told: list[dict[str, Any]]) -> None:
    history = History.open(state)
    assert history is not None
    with history:
        row = history.find("latest")
        view = history.view(row.id)
    statuses = {op.key: op.status for op in view.in_order()}
    assert {"success": [0, -9], "failed": [1, -9], "crashed": [-9], "canceled": [130, 143, -9]}[row.status].count(code)
    assert not set(statuses.values()) & set(OPEN)
    assert row.ops == Counter(statuses.values())
    for event in told:
        if event["event"] == "op.end" and event.get("status") == "success":
            assert statuses[event["op"]] == "success"
        if event["event"] == "run.end":
            assert event["status"] == row.status
    for op in view.in_order():
        for output in op.outputs if op.status == "success" else ():
            assert output.path is not None
            with open(output.path, "rb") as file:
                pickle.load(file)
    with contextlib.closing(sqlite3.connect(state.db)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("seed", (0, 1, 2, 5, 7, 9, 13))  # each disaster once, and each start method
def test_after_a_random_kill_history_files_and_processes_agree(
    seed: int, project: Callable[..., Path], clean_env: dict[str, str], tmp_path: Path
) -> None:
    project("jobs.py", JOBS)
    mark = f"kills-{tmp_path}"
    kind, code, told = play(random.Random(seed), project(), clean_env, mark)
    judge(StateDir(str(project() / ".dagjob")), code, told)
    until = time.monotonic() + 20
    while (left := with_mark(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left, kind
