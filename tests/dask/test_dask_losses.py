"""What is lost on a Dask cluster: a worker, the scheduler, the driver. Nothing of a run is left at work, and it can go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import DaskCluster, await_end_of, kill

if "DAGJOB_TESTS_DASK" not in os.environ:
    pytest.skip("make test-dask runs them", allow_module_level=True)
pytest.importorskip("distributed", reason="the extra dask is not installed")

JOBS = """
    import os
    import signal
    import subprocess
    import sys
    import time
    from pathlib import Path

    from dagjob import RetryPolicy, failure_hook, job, op

    HERE = Path(__file__).parent


    def works_long(context):
        child = subprocess.Popen(["sleep", "60"])
        context.log.info(f"at work {os.getpid()} {child.pid}")
        for _ in range(600):  # one sleep that begins in the moment of a signal would not notice it
            time.sleep(0.1)


    def stops(context):
        if not (HERE / "mended").exists():
            works_long(context)
        return 1


    @failure_hook
    def told(context):
        with open(HERE / "hooks", "a") as file:
            print(context.step_key, file=file)


    @op
    def fragile(context):
        return stops(context)


    @op(retry_policy=RetryPolicy(max_retries=1))
    def tough(context):
        if context.retry_number == 0:
            return stops(context)
        return 2


    @op
    def fine():
        return 3


    @op
    def after(x):
        return x


    @job(hooks={told})
    def losses():
        after(fragile())
        tough()


    @job
    def alone():
        after.alias("done")(fine())
        after(fragile())


    @op
    def polite(context):
        try:
            works_long(context)
        finally:
            (HERE / "polite").write_text("closed")


    @op
    def deaf(context):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        works_long(context)


    @job
    def stopped():
        after(polite())
        deaf()
"""


class Running:
    """A run of the command, whose events are read as they come."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *args: str) -> None:
        command = [sys.executable, "-m", "dagjob", "run", *args, "-f", "jsonl"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=folder, env=environ, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        self.events: list[dict[str, Any]] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            yield self.events[-1]

    def at_work(self, *ops: str) -> list[int]:
        """Wait until these ops are at work: their processes, and those that they have started."""
        found: dict[str, list[int]] = {}
        for event in self:
            if event["event"] == "log" or event["event"] == "op.log":
                found[event["op"]] = [int(pid) for pid in event["text"].split()[2:]]
            if found.keys() >= set(ops):
                return [pid for pids in found.values() for pid in pids]
        raise AssertionError(f"only {list(found)} began: {self.process.communicate()[1]}")

    def end(self) -> int:
        """Wait for the end."""
        for _ in self:
            pass
        return self.process.wait(60)

    def statuses(self) -> dict[str, str]:
        return {event["op"]: event["status"] for event in self.events if event["event"] == "op.end"}


@pytest.fixture(scope="module")
def clusters() -> Iterator[list[DaskCluster]]:
    """Those that were started, the last of them in use."""
    started: list[DaskCluster] = []
    yield started
    for each in started:
        each.close()


@pytest.fixture
def cluster(clusters: list[DaskCluster], tmp_path_factory: pytest.TempPathFactory) -> DaskCluster:
    """One that the tests of this file harm, one after the other."""
    if not clusters or not clusters[-1].lives:
        clusters.append(DaskCluster(tmp_path_factory.mktemp("harmed"), os.environ))
    return clusters[-1]


@pytest.fixture
def start(
    project: Callable[..., Path], clean_env: dict[str, str], cluster: DaskCluster
) -> Iterator[Callable[..., Running]]:
    """Start a run on the cluster."""
    project("jobs.py", JOBS)
    runs: list[Running] = []

    def begin(job: str, *more: str, on: DaskCluster = cluster) -> Running:
        existing = f"execution.config.cluster.existing.address={on.address}"
        runs.append(Running(project(), clean_env, f"jobs.py:{job}", "-e", "dask", "--set", existing, *more))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.communicate()


def below(process: subprocess.Popen[bytes]) -> list[str]:
    """The children of a process."""
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def test_a_killed_worker_fails_its_op_and_the_policy_of_another_tries_again_on_a_worker_that_comes(
    start: Callable[..., Running], cluster: DaskCluster, project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    first, second = cluster.workers("first", "second", threads=1)
    run = start("losses", "-j", "2")
    pids = run.at_work("fragile", "tough")
    kill(first)
    kill(second)
    await_end_of(pids)
    cluster.workers("third")
    assert run.end() == 1
    assert run.statuses() == {"fragile": "failed", "after": "not_run", "tough": "success"}
    (error,) = [e["error"] for e in run.events if e["event"] == "op.end" and e["op"] == "fragile"]
    assert error["type"] == "ChildProcessCrashException"
    assert "worker" in error["message"]
    assert [e["attempt"] for e in run.events if e["event"] == "op.start" and e["op"] == "tough"] == [1, 2]
    assert (project() / "hooks").read_text() == "fragile\n"  # by the third worker
    (project() / "mended").touch()
    resumed = dagjob("resume", "-f", "jsonl")
    assert resumed.code == 0, resumed.stderr
    assert '"op":"tough","status":"reused"' in resumed.stdout.replace(" ", "")


def test_a_signal_reaches_the_ops_and_who_is_deaf_is_killed(
    start: Callable[..., Running], cluster: DaskCluster
) -> None:
    worker = cluster.a_worker()
    run = start("stopped", "--grace", "0.5s")
    pids = run.at_work("polite", "deaf")
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 130
    assert run.statuses() == {"polite": "canceled", "deaf": "canceled", "after": "not_run"}
    await_end_of(pids)
    assert below(worker) == []


def test_ctrl_c_in_a_terminal_is_for_the_driver_and_not_for_the_workers_of_its_own_cluster(
    project: Callable[..., Path], clean_env: dict[str, str]
) -> None:
    project("jobs.py", JOBS)
    run = Running(project(), clean_env, "jobs.py:stopped", "-e", "dask", "-s", "polite", "-j", "1")
    pids = run.at_work("polite")
    os.killpg(run.process.pid, signal.SIGINT)  # as a terminal does
    assert run.end() == 130
    assert "Traceback" not in run.process.communicate()[1]
    assert (project() / "polite").read_text() == "closed"
    await_end_of(pids)


def test_a_killed_driver_takes_its_ops_along_and_the_run_can_go_on(
    start: Callable[..., Running], project: Callable[..., Path], dagjob: Callable[..., Any], cluster: DaskCluster
) -> None:
    worker = cluster.a_worker()
    run = start("alone")
    pids = run.at_work("fragile")
    server = [int(pid) for pid in below(worker)]
    run.process.kill()
    await_end_of([*pids, *server])
    assert "crashed" in dagjob("runs", "list").stdout
    (project() / "mended").touch()
    resumed = dagjob("resume", "-f", "jsonl")
    assert resumed.code == 0, resumed.stderr
    assert '"executor":"dask"' in resumed.stdout.replace(" ", "")


def test_a_worker_that_leaves_in_mid_op_loses_it_and_nobody_does_it_again_unasked(
    start: Callable[..., Running], cluster: DaskCluster
) -> None:
    worker = cluster.a_worker()
    run = start("alone")
    pids = run.at_work("fragile")
    worker.terminate()
    cluster.workers("instead")
    assert run.end() == 1
    assert run.statuses()["fragile"] == "failed"
    assert [e["op"] for e in run.events if e["event"] == "op.start"].count("fragile") == 1
    await_end_of(pids)


def test_a_killed_scheduler_ends_the_run_with_the_cause_and_it_goes_on_elsewhere(
    start: Callable[..., Running], project: Callable[..., Path], dagjob: Callable[..., Any], cluster: DaskCluster
) -> None:
    cluster.a_worker()
    run = start("alone")
    pids = run.at_work("fragile")
    kill(cluster.scheduler)
    assert run.end() == 1
    assert "scheduler was lost" in json.dumps(run.events[-1])
    await_end_of(pids)
    (project() / "mended").touch()
    resumed = dagjob("resume", "-e", "in_process", "-f", "jsonl")
    assert resumed.code == 0, resumed.stderr
