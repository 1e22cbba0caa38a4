"""Failure hooks run when the process of an op has died, and when its time was up."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = """
    import os, signal, time
    from dagjob import RetryPolicy, failure_hook, graph, job, op, resource, success_hook

    def say(text):
        with open("said", "a") as file:
            print(text, file=file)

    @resource
    def pager(context):
        say("opened")
        yield "pager"
        say("closed")

    @resource
    def costly(context):
        say("costly")

    @failure_hook(required_resource_keys={"pager"})
    def alarm(context):
        error = context.op_exception
        values = dict(context.op_output_values)
        say(f"{context.step_key} {type(error).__name__} {context.resources.pager} {values} {context.op_config}")

    @success_hook
    def praise(context): say(f"praise {context.step_key}")

    @op(required_resource_keys={"costly"}, config_schema={"n": int})
    def dies(context): os.kill(os.getpid(), signal.SIGKILL)

    @op
    def leaves(): os._exit(0)

    @op
    def hangs(): time.sleep(60)

    @op
    def deaf():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            try: time.sleep(60)
            except BaseException: pass

    @op(retry_policy=RetryPolicy(max_retries=1))
    def dies_twice(context):
        say(f"attempt {context.retry_number}")
        os._exit(4)

    @failure_hook
    def slow(context):
        say("slow begins")
        time.sleep(60)

    @op
    def plain(): os._exit(5)

    @graph
    def inner(): plain.with_hooks({slow})()

    R = {"pager": pager, "costly": costly}

    @job(hooks={alarm, praise}, resource_defs=R, config={"ops": {"dies": {"config": {"n": 7}}}})
    def dying(): dies()

    @job(hooks={alarm, praise}, resource_defs=R)
    def leaving(): leaves()

    @job(hooks={alarm, praise}, resource_defs=R)
    def hanging(): hangs()

    @job(hooks={alarm}, resource_defs=R)
    def being_deaf(): deaf()

    @job(hooks={alarm}, resource_defs=R)
    def dying_twice(): dies_twice()

    @job
    def slowly(): inner()
"""


def said(project: Callable[..., Path]) -> list[str]:
    file = project() / "said"
    return file.read_text().splitlines() if file.exists() else []


def start_method(name: str) -> tuple[str, ...]:
    return ("--set", f"execution.config.multiprocess.start_method.{name}={{}}")


@pytest.mark.parametrize("how", ["preloaded", "lean", "spawn"])
def test_the_hook_of_an_op_whose_process_was_killed_runs_in_another(project, dagjob, how: str):
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:dying", *start_method(how))
    assert done.code == 1
    assert said(project)[-3:] == ["opened", "dies ChildProcessCrashException pager {} {'n': 7}", "closed"]
    assert said(project).count("opened") == 2 and said(project).count("costly") == 1  # the op's own, and the hook's


def test_the_hook_of_an_op_that_left_its_process_runs(project, dagjob):
    project("jobs.py", JOBS)
    assert dagjob("run", "jobs.py:leaving").code == 1
    assert "leaves ChildProcessCrashException pager {} None" in said(project)
    assert not [line for line in said(project) if line.startswith("praise")]


@pytest.mark.parametrize(
    ("job", "op", "executor"),
    [
        ("hanging", "hangs", "multiprocess"),
        ("hanging", "hangs", "in_process"),
        ("being_deaf", "deaf", "multiprocess"),
    ],
)
def test_the_hook_of_an_op_whose_time_was_up_runs(project, dagjob, job: str, op: str, executor: str):
    project("jobs.py", JOBS)
    done = dagjob("run", f"jobs.py:{job}", "-e", executor, "--op-timeout", "1s", "--grace", "1s")
    assert done.code == 1
    assert [line for line in said(project) if line.startswith(op)] == [f"{op} DagjobOpTimeoutError pager {{}} None"]


def test_it_runs_once_after_the_last_attempt(project, dagjob):
    project("jobs.py", JOBS)
    assert dagjob("run", "jobs.py:dying_twice").code == 1
    assert [line for line in said(project) if line not in ("opened", "closed")] == [
        "attempt 0",
        "attempt 1",
        "dies_twice ChildProcessCrashException pager {} None",
    ]


def test_an_interrupt_ends_a_hook_that_takes_long(project, start):
    project("jobs.py", JOBS)
    process = start("run", "jobs.py:slowly", "--grace", "1s")
    while "slow begins" not in said(project):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(2)
    assert process.wait(timeout=30) in (1, 130)
