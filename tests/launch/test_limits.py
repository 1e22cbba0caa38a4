"""What bounds a run: pools and locks that runs share, its timeout, the number of failures, and no retries."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHARED = """
    import os, time
    from dagjob import job, op

    @op(pool="db")
    def use(context):
        here = os.path.dirname(__file__)
        inside = os.path.join(here, "inside", context.run_id)
        open(inside, "w").close()
        with open(os.path.join(here, "counts"), "a") as file:
            file.write(f"{len(os.listdir(os.path.join(here, 'inside')))}\\n")
        if os.path.exists(os.path.join(here, "hang")):
            os.rename(os.path.join(here, "hang"), os.path.join(here, "hangs"))
            open(os.path.join(here, "go")).read()
        os.remove(inside)

    @job
    def shared():
        use()
"""

FAILING = """
    from dagjob import RetryPolicy, job, op

    @op(retry_policy=RetryPolicy(max_retries=3))
    def bad():
        raise ValueError("bad")

    @job
    def failing():
        for n in range(4):
            bad.alias(f"bad{n}")()
"""

SLOW = """
    import time
    from dagjob import job, op

    @op
    def sleeps():
        time.sleep(60)

    @op
    def after(x): ...

    @job(tags=TAGS)
    def slow():
        after(sleeps())
"""


def document(finished: Any) -> Any:
    return json.loads(finished.stdout)


def test_eight_runs_with_a_pool_of_two_are_never_more_than_two_inside_and_do_not_wait_for_the_dead(
    project: Callable[..., Path], start: Callable[..., subprocess.Popen[str]]
) -> None:
    root = project("jobs.py", SHARED).parent
    (root / "inside").mkdir()
    (root / "hang").touch()
    os.mkfifo(root / "go")
    first = start("run", "jobs.py", "--pool", "db=2")
    with open(root / "go", "w"):  # opens when the op is inside, and hangs there
        [mark] = (root / "inside").iterdir()
        others = [start("run", "jobs.py", "--pool", "db=2") for _ in range(7)]
        mark.unlink()  # Nobody else would, and it must not be counted when there is another in its place.
        os.kill(first.pid, signal.SIGKILL)
        assert [other.wait(60) for other in others] == [0] * 7
    counts = [int(line) for line in (root / "counts").read_text().split()]
    assert len(counts) == 8
    assert max(counts) <= 2


def test_who_may_not_wait_ends_with_8(project: Callable[..., Path], start: Callable[..., Any], dagjob: Any) -> None:
    root = project("jobs.py", SHARED).parent
    (root / "inside").mkdir()
    (root / "hang").touch()
    os.mkfifo(root / "go")
    start("run", "jobs.py", "--pool", "db=1", "--lock", "nightly")
    with open(root / "go", "w"):
        pool = dagjob("run", "jobs.py", "--pool", "db=1", "--no-wait")
        lock = dagjob("run", "jobs.py", "--lock", "nightly", "--no-wait")
    assert (pool.code, lock.code) == (8, 8)
    assert 'the pool "db" is full: 1 slot, taken by run ' in pool.stderr
    assert 'the lock "nightly" is held by run ' in lock.stderr
    assert len((root / "counts").read_text().split()) == 1


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        (("--max-failures", "2"), {"failed": 2, "not_run": 2}),
        (("-x",), {"failed": 1, "not_run": 3}),
        (("--keep-going",), {"failed": 4}),
    ],
)
def test_so_many_failures_end_a_run(
    project: Callable[..., Path], dagjob: Any, options: tuple[str, ...], runs: dict[str, int]
) -> None:
    project("jobs.py", FAILING)
    done = dagjob("run", "jobs.py", "-e", "in_process", "--no-retries", "-f", "json", *options)
    assert done.code == 1
    found = document(done)
    assert {status: number for status, number in found["ops"].items() if number} == runs
    assert {op["attempts"] for op in found["steps"] if op["status"] == "failed"} == {1}


@pytest.mark.parametrize("executor", ["in_process", "multiprocess"])
@pytest.mark.parametrize("by", ["option", "tag"])
def test_a_run_ends_at_its_timeout(project: Callable[..., Path], dagjob: Any, executor: str, by: str) -> None:
    project("jobs.py", SLOW.replace("TAGS", '{"dagster/max_runtime": "1"}' if by == "tag" else "{}"))
    done = dagjob("run", "jobs.py", "-e", executor, "-f", "json", *(("--timeout", "1s") if by == "option" else ()))
    assert done.code == 124
    found = document(done)
    assert found["status"] == "timeout"
    assert {op["key"]: op["status"] for op in found["steps"]} == {"sleeps": "timeout", "after": "not_run"}
    assert "sleeps was stopped with the run, whose time of 1s was over" in done.stderr
    assert "time.sleep(60)" in done.stderr


def test_nothing_limits_the_time_of_a_run_in_ones_own_process(project: Callable[..., Path]) -> None:
    from dagjob import job, op

    @op
    def quick() -> int:
        return 1

    @job(tags={"dagster/max_runtime": "0.0001"})
    def timed() -> None:
        quick()

    assert timed.execute_in_process().success


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--pool", "db"), "--pool takes NAME=N"),
        (("--pool", "db=0"), 'the pool "db" needs 1 to 1000 slots, not 0'),
        (("--pool", "db=-1"), "--pool takes NAME=N"),
        (("--max-failures", "0"), "--max-failures takes a number of at least 1"),
        (("-x", "--max-failures", "2"), "--fail-fast and --max-failures contradict each other"),
        (("-x", "--keep-going"), "--fail-fast and --keep-going contradict each other"),
        (("--keep-going", "--max-failures", "2"), "--keep-going and --max-failures contradict each other"),
        (("--timeout", "soon"), "--timeout takes a time"),
    ],
)
def test_a_limit_that_is_none_is_one_line_and_2(
    project: Callable[..., Path], dagjob: Any, options: tuple[str, ...], says: str
) -> None:
    project("jobs.py", FAILING)
    done = dagjob("run", "jobs.py", *options)
    assert done.code == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


def test_pools_without_slots_and_slots_without_a_pool_are_told(project: Callable[..., Path], dagjob: Any) -> None:
    root = project("jobs.py", SHARED).parent
    (root / "inside").mkdir()
    done = dagjob("run", "jobs.py", "--pool", "bd=2")
    assert done.code == 0
    assert 'nothing says how many slots the pool "db" of "use" has' in done.stderr
    assert 'no op of this job uses the pool "bd"' in done.stderr
    (root / "pyproject.toml").write_text("[tool.dagjob.pools]\ndb = 2\n")
    assert "pool" not in dagjob("run", "jobs.py").stderr
    (root / "pyproject.toml").write_text("[tool.dagjob.pools]\ndb = 0\n")
    wrong = dagjob("run", "jobs.py")
    assert wrong.code == 2
    assert 'the pool "db" needs 1 to 1000 slots, not 0' in wrong.stderr
