"""Programs that an op has started in the background do not outlive the command, in process either."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dagjob import job, op

JOBS = """
    import subprocess, sys, time
    from concurrent.futures import ProcessPoolExecutor
    from dagjob import RetryPolicy, job, op, resource

    def background(text="import time; time.sleep(300)"):
        child = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.DEVNULL)
        with open("pids", "a") as file:
            print(child.pid, file=file)
        return child

    @op
    def serves():
        background()

    @op
    def uses():
        assert subprocess.run(["kill", "-0", open("pids").read().split()[0]]).returncode == 0

    @op
    def fails():
        background()
        raise ValueError("no")

    @op
    def hangs():
        background()
        time.sleep(300)

    @op
    def has_family():
        below = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])"
        child = background(f"{below}; print(p.pid, file=open('pids', 'a'), flush=True); open('ready', 'w'); time.sleep(300)")
        while not __import__("os").path.exists("ready"):
            assert child.poll() is None

    @op(retry_policy=RetryPolicy(max_retries=1))
    def starts_again():
        server = "import fcntl, time; f = open('port', 'w'); fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); print('up', flush=True)"
        child = subprocess.Popen([sys.executable, "-c", f"{server}; time.sleep(300)"], stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"up\\n"
        if not __import__("os").path.exists("tried"):
            open("tried", "w")
            raise ValueError("the first time")

    @resource
    def server(context):
        child = background()
        yield child
        child.terminate()
        open("code", "w").write(str(child.wait()))

    @op(required_resource_keys={"server"})
    def asks(context):
        assert context.resources.server.poll() is None

    POOL = ProcessPoolExecutor(1)

    @op
    def pools():
        assert POOL.submit(abs, -1).result() == 1

    @op
    def pools_again(_x):
        assert POOL.submit(abs, -1).result() == 1

    @job
    def good():
        serves()
        uses()

    @job
    def bad(): fails()

    @job
    def slow(): hangs()

    @job
    def family(): has_family()

    @job
    def again(): starts_again()

    @job(resource_defs={"server": server})
    def with_resource(): asks()

    @job
    def with_pool(): pools_again(pools())
"""


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="children are found by /proc")


@pytest.mark.parametrize(
    ("name", "more", "code", "told"),
    [
        ("good", (), 0, True),
        ("bad", (), 1, False),
        ("slow", ("--op-timeout", "1s"), 1, False),
        ("family", (), 0, True),
        ("with_resource", (), 0, False),
    ],
)
def test_nothing_is_left_running(project: Callable[..., Path], dagjob, name: str, more, code: int, told: bool):
    project("jobs.py", JOBS)
    done = dagjob("run", f"jobs.py:{name}", "-e", "in_process", *more)
    assert done.code == code, done.stderr
    pids = [int(line) for line in (project() / "pids").read_text().split()]
    assert pids and not any(map(running, pids))
    assert (f"(pid {pids[0]})" in done.stderr) is told or name in ("bad", "slow")


def test_a_resource_closes_its_own_program(project: Callable[..., Path], dagjob):
    project("jobs.py", JOBS)
    assert dagjob("run", "jobs.py:with_resource", "-e", "in_process").code == 0
    assert (project() / "code").read_text() == "-15"


def test_the_next_attempt_can_start_it_again(project: Callable[..., Path], dagjob):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:again", "-e", "in_process")
    assert done.code == 0, done.stderr


def test_a_pool_serves_one_op_after_the_other(project: Callable[..., Path], dagjob):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:with_pool", "-e", "in_process")
    assert done.code == 0, done.stderr
    assert "running" not in done.stderr


def test_a_guest_ends_nothing():
    @op
    def serves():
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])

    @job
    def guest():
        serves()

    child = guest.execute_in_process().output_for_node("serves")
    try:
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_a_process_that_an_op_has_forked_takes_a_signal_as_any_other(project: Callable[..., Path], dagjob):
    project(
        "jobs.py",
        """
        import multiprocessing
        import time

        from dagjob import job, op

        def wait(ready):
            ready.send("ready")
            time.sleep(300)

        @op
        def forks():
            here, there = multiprocessing.Pipe()
            child = multiprocessing.get_context("fork").Process(target=wait, args=(there,))
            child.start()
            here.recv()
            child.terminate()  # as a pool does with its processes
            child.join()
            assert child.exitcode == -15

        @job
        def small():
            forks()
        """,
    )
    assert dagjob("run", "jobs.py").code == 0
    assert dagjob("runs", "logs").stdout == ""
