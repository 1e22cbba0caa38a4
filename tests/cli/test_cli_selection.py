"""`-s/--select` and `--exclude` as a user meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

CHAIN = """
from dagjob import graph, job, op

@op
def a():
    return 1

@op
def b(x: int):
    return x + 1

@op(tags={"team": "x"})
def side():
    return 0

@graph
def g(x):
    return b.alias("two")(b.alias("one")(x))

@job
def chain():
    b(a())
    side()
    g(a.alias("first")())
"""


@pytest.fixture
def chain(project: Project) -> Path:
    return project("jobs.py", CHAIN)


def ran(done: Any) -> list[str]:
    assert done.code == 0, done.stderr
    return sorted(step["key"] for step in json.loads(done.stdout)["steps"])


@pytest.mark.parametrize(
    "how", [["-e", "in_process"], ["--set", "execution.config.multiprocess.start_method.spawn={}"]]
)
def test_only_what_is_selected_runs_in_every_process(dagjob: Run, chain: Path, how: list[str]) -> None:
    done = dagjob("run", "chain", "-s", "*b", "-s", "first+, tag:team=x", "--exclude", "g.two", "-f", "json", *how)
    assert ran(done) == ["a", "b", "first", "g.one", "side"]


def test_an_input_that_is_left_open_is_told_and_can_be_given(dagjob: Run, chain: Path) -> None:
    done = dagjob("run", "chain", "-s", "b")
    assert done.code == 6 and "x" in done.stderr and "b" in done.stderr
    assert ran(dagjob("run", "chain", "-s", "b", "--set", "ops.b.inputs.x.value=3", "-f", "json")) == ["b"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-s", "sdie"], 'Did you mean "side"?'),
        (["-s", ""], "no clause"),
        (["-s", "a,side b"], '"side b" is no clause'),
        (["-s", "tag:team=none"], "no op has what"),
        (["-s", "side", "--exclude", "*"], "nothing is left"),
    ],
)
def test_a_selection_of_nothing_ends_with_exit_5(dagjob: Run, chain: Path, options: list[str], told: str) -> None:
    done = dagjob("run", "chain", *options)
    assert done.code == 5 and told in done.stderr and "DJ104" in done.stderr


def test_the_history_knows_what_was_selected(dagjob: Run, chain: Path) -> None:
    assert dagjob("run", "chain", "-s", "*b,g", "--exclude", "g.two", "--set", "ops.g.inputs.x.value=1", "-q").code == 0
    (listed,) = json.loads(dagjob("runs", "-f", "json").stdout)["runs"]
    shown = json.loads(dagjob("runs", "show", "-f", "json").stdout)
    for run in (listed, shown):
        assert (run["selection"], run["excluded"]) == (["*b", "g"], ["g.two"])
    assert shown["selected"] == ["a", "b", "g.one"]
    for words in (["runs"], ["runs", "show"]):
        assert "-s *b,g --exclude g.two" in dagjob(*words).stdout


def test_validate_checks_what_is_selected(dagjob: Run, chain: Path) -> None:
    assert "1 op" in dagjob("validate", "chain", "-s", "side").stdout
    done = dagjob("validate", "chain", "-s", "b", "--set", "ops.side.config=1", "-f", "json")
    assert done.code == 1 and "ops:b:inputs:x" in done.stdout
    assert dagjob("validate", "chain", "-s", "sdie").code == 5


def test_list_selects_jobs_by_name_and_tag(dagjob: Run, project: Project) -> None:
    project("jobs.py", CHAIN + "\n\n@job(tags={'team': 'y'})\ndef other():\n    side()\n")

    def listed(*options: str) -> Any:
        return dagjob("list", *options, "-f", "names").stdout.split()

    assert listed("-s", "tag:team=y") == listed("-s", "name:o*") == listed("--exclude", "chain") == ["jobs.py:other"]
    done = dagjob("list", "-s", "othre")
    assert done.code == 5 and 'Did you mean "other"?' in done.stderr
