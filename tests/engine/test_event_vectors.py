"""The events of 83 job shapes, in Dagster's types and order (`tests/vectors/events.json`, with the jobs in `event_jobs.py`)."""

from __future__ import annotations

import importlib.util
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = json.loads((VECTORS / "events.json").read_text())
ALL_IN_PROCESSES = """
import json, logging
if __name__ == "__main__":
    import event_jobs
    logging.disable(logging.CRITICAL)
    print(json.dumps({each["job"]: event_jobs.run_entry(each) for each in json.load(open("events.json"))["multiprocess"]}))
"""


@pytest.fixture(scope="module")
def jobs() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("event_jobs", VECTORS / "event_jobs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    logging.disable(logging.CRITICAL)
    yield module
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda e: e["job"])
def test_a_run_in_process_tells_what_it_told_in_dagster(case: dict[str, Any], jobs: ModuleType) -> None:
    found = json.loads(json.dumps(jobs.run_entry(case)))
    assert found == {key: case[key] for key in found}


def test_runs_in_processes_tell_what_they_told_in_dagster(clean_env: dict[str, str]) -> None:
    # All in one process without the threads of a test runner, which would change how its children are started.
    command = [sys.executable, "-c", ALL_IN_PROCESSES]
    done = subprocess.run(command, cwd=VECTORS, env=clean_env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for case in CASES["multiprocess"]:
        assert found[case["job"]] == {key: case[key] for key in found[case["job"]]}, case["job"]


def test_every_shape_is_there(jobs: ModuleType) -> None:
    assert all(hasattr(jobs, each["job"]) for each in CASES["cases"] + CASES["multiprocess"])
