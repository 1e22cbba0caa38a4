"""Dynamic outputs, skips and failures where outputs suffice: contract exe-1, both tables. `test_runs_alike.py` has the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLANS = """
from dagjob import DynamicOut, DynamicOutput, Out, Output, graph, job, op

@op(out=DynamicOut())
def gen():
    yield DynamicOutput("a", mapping_key="a")
    yield DynamicOutput("b", mapping_key="b")

@op(out=DynamicOut(is_required=False))
def gen_none():
    if False:
        yield DynamicOutput(0, mapping_key="x")

@op(out={"good": Out(), "late": Out()})
def many():
    yield Output(1, "good")
    raise ValueError("after the first")

@op
def bad_b(x):
    if x == "b":
        raise ValueError(x)
    return x

@op(out=Out(is_required=False))
def skip_b(x):
    if x != "b":
        yield Output(x)

@op
def work(x):
    return x * 2

@op
def gather(xs):
    return "".join(xs)

@op
def of(x):
    return x

@graph
def twice(x):
    return work.alias("second")(work.alias("first")(x))

@graph
def makes():
    return gen()

@job
def everything():
    items = makes()
    mapped = items.map(twice)
    gather(mapped.map(work).collect())
    gather.alias("direct")(items.collect())
    gather.alias("some")(items.map(skip_b).collect())
    gather.alias("partly")(items.map(bad_b).collect())
    of(gather.alias("none")(gen_none().map(work.alias("never")).collect()))
    good, late = many()
    of.alias("of_good")(good)
    of.alias("of_late")(late)
"""

EXPECTED = {
    "makes.gen": "success",
    **{f"{name}[{key}]": "success" for name in ("twice.first", "twice.second", "work") for key in "ab"},
    "gather": "success",
    "direct": "success",
    "skip_b[a]": "success",
    "skip_b[b]": "success",
    "some": "success",
    "bad_b[a]": "success",
    "bad_b[b]": "failed",
    "partly": "not_run",
    "gen_none": "success",
    "none": "skipped",
    "of": "skipped",
    "many": "failed",
    "of_good": "success",
    "of_late": "not_run",
}
RULE = "step_dependency_config.require_upstream_step_success=false"


@pytest.mark.parametrize(
    "options",
    [
        ["-e", "in_process", "--set", f"execution.config.in_process.{RULE}"],
        ["--set", f"execution.config.multiprocess.{RULE}"],
        ["--set", f"execution.config.multiprocess.{RULE}", "--set", "execution.config.multiprocess.workers=warm"],
    ],
    ids=["in_process", "preloaded", "warm"],
)
def test_every_kind_of_ending_in_every_executor(
    dagjob: Callable[..., Any], project: Callable[..., Path], options: list[str]
) -> None:
    project("jobs.py", PLANS)
    done = dagjob("run", "everything", "-f", "json", *options)
    assert done.code == 1, done.stderr
    steps = {step["key"]: step for step in json.loads(done.stdout)["steps"]}
    assert {key: step["status"] for key, step in steps.items() if not key.endswith("[?]")} == EXPECTED
    for name, value in {"gather": "aaaaaaaabbbbbbbb", "direct": "ab", "some": "a"}.items():
        assert dagjob("runs", "output", "latest", name).stdout.strip().strip('"') == value
