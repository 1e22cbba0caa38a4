"""Something terrible happens to a run at a random moment: afterwards history, files and processes agree, and `resume` ends it.

Each seed chooses who is struck, and after which event. The events are those that the run itself writes, so that no moment
depends on the clock; nothing that was told may be missing from the history, and nobody may be left. What is resumed comes to
the values of a run that nobody disturbed.

As a script it does so many times over, also before the first event and between two of them:

    python tests/launch/test_random_kills.py --rounds 200 --seed 1
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
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.run_view import OPEN
from dagjob.storage.history import History
from dagjob.storage.past import read_earlier
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
VALUES = {"seed": b"x" * 100_000, **{f"piece[k{n}]": n for n in range(3)}, "collected": 3, "flaky": 1, "final": 2}
"""What the ops of an undisturbed run return."""
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


def play(
    rng: random.Random, folder: Path, env: dict[str, str], mark: str, delays: bool = False
) -> tuple[str, int, list[dict[str, Any]]]:
    """One run and its disaster: what that was, the exit code, the events that it wrote.

    With `delays` it comes a little later than its event, or perhaps before the first.
    """
    kind = rng.choice(["main", "template", "worker", "all", "SIGINT", "SIGTERM"])
    moment = rng.randrange(0 if delays else 2, LAST + 4 * delays)
    delay = rng.random() * (0.3 if moment == 0 else 0.02) if delays else 0.0
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
        told: list[dict[str, Any]] = []
        if moment == 0:
            time.sleep(delay)
            strike(kind, main)
        for line in main.stdout:
            if line.endswith("\n"):
                told.append(json.loads(line))
            if len(told) == moment:
                if delay:
                    time.sleep(delay)
                strike(kind, main)
    return kind, main.returncode, told


def resume(folder: Path, env: dict[str, str], mark: str) -> None:
    """Go on until the job is done; a run that died before it was recorded is begun anew."""
    env = {**env, "DAGJOB_TEST_MARK": mark, "TMPDIR": str(folder / "tmp")}
    (folder / "tmp").mkdir()
    state = StateDir(str(folder / ".dagjob"))
    history = History.open(state)
    if history is not None:
        with history:
            recorded = bool(history.runs(1))
    words = ["resume"] if history is not None and recorded else ["run", "jobs.py:killed"]
    done = subprocess.run(
        [sys.executable, "-m", "dagjob", *words, "-j", "2"], cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    history = History.open(state)
    assert history is not None
    with history:
        last = history.find("latest")
        assert last.status == "success"
        earlier = read_earlier(history, last)
    assert {key for key, past in earlier.past.steps.items() if past.status == "success"} == {*VALUES, "spread"}
    values = {}
    for key, made in earlier.outputs.items():
        if key in VALUES:
            (output,) = made
            assert output.path is not None
            with open(output.path, "rb") as file:
                values[key] = pickle.load(file)
    assert values == VALUES
    assert not os.listdir(folder / "tmp")
    left = [name for _, _, names in os.walk(state.root) for name in names if name.endswith((".tmp", ".new"))]
    assert not left


def judge(state: StateDir, code: int, told: list[dict[str, Any]]) -> None:
    history = History.open(state)
    assert history is not None
    with history:
        row = history.find("latest")
        view = history.view(row.id)
    statuses = {op.key: op.status for op in view.in_order()}
    late = [-9, -signal.SIGINT, -signal.SIGTERM]  # In the last moments, when the run is over.
    codes = {"success": [0, *late], "failed": [1, *late], "crashed": [-9], "canceled": [130, 143, -9]}
    assert code in codes[row.status], (code, row.status)
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
def test_after_a_random_kill_history_files_and_processes_agree_and_resume_ends_the_job(
    seed: int, project: Callable[..., Path], clean_env: dict[str, str], tmp_path: Path
) -> None:
    project("jobs.py", JOBS)
    mark = f"kills-{tmp_path}"
    kind, code, told = play(random.Random(seed), project(), clean_env, mark)
    nobody_left(mark, kind)  # Who looks first removes what is half written, but not what one that is dying may write.
    judge(StateDir(str(project() / ".dagjob")), code, told)
    resume(project(), clean_env, mark)
    nobody_left(mark, kind)


def nobody_left(mark: str, kind: str) -> None:
    """All processes of the run end by themselves."""
    until = time.monotonic() + 20
    while (left := with_mark(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left, kind


def many_times(rounds: int, seed: int) -> int:
    """Do it so often, and say what went wrong; how many rounds that were."""
    wrong = 0
    struck: Counter[str] = Counter()
    for number in range(seed, seed + rounds):
        with tempfile.TemporaryDirectory(prefix="kills-") as made:
            folder = Path(made)
            (folder / "pyproject.toml").write_text("[tool.dagjob]\n")
            (folder / "jobs.py").write_text(JOBS)
            env = {name: value for name, value in os.environ.items() if not name.startswith(("DAGJOB_", "CI"))}
            try:
                kind, code, told = play(random.Random(number), folder, env, made, delays=True)
                struck[kind] += 1
                nobody_left(made, kind)
                if (folder / ".dagjob" / "dagjob.db").exists() and told:
                    judge(StateDir(str(folder / ".dagjob")), code, told)
                resume(folder, env, made)
                nobody_left(made, kind)
            except Exception as error:
                wrong += 1
                print(f"seed {number}: {type(error).__name__}: {error}", flush=True)
                traceback.print_exc()
    print(f"{rounds} rounds, {wrong} wrong: {dict(struck)}", flush=True)
    return wrong


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sys.exit(bool(many_times(asked.rounds, asked.seed)))
