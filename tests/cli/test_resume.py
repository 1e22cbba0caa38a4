"""`dagjob resume RUN` and its two other spellings. What runs again is decided in `tests/plan/test_again.py`."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = """
import os
from dagjob import (DynamicOut, DynamicOutput, Field, In, Nothing, Out, Output, StaticPartitionsDefinition, graph,
    in_process_executor, job, mem_io_manager, op)

def ran(name):
    with open("ran", "a") as file:
        file.write(name + " ")
    if name in os.environ.get("FAIL", "").split():
        raise ValueError("asked to")
    if name in os.environ.get("WAIT", "").split():
        with open("gate", "w") as gate:
            gate.write("x")
        import time
        time.sleep(60)

@op(config_schema={"by": Field(int, default_value=3), "word": Field(str, is_required=False, is_secret=True)})
def seed(context):
    ran("seed")
    return context.op_config["by"]

@op(out=DynamicOut())
def fan(n):
    ran("fan")
    for i in range(n):
        yield DynamicOutput(i, mapping_key=f"k{i}")

@op
def work(i):
    ran(f"work{i}")
    return i * 10

@op
def gather(xs):
    ran("gather")
    return sum(xs)

@op(out={"big": Out(is_required=False), "small": Out(is_required=False)})
def split(n):
    ran("split")
    yield Output(n, "small")

@op
def on_big(n): ran("on_big")

@op
def on_small(n):
    ran("on_small")
    return n

@graph
def inner(n): return on_small(n)

def body():
    n = seed()
    gather(fan(n).map(work).collect())
    big, small = split(n)
    on_big(big)
    inner(small)

@job(executor_def=in_process_executor, tags={"team": "data"})
def flow(): body()

@job(resource_defs={"io_manager": mem_io_manager})
def forgetful(): body()

@job
def in_processes(): body()

@op
def say(context):
    ran(context.partition_key)

@job(partitions_def=StaticPartitionsDefinition(["a", "b"]), executor_def=in_process_executor)
def parted(): say()
"""
Runs = list[dict[str, Any]]


class Bench:
    """The project with its jobs, the command, and what it left behind."""

    def __init__(self, folder: Path, dagjob: Callable[..., Any], env: dict[str, str]) -> None:
        self.folder, self._dagjob, self.env = folder, dagjob, env
        self._more: dict[str, str] = {}

    def __call__(self, *words: str, code: int = 0) -> Any:
        """The command, which must end so."""
        done = self._dagjob(*words, env=self._more)
        assert done.code == code, done
        return done

    def ran(self) -> list[str]:
        """The ops that have run since this was asked last, sorted."""
        path = self.folder / "ran"
        names = path.read_text().split() if path.exists() else []
        path.write_text("")
        return sorted(names)

    def failing(self, names: str, *words: str, code: int = 1) -> Any:
        """The command, while these ops fail."""
        self._more = {"FAIL": names}
        try:
            return self(*words, code=code)
        finally:
            self._more = {}

    def runs(self) -> Runs:
        found: Runs = json.loads(self("runs", "list", "-f", "json").stdout)["runs"]
        return found

    def steps(self) -> dict[str, dict[str, Any]]:
        return {step["key"]: step for step in json.loads(self("runs", "show", "-f", "json").stdout)["steps"]}

    def file_of(self, step: str, output: str = "result") -> Path:
        (made,) = [each for each in self.steps()[step]["outputs"] if each["name"] == output]
        return Path(made["path"])


@pytest.fixture
def bench(project: Callable[..., Path], dagjob: Callable[..., Any], clean_env: dict[str, str]) -> Bench:
    project("jobs.py", JOBS)
    return Bench(project(), dagjob, clean_env)


def test_what_is_left_runs_and_all_else_is_reused(bench: Bench) -> None:
    failed = bench.failing("work1", "run", "jobs.py:in_processes", "-t", "who=me")
    (first,) = bench.runs()
    assert f"go on with: dagjob resume {first['id'][:8]}" in failed.stderr
    assert f"dagjob resume {first['id'][:8]}" in bench("runs", "show").stdout
    bench.ran()
    plan = bench("resume", "-n").stdout
    assert [line.split()[:2] for line in plan.splitlines() if line.startswith(" run ")] == [
        ["run", "work[k1]"],
        ["run", "gather"],
    ]
    told = json.loads(bench("resume", "-n", "-f", "json").stdout)["ops"]
    assert {op["key"]: op["action"] for op in told} == {
        **dict.fromkeys(("seed", "fan", "split", "inner.on_small"), "reuse"),
        "on_big": "skip",
        "work[?]": "run",
        "gather": "run",
    }
    bench.failing("gather", "resume", first["id"][:8])
    assert bench.ran() == ["gather", "work1"]
    bench("resume", first["id"][:8])  # goes on from what has gone on from it
    assert bench.ran() == ["gather"]
    last, second, _ = bench.runs()
    assert (second["parent"], second["root"]) == (first["id"], first["id"])
    assert (last["parent"], last["root"], last["tags"]["who"]) == (second["id"], first["id"], "me")
    assert {key: step["status"] for key, step in bench.steps().items()} == {
        **dict.fromkeys(("seed", "fan", "split", "inner.on_small", "work[k0]", "work[k1]", "work[k2]"), "reused"),
        "on_big": "skipped",
        "gather": "success",
    }
    assert bench("runs", "output", "latest", "gather").stdout == "30\n"
    for words in (["resume"], ["resume", first["id"]], ["run", "jobs.py:in_processes", "--from-failure"]):
        assert bench(*words).stderr.startswith("nothing to do: run ")
    assert bench.ran() == []


def test_changed_config_runs_its_op_and_what_is_below(bench: Bench) -> None:
    bench.failing("gather", "run", "jobs.py:flow", "--set", "seed.by=2")
    bench.ran()
    assert "config changed: by" in bench("resume", "--set", "seed.by=1", "-n").stdout
    bench("run", "--resume", "latest", "--set", "seed.by=2", "-t", "team=other")
    assert bench.ran() == ["gather"]
    assert bench.runs()[0]["tags"]["team"] == "other"
    bench("resume", "--set", "seed.by=1")  # of a run that is complete
    assert bench.ran() == ["fan", "gather", "on_small", "seed", "split", "work0"]
    assert "nothing to do" in bench("resume", "--set", "seed.by=1").stderr


@pytest.mark.parametrize("harm", ["missing", "cut", "garbage", "folder"])
def test_a_value_that_is_gone_is_made_again(bench: Bench, harm: str) -> None:
    bench.failing("on_small", "run", "jobs.py:flow")
    bench.ran()
    path = bench.file_of("split", "small")
    data = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(data[:-1])
    elif harm == "garbage":
        path.write_bytes(data[:1] + b"\xff" * (len(data) - 2) + pickle.STOP)
    elif harm == "folder":
        path.mkdir()
    assert 'the file of "small"' in bench("resume", "-n").stdout or harm == "garbage"
    bench("resume")
    assert bench.ran() == ["on_small", "split"]


def test_values_that_were_in_memory_are_made_again_where_they_are_read(bench: Bench) -> None:
    bench.failing("work1", "run", "jobs.py:forgetful", "-e", "in_process")
    bench.ran()
    assert "value only in memory: seed, fan" in bench("resume", "-n").stdout
    bench("resume")
    assert bench.ran() == ["fan", "gather", "seed", "work0", "work1", "work2"]
    assert bench.steps()["split"]["status"] == "reused"


def test_selection_partition_and_secrets_are_those_of_the_run(bench: Bench) -> None:
    bench.failing("fan", "run", "jobs.py:flow", "-s", "*gather", "--exclude", "gather", "--set-str", "seed.word=hush")
    bench.ran()
    refused = bench("resume", code=6)
    assert "hush" not in refused.stderr and "--set ops.seed.config.word=..." in refused.stderr
    bench("resume", "--set-str", "seed.word=hush")
    assert bench.ran() == ["fan", "work0", "work1", "work2"]
    bench.failing("a", "run", "jobs.py:parted", "-p", "a")
    bench("run", "jobs.py:parted", "-p", "b")
    bench("run", "jobs.py:parted", "-p", "a", "--from-failure")
    assert bench.ran() == ["a", "a", "b"]
    assert bench.runs()[0]["partition"] == "a"
    bench("resume", "-p", "b")
    assert bench.ran() == ["b"]
    assert bench.runs()[0]["partition"] == "b"


def test_a_graph_that_has_changed(bench: Bench) -> None:
    bench.failing("gather", "run", "jobs.py:flow")
    bench.ran()
    path = bench.folder / "jobs.py"
    new = "    gather(added(fan(n).map(work).collect()))\n    inner(n)\n"
    old = path.read_text()
    added = "@op\ndef added(xs):\n    ran('added')\n    return xs\n\ndef body():\n    n = seed()\n"
    path.write_text(old[: old.index("def body")] + added + new + old[old.index("@job(executor_def") :])
    plan = bench("resume", "-n").stdout
    assert "new in this job" in plan and "not in the job any more: split, on_big" in plan
    bench("resume")
    assert bench.ran() == ["added", "gather", "on_small"]
    path.unlink()
    bench.failing("x", "resume", "--set", "seed.by=1", code=5)
    assert "dagjob run TARGET --resume" in bench("resume", "--set", "seed.by=1", code=5).stderr


def test_a_run_that_was_killed_goes_on_and_one_that_runs_is_left_alone(bench: Bench) -> None:
    gate = bench.folder / "gate"
    os.mkfifo(gate)
    env = {**bench.env, "WAIT": "on_small", "FAIL": "gather"}
    with subprocess.Popen(
        [sys.executable, "-m", "dagjob", "run", "jobs.py:in_processes", "-q", "-j", "2"],
        cwd=bench.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as main:  # fmt: skip
        with open(gate) as waits:
            assert waits.read(1) == "x"
        busy = bench("resume", code=8)
        assert "is still going on" in busy.stderr and "Traceback" not in busy.stderr
        os.killpg(main.pid, signal.SIGKILL)
    gate.unlink()
    assert bench.runs()[0]["status"] == "crashed"
    bench.ran()
    bench("resume")
    assert {"gather", "on_small"} <= set(bench.ran())
    assert bench.runs()[0]["status"] == "success"


def test_what_cannot_be_resumed_is_told(bench: Bench) -> None:
    assert "no run is recorded" in bench("resume", code=5).stderr
    bench.failing("seed", "run", "jobs.py:flow")
    (run,) = bench.runs()
    assert 'no run "zz"' in bench("resume", "zz", code=5).stderr
    assert "--parallel" in bench("resume", "--parallel", "2", code=2).stderr
    assert "--select" in bench("run", "--resume", run["id"], "-s", "seed", code=2).stderr
    assert 'none of job "parted"' in bench("run", "jobs.py:parted", "--resume", run["id"], code=4).stderr
    assert 'no run of job "parted"' in bench("run", "jobs.py:parted", "--from-failure", code=5).stderr
    lock = bench.folder / ".dagjob" / "runs" / run["id"] / "resume.lock"
    script = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('x', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "x\n"
        assert "being resumed" in bench("resume", code=8).stderr
        other.communicate("\n")
