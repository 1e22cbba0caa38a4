"""Failure hooks run when the process of an op has died, when its time was up, and when its next attempt never comes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = """
    import os, signal, time
    from dagjob import Failure, RetryPolicy, RetryRequested, failure_hook, graph, job, op, resource, success_hook

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

    class OrdersLost(Exception):
        def __init__(self, *, table): super().__init__(f"no {table}")

    @failure_hook
    def why(context): say(f"{context.step_key} {type(context.op_exception).__name__} {context.op_exception}")

    @op(retry_policy=RetryPolicy(max_retries=2, delay=600))
    def a_waits(): raise OrdersLost(table="orders")

    @op
    def bad(): raise Failure("enough")

    @op(retry_policy=RetryPolicy(max_retries=2, delay=600))
    def c_asks(): raise RetryRequested(max_retries=3, seconds_to_wait=600)

    @job(hooks={why})
    def giving_up(): a_waits(), bad(), c_asks()
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


WARM = ("--set", "execution.config.multiprocess.workers=warm")


@pytest.mark.parametrize("how", [("-e", "in_process"), start_method("preloaded"), start_method("spawn"), WARM])
def test_the_hook_of_an_op_that_is_not_tried_again_after_all_runs_once(project, dagjob, how: tuple[str, ...]):
    """When the run is given up while it waits for its next attempt."""
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:giving_up", "-x", "-j", "1", "-f", "jsonl", *how)
    assert done.code == 1
    assert said(project) == ["bad Failure enough", "a_waits OrdersLost no orders"]
    hooks = [json.loads(line) for line in done.stdout.splitlines() if '"hook"' in line]
    assert [(hook["op"], hook["outcome"]) for hook in hooks if hook["outcome"] != "skipped"] == [
        ("bad", "completed"),
        ("a_waits", "completed"),
    ]


@pytest.mark.parametrize("how", [("-e", "in_process"), WARM])
def test_the_hook_of_an_op_that_may_not_be_tried_again_runs(project, dagjob, how: tuple[str, ...]):
    project("jobs.py", JOBS)
    assert dagjob("run", "jobs.py:giving_up", "--no-retries", "-j", "1", *how).code == 1
    assert [line.split(" ", 2)[:2] for line in said(project)] == [
        ["a_waits", "OrdersLost"],
        ["bad", "Failure"],
        ["c_asks", "RetryRequested"],
    ]


def test_an_interrupt_ends_a_hook_that_takes_long(project, start):
    project("jobs.py", JOBS)
    process = start("run", "jobs.py:slowly", "--grace", "1s")
    while "slow begins" not in said(project):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(2)
    assert process.wait(timeout=30) in (1, 130)
