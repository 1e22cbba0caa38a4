"""One document: `run --format json` prints what `runs show --format json` prints of the same run, whatever became of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_examples import EXAMPLES, RUNS, WEATHER

HARD = """
import os, time
from typing import List
from dagjob import (
    DynamicOut, DynamicOutput, Failure, In, MetadataValue, Nothing, Out, Output, RetryPolicy, RetryRequested, graph, job, op
)


@op
def one() -> int:
    return 1


@op
def add(number: int) -> int:
    return number + 1


# -- retries

@op(retry_policy=RetryPolicy(max_retries=2, delay=0.01))
def stubborn(context) -> int:
    sum(range(300_000))
    context.log.info("trying")
    if context.retry_number < 2:
        raise ValueError(f"not yet, at {context.retry_number}")
    return 1

@op
def asks(context):
    raise RetryRequested(max_retries=1) from KeyError("cause")

@job
def retries():
    add(stubborn())
    asks()


# -- failures

@op
def fails(number: int) -> int:
    raise Failure("too bad", metadata={"row": 7, "path": MetadataValue.path("/tmp/x")})

@job(tags={"team": "data"})
def failure():
    add(add(fails(one())))


# -- outputs

@op(out={"rare": Out(int, is_required=False), "usual": Out(int)})
def choosy():
    yield Output(1, "usual", metadata={"rows": 3, "nan": float("nan"), "deep": {"a": [1, {"b": None}]}})

@op(out={"done": Out(Nothing), "result": Out(int)})
def quiet(context):
    context.add_output_metadata({"note": "later", "url": MetadataValue.url("https://example.com")}, output_name="result")
    yield Output(None, "done")
    yield Output(2, "result", metadata={"text": "\\udce9 \\u2603"})

@op(ins={"after": In(Nothing)})
def last():
    pass

@op
def total(numbers: List[int]) -> int:
    return sum(numbers)

@job
def outputs():
    rare, usual = choosy()
    add(rare)
    done, result = quiet()
    last(after=done)
    total([usual, result, one()])


# -- mapped ops and graphs

@op(out=DynamicOut(int))
def items():
    for number in range(3):
        yield DynamicOutput(number, mapping_key=f"n{number}", metadata={"n": number})

@op
def check(number: int) -> int:
    if number == 1:
        raise ValueError("one")
    return number

@job
def mapped():
    total(items().map(check).collect())

@job
def mapped_well():
    total(items().map(lambda number: add(add(number))).collect())

@op(out=DynamicOut(int))
def no_items(number: int):
    raise ValueError("none")

@job
def never_mapped():
    total(no_items(one()).map(check).collect())

@graph
def inner(number):
    return add(add(number))

@graph
def outer(number):
    return inner(inner(number))

@job
def nested():
    outer(one())


# -- ends from outside

@op(tags={"dagjob/timeout": "0.3"})
def slow():
    time.sleep(30)

@op
def dies():
    os._exit(3)

@job
def stopped():
    slow()
    dies()
"""

JOBS = ("retries", "failure", "outputs", "mapped", "mapped_well", "never_mapped", "nested", "stopped")
ENDED = {"success", "failed", "timeout", "canceled", "skipped", "not_run", "reused"}


def both(dagjob: Callable[..., Any], *args: str) -> dict[str, Any]:
    """The document of a run, after a look that the history tells the same."""
    done = dagjob("run", *args, "--format", "json", "-q")
    printed = json.loads(done.stdout)
    assert json.loads(dagjob("runs", "show", printed["id"], "--format", "json").stdout) == printed
    assert {step["status"] for step in printed["steps"]} <= ENDED
    assert sum(printed["ops"].values()) == len(printed["steps"])
    listed = json.loads(dagjob("runs", "list", "--format", "json").stdout)["runs"][0]
    assert listed == {key: printed[key] for key in listed}
    return printed


@pytest.mark.parametrize("example", RUNS)
def test_the_document_of_an_example_is_the_same_twice(example: str, dagjob: Callable[..., Any]) -> None:
    both(dagjob, str(EXAMPLES / example), *RUNS[example][0])


def test_so_is_that_of_the_weather_job(dagjob: Callable[..., Any], tmp_path: Path) -> None:
    quick = ("--set", "average_year.intervals.resamples=40", "--set", "spells.simulate.years=60")
    config = ("-c", str(WEATHER / "config.yaml"), "--set", f"resources.output.folder={tmp_path / 'report'}")
    both(dagjob, str(WEATHER / "jobs.py"), *config, *quick)


@pytest.mark.parametrize("executor", ["multiprocess", "in_process"])
@pytest.mark.parametrize("job", JOBS)
def test_so_is_that_of_a_run_that_went_wrong(
    job: str, executor: str, dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    if (job, executor) == ("stopped", "in_process"):
        pytest.skip("an op that leaves its process takes the run along")
    project("hard.py", HARD)
    run = both(dagjob, f"hard.py:{job}", "-e", executor)
    steps = {step["key"]: step for step in run["steps"]}
    match job:
        case "retries":
            assert (steps["stubborn"]["attempts"], steps["stubborn"]["status"]) == (3, "success")
            assert steps["asks"]["error"]["type"] == "KeyError"
        case "failure":
            assert [steps[key]["status"] for key in ("fails", "add", "add_2")] == ["failed", "not_run", "not_run"]
        case "outputs":
            assert [one["name"] for one in steps["quiet"]["outputs"]] == ["done", "result"]
            assert steps["choosy"]["outputs"][0]["metadata"]["rows"] == 3
            assert steps["add"]["status"] == "skipped"
        case "mapped":
            assert [steps[f"check[n{n}]"]["status"] for n in range(3)] == ["success", "failed", "success"]
            assert [one["mapping_key"] for one in steps["items"]["outputs"]] == ["n0", "n1", "n2"]
        case "never_mapped":
            assert (steps["check[?]"]["status"], steps["total"]["status"]) == ("not_run", "not_run")
        case "stopped":
            assert (steps["slow"]["status"], steps["dies"]["status"]) == ("timeout", "failed")
