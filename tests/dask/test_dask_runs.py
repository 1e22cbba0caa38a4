"""What ops ask of Dask's workers, and where they ran."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import DaskCluster

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
