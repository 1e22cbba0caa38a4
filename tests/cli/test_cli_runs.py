"""Looking back at a run: its values, its logs, its page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
from dataclasses import dataclass
from dagjob import DynamicOut, DynamicOutput, MetadataValue, RetryPolicy, graph, job, op

@dataclass
class Row:
    a: int

class Shy:
    def __repr__(self): raise RuntimeError("not now")

@op
def fetch(context) -> list:
    context.log.info("fetched 3 rows\\nfrom afar")
    context.add_output_metadata(
        {"row_count": 3, "path": MetadataValue.path("/data/x.csv"), "mean": 2.5, "deep": {"a": 1}}
    )
    print("printed")
    return [21.5, 23.0, "\\u2603"]

@op(retry_policy=RetryPolicy(max_retries=2))
def mean(context, values: list) -> Row:
    print("trying", context.retry_number)
    if context.retry_number < 2:
        raise ValueError(f"not yet, at {context.retry_number}")
    return Row(3)

@op(out=DynamicOut())
def split(context):
    for key in "ab":
        yield DynamicOutput(key * 2, key)

@op
def each(context, key):
    print("each " + key * 200)
    return Shy()

@graph
def inner():
    split().map(each)

@job
def weather():
    inner()
    mean(fetch())
"""


@pytest.fixture
def weather(project: Project, dagjob: Run) -> Any:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py")
    assert done.code == 0, done.stderr
    return done


# -- values --------------------------------------------------------------------------------------------------------


def test_the_end_of_a_run_tells_what_is_worth_seeing_and_how_to_see_a_value(weather: Any, dagjob: Run) -> None:
    [fetched] = [line for line in weather.stderr.splitlines() if " ok      fetch" in line]
    assert fetched.endswith("3 rows, path /data/x.csv, mean 2.5")
    *_, last = weather.stderr.splitlines()
    run_id = json.loads(dagjob("runs", "show", "-f", "json").stdout)["id"]
    assert last == f"see a value:  dagjob runs output {run_id[:8]} mean"
    done = dagjob("run", "jobs.py", "--no-state")
    assert "see a value" not in done.stderr


def test_a_stored_value_is_printed_as_json_if_it_can_be(weather: Any, dagjob: Run, tmp_path: Path) -> None:
    assert dagjob("runs", "output", "latest", "fetch").stdout == '[21.5, 23.0, "☃"]\n'
    assert dagjob("runs", "output", "latest", "fetch.result").stdout == '[21.5, 23.0, "☃"]\n'
    assert dagjob("runs", "output", "latest", "inner.split.result[b]").stdout == '"bb"\n'
    # From another folder, too, the class of the value is found.
    there = str(tmp_path / "project")
    assert dagjob("-C", there, "runs", "output", "latest:weather", "mean", cwd=tmp_path).stdout == "Row(a=3)\n"
    copied = dagjob("runs", "output", "latest", "fetch", "-o", str(tmp_path / "x.pickle"))
    assert (copied.code, copied.stdout) == (0, "")
    assert (tmp_path / "x.pickle").read_bytes().startswith(b"\x80\x05")
    assert dagjob("runs", "output", "latest", "fetch", "-o", str(tmp_path / "x.pickle")).code == 2


def test_a_value_that_cannot_be_shown_is_told_in_words(weather: Any, dagjob: Run, project: Project) -> None:
    for words, code, told in [
        (("latest", "inner.split"), 5, "name one of them"),
        (("latest", "mean.reslt"), 5, 'Did you mean "result"?'),
        (("latest", "meen"), 5, 'Did you mean "mean"?'),
        (("mean",), 2, "OP is missing"),
        (("latest", "inner.each[a]"), 7, "raised RuntimeError: not now"),
    ]:
        done = dagjob("runs", "output", *words)
        assert (done.code, done.stdout) == (code, ""), words
        assert told in done.stderr
    project("jobs.py", "raise ValueError('gone')")
    done = dagjob("runs", "output", "latest", "mean")
    assert (done.code, done.stdout) == (7, "")
    assert "ValueError: gone" in done.stderr
    for file in (project() / ".dagjob").glob("runs/*/out/fetch/*"):
        file.unlink()
    done = dagjob("runs", "output", "latest", "fetch")
    assert done.code == 7
    assert "is gone" in done.stderr
