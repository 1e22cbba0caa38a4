"""What ops ask of Dask's workers, and where they ran."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import DaskCluster

if "DAGJOB_TESTS_DASK" not in os.environ:
    pytest.skip("make test-dask runs them", allow_module_level=True)
pytest.importorskip("distributed", reason="the extra dask is not installed")

EXAMPLES = Path(__file__).parents[2] / "examples" / "dask"

JOBS = """
    import os
    import time
    from dagjob import dask_executor, job, op


    @op(tags={"dagster-dask/resource_requirements": '{"GPU": 1}'})
    def on_gpu():
        time.sleep(0.1)


    @op(tags={"dagjob/cpus": "2"})
    def on_two():
        time.sleep(0.1)


    @op(tags={"dagjob/memory": "1GiB"})
    def large(context):
        print("large prints")
        context.log.info("large logs")
        print("and again")


    @op(tags={"dagjob/cpus": "two"})
    def wrong():
        pass


    @job(executor_def=dask_executor)
    def greedy():
        for number in range(3):
            on_gpu.alias(f"gpu_{number}")()
            on_two.alias(f"two_{number}")()
        large()
        wrong()
"""


def test_what_ops_need_is_reserved_for_them_on_their_worker(
    project: Callable[..., Path], dagjob: Callable[..., Any], dask_cluster: DaskCluster
) -> None:
    project("jobs.py", JOBS)
    existing = f"execution.config.cluster.existing.address={dask_cluster.address}"
    done = dagjob("run", "jobs.py:greedy", "--set", existing, "-f", "jsonl")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    ends = {event["op"]: event for event in events if event["event"] == "op.end"}
    assert ends.pop("wrong")["error"]["message"].endswith("must be a number, not 'two'")
    assert {event["status"] for event in ends.values()} == {"success"}
    for kind in ("gpu", "two"):
        at_work: dict[str, str] = {}
        for event in events:
            op = event.get("op", "")
            if op.startswith(kind) and event["event"] == "op.start":
                assert event["worker"] not in at_work.values(), "two at once on a worker"
                at_work[op] = event["worker"]
            elif op in at_work and event["event"] == "op.end":
                del at_work[op]
    assert any("dagjob/memory has no effect" in event.get("text", "") for event in events)
    logs = dagjob("runs", "logs", "latest", "large").stdout.splitlines()
    assert [line.rpartition("  ")[2] for line in logs] == ["large prints", "large logs", "and again"]


POOLED = """
    import time
    from pathlib import Path
    from dagjob import dask_executor, job, op

    OVER = Path(__file__).parent / "first is over"


    @op(pool="db", tags={"dagster/priority": "10"})
    def first():
        return 1


    @op(pool="db", tags={"dagster/priority": "9"})
    def urgent(x):
        time.sleep(0.1)


    @op(pool="db", tags={"dagster/priority": "-1"})
    def later():
        while not OVER.exists():
            time.sleep(0.01)
        time.sleep(0.1)


    def hear(event):
        kind = type(event).__name__, getattr(event, "step", "")
        if kind == ("StepSucceeded", "first"):
            OVER.touch()
        elif kind == ("StepStarted", "urgent"):
            time.sleep(0.3)  # All that happens meanwhile is heard at once.


    @job(executor_def=dask_executor)
    def pooled():
        urgent(first())
        for number in range(5):
            later.alias(f"later_{number}")()
"""


def test_a_pool_is_a_resource_of_the_workers_and_what_is_urgent_goes_first(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("jobs.py", POOLED)
    local = {"local": {"n_workers": 1, "threads_per_worker": 4, "resources": {"db": 1}}}
    project("config.json", json.dumps({"execution": {"config": {"cluster": local}}}))
    done = dagjob("run", "jobs.py:pooled", "-c", "config.json", "-j", "10", "-f", "jsonl", "--sink", "jobs:hear")
    assert done.code == 0, done.stderr
    at_work: list[str] = []
    begun: list[str] = []
    for event in map(json.loads, done.stdout.splitlines()):
        if event["event"] == "op.start":
            at_work.append(event["op"])
            begun.append(event["op"])
            assert len(at_work) == 1, "two at once in a pool of one"
        elif event["event"] == "op.end":
            at_work.remove(event["op"])
    assert len(begun) == 7
    assert begun[-1] != "urgent", begun  # Dask had all of the others before this one.


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ("Metadata-Version: 2.1\nName: dagjob\nVersion: 0.0.1\n", ": dagjob 0.0.1, here it is "),
        ("", "a worker of the Dask cluster cannot take ops: Exception: ModuleNotFoundError"),
    ],
)
def test_a_worker_with_another_version_is_told_before_there_is_a_run(
    project: Callable[..., Path], dagjob: Callable[..., Any], tmp_path: Path, metadata: str, words: str
) -> None:
    project("jobs.py", JOBS)
    (tmp_path / "old" / "dagjob").mkdir(parents=True)
    (tmp_path / "old" / "dagjob" / "__init__.py").write_text('__version__ = "0.0.1"')
    if metadata:
        (tmp_path / "old" / "dagjob-0.0.1.dist-info").mkdir()
        (tmp_path / "old" / "dagjob-0.0.1.dist-info" / "METADATA").write_text(metadata)
    cluster = DaskCluster(tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path / "old")})
    try:
        cluster.workers("behind")
        existing = f"execution.config.cluster.existing.address={cluster.address}"
        done = dagjob("run", "jobs.py:greedy", "--set", existing)
    finally:
        cluster.close()
    assert done.code == 4
    assert words in done.stderr
    assert "install the same versions of Python and dagjob there" in done.stderr
    assert "greedy" not in dagjob("runs", "list").stdout


def test_a_cluster_of_its_own_ends_with_the_run(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("simulate.py", (EXAMPLES / "simulate.py").read_text())
    project("local.yaml", (EXAMPLES / "local.yaml").read_text())
    done = dagjob("run", "simulate.py", "-e", "dask", "-c", "local.yaml", "-f", "jsonl")
    assert done.code == 0, done.stderr
    assert done.stderr == ""
    starts = [event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "op.start"]
    assert len({event["worker"] for event in starts if event["op"].startswith("simulate[")}) == 2
    assert float(dagjob("runs", "output", "latest", "mean").stdout) == pytest.approx(3.14, abs=0.02)


@pytest.mark.parametrize("name", ["existing", "slurm", "kubernetes"])
def test_the_config_of_an_example_is_one_for_the_executor(name: str) -> None:
    from dagjob import config_from_files, dask_executor, validate_run_config
    from dagjob.engine.importing import Target
    from dagjob.engine.target import load_job

    job = load_job(Target("simulate.py", "pi", str(EXAMPLES))).job.with_executor_def(dask_executor)
    config = config_from_files([str(EXAMPLES / f"{name}.yaml")])
    resolved = validate_run_config(job, config)["execution"]["dask"]
    assert resolved["cluster"].keys() == config["execution"]["config"]["cluster"].keys()


@pytest.mark.parametrize(
    "cluster, words",
    [
        ({"existing": {"address": "tcp://127.0.0.1:1"}}, "no Dask scheduler answers at tcp://127.0.0.1:1"),
        ({"nowhere.Cluster": {}}, "pip install nowhere"),
        ({"local": {"wrokers": 1}}, "wrokers"),
    ],
)
def test_a_cluster_that_cannot_be_had_is_told_before_there_is_a_run(
    project: Callable[..., Path], dagjob: Callable[..., Any], cluster: dict[str, Any], words: str
) -> None:
    project("jobs.py", JOBS)
    project("config.json", json.dumps({"execution": {"config": {"cluster": cluster}}}))
    quick = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    done = dagjob("run", "jobs.py:greedy", "-c", "config.json", env=quick)
    assert done.code == 4
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "greedy" not in dagjob("runs", "list").stdout
