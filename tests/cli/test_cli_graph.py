"""`dagjob graph`: which picture, of what, where to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted_history import Ask, Plant, run_events

Run = Callable[..., Any]

JOBS = """
from dagjob import graph, job, op

@op
def load():
    return 1

@op
def clean(x):
    return x

@graph
def tidy(x):
    return clean(x)

@job
def daily():
    tidy(load())
"""


@pytest.fixture
def told(project: Callable[..., Path], ask: Ask) -> Ask:
    project("jobs.py", JOBS)
    return ask


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ((), "╙── load"),
        (("-f", "mermaid"), "flowchart LR"),
        (("-f", "mermaid", "--direction", "TB"), "flowchart TB"),
        (("-f", "dot"), 'digraph "daily" {'),
        (("-f", "svg"), '<?xml version="1.0"'),
        (("-f", "html"), "<!doctype html>"),
        (("-f", "json"), "{"),
    ],
)
def test_each_format_goes_to_stdout(words: tuple[str, ...], begins: str, told: Ask) -> None:
    answer = told("graph", "jobs.py:daily", *words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(begins)


def test_the_ending_of_the_file_chooses_the_format(told: Ask) -> None:
    for name, begins in (("a.svg", "<?xml"), ("a.html", "<!doctype"), ("a.mmd", "flowchart"), ("a.gv", "digraph")):
        answer = told("graph", "jobs.py:daily", "-o", name)
        assert (answer.code, answer.out, answer.err) == (0, "", f"wrote {name}\n")
        assert Path(name).read_text(encoding="utf-8").startswith(begins)


def test_a_selection_and_a_depth_draw_less(told: Ask) -> None:
    def names(*words: str) -> list[str]:
        drawn = json.loads(told("graph", "jobs.py:daily", "-f", "json", *words).out)
        return [each["key"] for each in drawn["ops"]]

    assert names() == ["load", "tidy.clean"]
    assert names("-s", "load") == ["load"]
    assert names("--exclude", "load") == ["tidy.clean"]  # which could not be run alone
    assert names("--depth", "0") == ["load", "tidy"]


def test_a_run_is_drawn_from_the_history_alone(plant: Plant, ask: Ask) -> None:
    plant(run_events("aaaaaaaa-1", status="failed"))
    drawn = json.loads(ask("graph", "--run", "aaa", "-f", "json").out)
    assert (drawn["run"], drawn["status"]) == ("aaaaaaaa", "failed")
    assert all(each["status"] for each in drawn["ops"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--depth", "-1"), 2, "--depth takes a number from 0 on"),
        (("--depth", "x"), 2, "--depth takes a number from 0 on"),
        (("--expand",), 2, "name it with --run RUN"),
        (("-f", "svgg"), 2, 'Did you mean "svg"?'),
        (("--run", "latest"), 5, "no run is recorded yet"),
        (("-s", "laod"), 5, '"load"'),
        (("-o", "no/such/folder.svg"), 2, "cannot write"),
    ],
)
def test_mistakes(words: tuple[str, ...], code: int, said: str, told: Ask) -> None:
    answer = told("graph", "jobs.py:daily", *words)
    assert answer.code == code
    assert said in answer.err and answer.out == ""


CHAIN = """
import os
from dagjob import job, op

@op
def first(): ...

@op
def second(x): ...

@op
def third(x): os.stat("there")

@job
def chain():
    third(second(first()))
"""


def test_a_run_that_went_on_with_another_has_all_its_arrows(project: Callable[..., Path], dagjob: Run) -> None:
    project("jobs.py", CHAIN)
    assert dagjob("run", "jobs.py:chain").code == 1
    project("there", "")
    assert dagjob("resume").code == 0
    drawn = json.loads(dagjob("graph", "--run", "latest", "-f", "json").stdout)
    assert [(each["key"], each["status"]) for each in drawn["ops"]] == [
        ("first", "reused"), ("second", "reused"), ("third", "success"),
    ]  # fmt: skip
    assert [(each["from"], each["to"]) for each in drawn["edges"]] == [("first", "second"), ("second", "third")]
    assert "needs" not in dagjob("runs", "diff", "latest:failed", "latest").stdout
