"""`run -s ... --inputs-from RUN`: some ops of a job on what an earlier run of it has stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
from dagjob import Config, DynamicOut, DynamicOutput, graph, job, op

class C(Config):
    limit: int

def mark(name):
    with open("marks", "a") as file:
        file.write(f"{name} ")

@op
def load(config: C):
    mark("load")
    return list(range(config.limit))

@op
def tidy(rows, config: C):
    mark("tidy")
    return rows[: config.limit]

@op(out=DynamicOut())
def split(rows):
    mark("split")
    for row in rows:
        yield DynamicOutput(row, str(row))

@op
def work(row):
    mark("work")
    return row * 10

@op
def total(rows):
    mark("total")
    return sum(rows)

@graph
def inner(rows):
    return total(split(rows).map(work).collect())

@job
def daily():
    inner(tidy(load()))

@job
def other():
    load()
"""
CONFIG = "{execution: {config: {in_process: {}}}, ops: {load: {config: {limit: 4}}, tidy: {config: {limit: 3}}}}"


@pytest.fixture
def again(project: Project, dagjob: Run) -> Callable[..., tuple[Any, str]]:
    """The job was run once; `again(...)` runs it with these options, and tells which ops ran."""
    project("jobs.py", JOBS)
    project("config.yaml", CONFIG)
    assert dagjob("run", "jobs.py:daily", "-c", "config.yaml").code == 0

    def run(*words: str) -> tuple[Any, str]:
        project("marks", "")
        done = dagjob("run", "jobs.py:daily", *words)
        return done, (project() / "marks").read_text().strip()

    return run


def value(dagjob: Run, name: str) -> Any:
    return json.loads(dagjob("runs", "output", "latest", name).stdout)


def test_what_is_selected_reads_what_the_other_run_has_stored(again: Callable[..., Any], dagjob: Run) -> None:
    done, ran = again("-s", "tidy", "--inputs-from", "latest", "--set", "ops.tidy.config.limit=2")
    assert (done.code, ran) == (0, "tidy"), done.stderr
    assert value(dagjob, "tidy") == [0, 1]


def test_copies_and_ops_of_graphs_are_selected_as_ever(again: Callable[..., Any], dagjob: Run) -> None:
    done, ran = again("-s", "inner.total", "--inputs-from", "latest")
    assert (done.code, ran) == (0, "total"), done.stderr
    assert value(dagjob, "inner.total") == 30
    done, ran = again("-s", "inner", "--inputs-from", "latest")
    assert (done.code, ran) == (0, "split work work work total"), done.stderr


def test_the_plan_tells_what_is_read_from_where(again: Callable[..., Any]) -> None:
    done, ran = again("-s", "tidy", "--inputs-from", "latest", "-n")
    assert (done.code, ran) == (0, "")
    told = " ".join((done.stdout + done.stderr).split())
    assert "run tidy" in told and "reuse load from" in told


def test_an_input_that_a_selection_leaves_open_is_told_of_it(again: Callable[..., Any]) -> None:
    done, _ = again("-s", "inner.total", "-c", "config.yaml")
    assert done.code != 0 and "--inputs-from RUN" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--inputs-from", "latest"), 2, "-s or --exclude"),
        (("--resume", "latest", "--inputs-from", "latest"), 2, "--inputs-from says nothing to a run that goes on"),
        (("-s", "tidy", "--inputs-from", "nope"), 5, 'no run "nope"'),
        (("-s", "tidi", "--inputs-from", "latest"), 5, '"tidy"'),
        (("-s", "tidy", "--inputs-from", "latest", "--set", "ops.tidy.config.limt=2"), 6, '"limit"'),
        (("-s", "tidy", "--inputs-from", "latest:other"), 5, 'a job "other"'),
    ],
)
def test_mistakes(words: tuple[str, ...], code: int, said: str, again: Callable[..., Any]) -> None:
    done, ran = again(*words)
    assert (done.code, ran) == (code, "") and said in done.stderr, done.stderr


def test_what_never_came_to_be_cannot_be_read(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS.replace("    return list(range", "    raise ValueError\n    return list(range"))
    project("config.yaml", CONFIG)
    assert dagjob("run", "jobs.py:daily", "-c", "config.yaml").code == 1
    done = dagjob("run", "jobs.py:daily", "-s", "tidy", "--inputs-from", "latest")
    assert done.code not in (0, 3) and '"load"' in done.stderr, done.stderr
    assert dagjob("run", "jobs.py:other", "-s", "load", "--inputs-from", "latest").code not in (0, 3)
