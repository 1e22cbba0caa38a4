"""What happens to a run when processes die, hang or are told to stop: real processes, real signals.

Each in all three ways of starting a child, through the command as a user runs it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

WAYS = ("preloaded", "lean", "spawn")

JOBS = """
    import os, signal, time
    from pathlib import Path

    from dagjob import job, op

    HERE = Path(__file__).parent


    def waits(name, stubborn=False):
        pid_file = HERE / f"{name}.pid"
        if stubborn:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pid_file.with_suffix(".tmp").write_text(str(os.getpid()))
        pid_file.with_suffix(".tmp").rename(pid_file)
        time.sleep(120)


    @op
    def first():
        return 1


    @op
    def victim(x):
        waits("victim")


    @op
    def holds(x, y):
        waits("victim")


    @op
    def stubborn(x):
        waits("stubborn", stubborn=True)


    @op
    def below(x):
        return x


    @op
    def beside():
        return 2


    @job
    def one_dies():
        below(victim(first()))
        beside()


    @job
    def held():
        below(holds(first(), beside()))  # when it runs, the other two are done


    @job
    def ignores():
        below(stubborn(first()))
"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, project: Callable[..., Path]) -> str:
    project("jobs.py", JOBS)
    project("way.yaml", f"execution: {{config: {{multiprocess: {{start_method: {{{request.param}: {{}}}}}}}}}}")
    return str(request.param)


def pid_in(path: Path, process: subprocess.Popen[str]) -> int:
    """The process id that an op wrote down, once it has."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if path.exists():
            return int(path.read_text())
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError(f"{path.name} never came")


def family(pid: int) -> set[int]:
    """The process and all below it. The worker of an op that is done may go while it is looked at."""
    found = {pid}
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found |= family(int(child))
    return found


def gone(pids: set[int]) -> bool:
    """Have all of them ended, within a few seconds? A zombie that nobody reaps counts as gone."""
    until = time.monotonic() + 10
    left = set(pids)
    while left and time.monotonic() < until:
        left = {pid for pid in left if _alive(pid)}
        time.sleep(0.01)
    return not left


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def history(dagjob: Callable[..., tuple[int, str, str]]) -> dict[str, object]:
    """The latest run, as `runs list` tells it."""
    runs: list[dict[str, object]] = json.loads(dagjob("runs", "list", "--format", "json")[1])["runs"]
    return runs[0]


def test_a_killed_op_fails_alone(way, start, project, dagjob):
    run = start("run", "jobs.py:one_dies", "-c", "way.yaml", "--format", "jsonl")
    os.kill(pid_in(project() / "victim.pid", run), signal.SIGKILL)
    stdout, _ = run.communicate(timeout=30)
    assert run.returncode == 1
    ends = {e["op"]: e for e in map(json.loads, stdout.splitlines()) if e["event"] == "op.end"}
    assert {op: e["status"] for op, e in ends.items()} == {
        "first": "success",
        "beside": "success",
        "victim": "failed",
        "below": "not_run",
    }
    assert "SIGKILL" in ends["victim"]["error"]["message"]
    assert history(dagjob)["ops"] == {"success": 2, "failed": 1, "not_run": 1}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_as_canceled_and_leaves_no_process(way, number, start, project, dagjob):
    run = start("run", "jobs.py:held", "-c", "way.yaml", "--grace", "5s")
    pid_in(project() / "victim.pid", run)
    everybody = family(run.pid)
    run.send_signal(number)
    run.communicate(timeout=30)
    assert run.returncode == 128 + number
    assert gone(everybody)
    latest = history(dagjob)
    assert latest["status"] == "canceled"
    assert latest["ops"] == {"success": 2, "canceled": 1, "not_run": 1}


def test_an_op_that_ignores_signals_is_killed_when_the_grace_is_over(way, start, project, dagjob):
    run = start("run", "jobs.py:ignores", "-c", "way.yaml", "--grace", "1s")
    pid_in(project() / "stubborn.pid", run)
    everybody = family(run.pid)
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert run.returncode == 130
    assert time.monotonic() - began >= 0.5, "it was not given any grace"
    assert gone(everybody)
    assert history(dagjob)["status"] == "canceled"


def test_a_second_signal_kills_at_once(way, start, project):
    run = start("run", "jobs.py:ignores", "-c", "way.yaml", "--grace", "60s")
    pid_in(project() / "stubborn.pid", run)
    everybody = family(run.pid)
    run.send_signal(signal.SIGINT)
    assert run.stderr is not None
    while "stopping" not in run.stderr.readline():  # the first one was heard
        assert run.poll() is None
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert run.returncode == 130
    assert gone(everybody)


def test_a_killed_main_process_leaves_no_orphan_and_a_history_that_says_what_was_done(way, start, project, dagjob):
    run = start("run", "jobs.py:held", "-c", "way.yaml", "-j", "2")
    pid_in(project() / "victim.pid", run)
    while "running" not in history(dagjob)["ops"]:  # An op may be at work before the main process has heard of it.
        assert run.poll() is None
    everybody = family(run.pid)
    run.kill()
    run.communicate(timeout=30)
    assert gone(everybody)
    latest = history(dagjob)
    assert latest["status"] == "crashed"
    assert latest["ops"] == {"success": 2, "failed": 1, "not_run": 1}
    assert latest["ended"] is not None


def test_an_op_that_hangs_past_its_timeout_fails_with_the_place_where_it_hung(way, project, dagjob):
    code, stdout, _ = dagjob(
        "run", "jobs.py:one_dies", "-c", "way.yaml", "--op-timeout", "1s", "--grace", "1s", "--format", "jsonl"
    )
    assert code == 1
    ends = {e["op"]: e for e in map(json.loads, stdout.splitlines()) if e["event"] == "op.end"}
    assert ends["victim"]["status"] == "timeout"
    assert "waits" in ends["victim"]["error"]["text"] + ends["victim"]["error"]["message"]
    assert ends["beside"]["status"] == "success"


def test_a_forked_child_draws_random_numbers_of_its_own(way, project, dagjob):
    pytest.importorskip("numpy")
    project(
        "draws.py",
        """
        import random

        import numpy
        from dagjob import job, op

        @op
        def draw():
            return random.random(), float(numpy.random.random()), int(numpy.random.randint(1 << 30))

        @op
        def compare(draws: list):
            for kind in zip(*draws):
                assert len(set(kind)) == 3, draws

        @job
        def three():
            compare([draw.alias("a")(), draw.alias("b")(), draw.alias("c")()])
        """,
    )
    code, _, stderr = dagjob("run", "draws.py:three", "-c", "way.yaml")
    assert code == 0, stderr


def test_a_module_that_imports_polars_runs_well_by_default(project, dagjob):
    pytest.importorskip("polars")
    project(
        "frames.py",
        """
        import polars
        from dagjob import job, op

        @op
        def total() -> int:
            frame = polars.DataFrame({"a": list(range(1000)), "b": ["x", "y"] * 500})
            return int(frame.lazy().group_by("b").agg(polars.col("a").sum()).collect()["a"].sum())

        @op
        def check(x: int):
            assert x == 499500

        @job
        def sums():
            check(total())
        """,
    )
    code, _, stderr = dagjob("run", "frames.py:sums")
    assert code == 0, stderr


def test_twenty_runs_started_together_on_a_fresh_state_directory_are_all_recorded(start, project, dagjob):
    project(
        "tiny.py",
        """
        from dagjob import job, op

        @op
        def one(): return 1

        @op
        def two(x): return x + 1

        @job
        def tiny(): two(one())
        """,
    )
    runs = [start("run", "tiny.py:tiny", "-q") for _ in range(20)]
    answers = [(run.communicate(timeout=110), run.returncode) for run in runs]
    assert [code for _, code in answers] == [0] * 20, answers
    ids = {stdout.strip() for (stdout, _), _ in answers}
    listed = json.loads(dagjob("runs", "list", "--format", "json")[1])["runs"]
    assert {run["id"] for run in listed} == ids
    assert {run["status"] for run in listed} == {"success"}
