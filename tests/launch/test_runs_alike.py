"""A job with an op of every kind comes to the same in every executor and with every start method.

The same values, ends and order of the events of each step, the same calls of hooks; what is opened is closed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "extending" / "subprocess_executor.py"

STEPS = """
add           success  start input input_check input_check output_check output end hook hook
after_flaky   success  start input input_check output_check output end hook hook hook
asks          success  start retry hook hook start output_check output end hook hook
below         not_run  end
both          skipped  end
each[p]       success  start input input_check output_check output end hook hook
each[q]       success  start input input_check retry hook hook start input input_check output_check output end hook hook
each[r]       success  start input input_check end hook hook
exhausted     failed   start output_check output retry hook hook start output_check output end hook hook
fatal         failed   start end hook hook
flaky         success  start retry hook hook start retry hook hook start output_check output end hook hook
gather        success  start input input input_check output_check output end hook hook
generates     success  start output_check output asset output_check output end hook hook
keys          success  start output_check output output_check output output_check output end hook hook
leaves        failed   start end hook hook
load          success  start log output_check output end hook hook
merge         success  start input input_check output_check output end hook hook
mistyped      failed   start output_check end hook hook
on_cold       skipped  end
on_hot        success  start input input_check output_check output end hook hook
on_late       not_run  end
outer.double        success  start input input_check output_check output end hook hook
outer.inner.double  success  start input input_check output_check output end hook hook
outer.inner.second  success  start input input_check output_check output end hook hook
prepares      success  start output_check end hook hook
sleeps        success  start input input_check output_check output end hook hook
split         success  start output_check output end hook hook
streams       success  start input input_check output_check output output_check output end hook hook
unpicklable   failed   start output_check end hook hook
waits         success  start input_check output_check output end hook hook
"""

VALUES = """
add {'result': 12}
after_flaky {'result': 2}
asks {'result': 'asked'}
each[p] {'result': 'P'}
each[q] {'result': 'Q'}
each[r] {}
flaky {'result': 2}
gather {'result': ['P', 'Q']}
generates {'a': 1, 'b': [2]}
keys {'result': {'p': 'p', 'q': 'q', 'r': 'r'}}
load {'result': (2, 'conn')}
merge {'result': [30]}
on_hot {'result': 30}
outer.double {'result': 16}
outer.inner.double {'result': 4}
outer.inner.second {'result': 8}
prepares {'result': None}
sleeps {'result': 2}
split {'hot': 30}
streams {'c': 1, 'd': [2]}
waits {'result': (['yes'], 5)}
"""

FAILURES = """
exhausted KeyError
fatal Failure
leaves SystemExit
mistyped DagjobTypeCheckDidNotPass
unpicklable DagjobInvariantViolationError
"""

TRIED_AGAIN = {"asks": [1], "each[q]": [1], "exhausted": [1], "flaky": [1, 2]}

FLAKY = """
STEP_START STEP_UP_FOR_RETRY HOOK_SKIPPED HOOK_SKIPPED STEP_RESTARTED STEP_UP_FOR_RETRY HOOK_SKIPPED HOOK_SKIPPED
STEP_RESTARTED STEP_OUTPUT HANDLED_OUTPUT STEP_SUCCESS HOOK_SKIPPED HOOK_COMPLETED
"""

MULTIPROCESS = "execution.config.multiprocess"
EXECUTORS = {
    "in_process": ["every_kind.py:usual", "-e", "in_process"],
    "preloaded": ["every_kind.py:usual", "--set", f"{MULTIPROCESS}.start_method.fork={{}}"],
    "lean": ["every_kind.py:usual", "--set", f"{MULTIPROCESS}.start_method.forkserver={{}}"],
    "spawn": ["every_kind.py:usual", "--set", f"{MULTIPROCESS}.start_method.spawn={{}}"],
    "warm": ["every_kind.py:usual", "--set", f"{MULTIPROCESS}.workers=warm"],
    "warm_spawn": [
        *("every_kind.py:usual", "--set", f"{MULTIPROCESS}.workers=warm"),
        *("--set", f"{MULTIPROCESS}.start_method.spawn={{}}"),
    ],
    "of_the_user": ["every_kind.py:of_the_user"],
    "dask": ["every_kind.py:usual", "-e", "dask"],
}


@pytest.mark.parametrize("executor", EXECUTORS)
def test_every_kind_of_op_comes_to_the_same(
    dagjob: Callable[..., Any], project: Callable[..., Path], executor: str, request: pytest.FixtureRequest
) -> None:
    more = []
    if executor == "dask":
        cluster = request.getfixturevalue("dask_cluster")
        more = ["--set", f"execution.config.cluster.existing.address={cluster.address}"]
    for file in (HERE / "every_kind.py", EXAMPLE):
        project(file.name, file.read_text())
    done = dagjob("run", *EXECUTORS[executor], *more, "-j", "2", "-f", "jsonl")
    assert done.code == 1, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert steps_of(events) == [line.split() for line in sorted(STEPS.split("\n")) if line]
    assert noted(project, "values") == lines(VALUES)
    assert noted(project, "failures") == lines(FAILURES)
    assert {
        step: [e["attempt"] for e in events if e["event"] == "op.retry" and e["op"] == step] for step in TRIED_AGAIN
    } == (TRIED_AGAIN)
    seen = [event["dagster"] for event in events if event.get("op") == "flaky" and "resource" not in event["event"]]
    assert seen == FLAKY.split()
    opened = noted(project, "opened")
    assert opened == noted(project, "closed")
    assert len(opened) == (1 if executor == "in_process" else sum(e["event"] == "op.start" for e in events))

    (fatal,) = [event for event in events if event["event"] == "op.end" and event["op"] == "fatal"]
    assert fatal["failure"] == {"description": "gone", "metadata": {"id": 7}}
    (ended,) = [event for event in events if event["event"] == "run.end"]
    assert ended["counts"] == {"success": 21, "failed": 5, "skipped": 2, "not_run": 2}
    assert sorted(ended["failed_steps"]) == [line.split()[0] for line in lines(FAILURES)]


def steps_of(events: list[dict[str, Any]]) -> list[list[str]]:
    """Of each step how it ended, and its events in their order (those of resources are the run's, in process)."""
    told: dict[str, list[str]] = {}
    ends = {event["op"]: event["status"] for event in events if event["event"] == "op.end"}
    for event in events:
        name = event["event"].removeprefix("op.")
        if "op" in event and not name.startswith("resource"):
            told.setdefault(event["op"], []).append(name)
    return sorted([step, ends[step], *names] for step, names in told.items())


def noted(project: Callable[..., Path], file: str) -> list[str]:
    return sorted((project() / file).read_text().splitlines())


def lines(text: str) -> list[str]:
    return text.strip().splitlines()
