"""An executor of a user that runs ops in processes at the other end of two pipes: the one of the examples."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

EXAMPLE = Path(__file__).parents[2] / "examples" / "extending" / "subprocess_executor.py"

JOBS = """
    import os
    import sys
    import time
    from pathlib import Path

    from dagjob import RetryPolicy, failure_hook, job, op, resource
    from subprocess_executor import subprocess_executor


    @resource
    def where():
        return os.getpid()


    @op(required_resource_keys={"where"})
    def first(context):
        print("printed by first")
        print("and on stderr", file=sys.stderr)
        context.log.info("logged by first")
        return [os.getppid(), os.getpid(), context.resources.where]


    @op
    def second(context, pids):
        main, first, resource = pids
        context.log.info(f"separate {len({main, first, os.getpid()})} main {main == os.getppid()} open {first == resource}")


    @job(executor_def=subprocess_executor, resource_defs={"where": where})
    def small():
        second(first())


    @op
    def dies():
        os._exit(3)


    @op(retry_policy=RetryPolicy(max_retries=1))
    def dies_once(context):
        if context.retry_number == 0:
            os.kill(os.getpid(), 9)


    @op
    def after(x):
        pass


    @op
    def fine():
        return 1


    @op(retry_policy=RetryPolicy(max_retries=1, delay=600))
    def fails():
        raise ValueError("on purpose")


    @failure_hook
    def hooked(context):
        with open("hooks", "a") as file:
            print(context.step_key, type(context.op_exception).__name__, file=file)


    @job(executor_def=subprocess_executor, hooks={hooked})
    def crash():
        after(dies())
        dies_once()
        fine()


    @job(executor_def=subprocess_executor, hooks={hooked})
    def given_up():
        dies(), fails()


    @op(tags={"dagjob/timeout": "0.2s"})
    def slow():
        while True:
            time.sleep(0.01)


    @job(executor_def=subprocess_executor)
    def late():
        slow()


    @op
    def waits():
        Path("waits.pid").write_text(str(os.getpid()))
        for _ in range(600):  # one sleep that begins in the moment of a signal would not notice it
            time.sleep(0.1)


    @job(executor_def=subprocess_executor)
    def long():
        after(waits())
"""


@pytest.fixture
def folder(project: Project) -> Path:
    project("jobs.py", JOBS)
    (project() / EXAMPLE.name).write_text(EXAMPLE.read_text())
    return project()


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def statuses(text: str) -> dict[str, str]:
    return {event["op"]: event["status"] for event in events(text) if event["event"] == "op.end"}


def test_the_executor_of_the_example_is_one_short_file() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60


def test_each_op_runs_in_a_child_of_the_command_with_resources_of_its_own(folder: Path, dagjob: Run) -> None:
    done = dagjob("run", "jobs.py:small", "-f", "jsonl")
    assert done.code == 0, done.stderr
    assert statuses(done.stdout) == {"first": "success", "second": "success"}
    assert "separate 3 main True open True" in done.stdout
    assert events(done.stdout)[0]["executor"] == "subprocess_executor"


def test_what_ops_print_arrives_in_the_log_of_the_run(folder: Path, dagjob: Run) -> None:
    assert dagjob("run", "jobs.py:small").code == 0
    logs = dagjob("runs", "logs", "latest", "first").stdout
    assert all(text in logs for text in ("printed by first", "and on stderr", "logged by first"))


def test_a_child_that_dies_fails_its_op_alone(folder: Path, dagjob: Run) -> None:
    done = dagjob("run", "jobs.py:crash", "-f", "jsonl")
    assert done.code == 1
    assert statuses(done.stdout) == {"dies": "failed", "after": "not_run", "dies_once": "success", "fine": "success"}
    assert "exit code 3" in done.stdout
    assert "SIGKILL" in done.stdout
    assert (folder / "hooks").read_text() == "dies ChildProcessCrashException\n"


def test_hooks_that_a_child_could_not_run_are_run_by_another(folder: Path, dagjob: Run) -> None:
    """Of the op that died, and of the one that waits for its next attempt when the run is given up."""
    done = dagjob("run", "jobs.py:given_up", "-f", "jsonl", "--max-failures", "1")
    assert statuses(done.stdout) == {"dies": "failed", "fails": "failed"}
    lines = (folder / "hooks").read_text().splitlines()
    assert sorted(lines) == ["dies ChildProcessCrashException", "fails ValueError"]
    assert [event["op"] for event in events(done.stdout) if event["event"] == "op.start"].count("fails") == 1


def test_a_timeout_is_kept_where_the_op_runs(folder: Path, dagjob: Run) -> None:
    done = dagjob("run", "jobs.py:late", "-f", "jsonl")
    assert statuses(done.stdout) == {"slow": "timeout"}


def test_a_signal_reaches_the_op_and_cancels_the_run(folder: Path, clean_env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "dagjob", "run", "jobs.py:long", "-f", "jsonl"]
    pipe = subprocess.PIPE
    run = subprocess.Popen(command, cwd=folder, env=clean_env, stdout=pipe, stderr=pipe, text=True)
    try:
        until = time.monotonic() + 60
        while not (folder / "waits.pid").exists() and run.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 143, err
    assert statuses(out) == {"waits": "canceled", "after": "not_run"}
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "waits.pid").read_text()), 0)


def test_an_executor_with_processes_needs_a_job_that_they_can_find(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS.replace("resource_defs={", 'resource_defs={"io_manager": mem_io_manager, ').replace(
        "import RetryPolicy", "import RetryPolicy, mem_io_manager"
    ))  # fmt: skip
    (project() / EXAMPLE.name).write_text(EXAMPLE.read_text())
    done = dagjob("run", "jobs.py:small")
    assert done.code == 4
    assert 'the executor "subprocess_executor"' in done.stderr
    assert "mem_io_manager" in done.stderr
