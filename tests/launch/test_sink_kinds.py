"""Sinks that a command line asks for: several at once, with arguments, and none of them can stop an op."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

EXAMPLE = Path(__file__).parents[2] / "examples" / "extending" / "summary_file.py"

JOB = """
    from dagjob import job, op

    @op
    def fine():
        return 1

    @op
    def breaks(x):
        raise ValueError("no such orders")

    @job
    def small():
        breaks(fine())
"""

SINKS = """
    from dagjob.engine.ports import Sink
    from dagjob.events import RunEnded, StepSucceeded

    def on_event(event):
        with open("heard.txt", "a") as file:
            print(type(event).__name__, file=file)

    def breaks(event):
        raise RuntimeError("no network")

    class Bare:
        def __call__(self, event):
            if isinstance(event, RunEnded):
                open("bare.txt", "w").close()

    class Unfinished(Sink):
        def __call__(self, event):
            raise RuntimeError("cannot go on")

        def close(self):
            open("given-back.txt", "w").close()

    number = 5
"""


@pytest.fixture
def small(project: Project) -> Path:
    project("jobs.py", JOB)
    project("sinks.py", SINKS)
    return project()


def test_a_sink_of_the_user_writes_a_file_that_the_command_line_names(small: Path, dagjob: Run) -> None:
    (small / "summary_file.py").write_text(EXAMPLE.read_text())
    assert dagjob("run", "jobs.py", "--sink", "summary_file:SummaryFile=out.md").code == 1
    lines = (small / "out.md").read_text().splitlines()
    assert lines[0] == "# small"
    assert lines[2].startswith("- fine: ok")
    assert "ValueError" in lines[3]
    assert "no such orders" in lines[3]
    assert lines[5].startswith("failed after")


def test_the_sink_of_the_example_is_one_short_file() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60


def test_any_number_of_sinks_receive_one_run(small: Path, dagjob: Run) -> None:
    done = dagjob(
        "run", "jobs.py", "-f", "json", "--sink", "sinks:on_event", "--sink", "sinks:Bare", "--events", "events.jsonl"
    )
    assert done.code == 1
    assert json.loads(done.stdout)["status"] == "failed"
    names = (small / "heard.txt").read_text().split()
    assert (names[0], names[-1]) == ("RunStarted", "RunEnded")
    assert (small / "bare.txt").exists()
    events = [json.loads(line) for line in (small / "events.jsonl").read_text().splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("run.start", "run.end")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert len(events) == len(names)


def test_sinks_may_stand_in_pyproject(small: Path, dagjob: Run) -> None:
    (small / "pyproject.toml").write_text('[tool.dagjob]\nsinks = ["sinks:on_event"]\n')
    assert dagjob("run", "jobs.py").code == 1
    assert "RunEnded" in (small / "heard.txt").read_text()


def test_a_sink_that_fails_is_dropped_and_the_ops_go_on(small: Path, dagjob: Run) -> None:
    done = dagjob("run", "jobs.py", "--sink", "sinks:breaks", "--sink", "sinks:on_event")
    assert done.code == 1
    assert "no network" in done.stderr
    assert done.stderr.count("no network") == 1
    assert "StepFailed" in (small / "heard.txt").read_text()


def test_a_sink_that_fails_may_still_give_back_what_it_took(small: Path, dagjob: Run) -> None:
    dagjob("run", "jobs.py", "--sink", "sinks:Unfinished")
    assert (small / "given-back.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sink", "sinks"], ["MODULE:NAME"]),
        (["--sink", "nowhere:f"], ["nowhere:f", "ModuleNotFoundError"]),
        (["--sink", "sinks:absent"], ["sinks:absent", "absent"]),
        (["--sink", "sinks:number"], ["int", "function of one event"]),
        (["--sink", "sinks:number=3"], ["sinks:number=3", "TypeError"]),
        (["--events", "no/such/folder/e.jsonl"], ["--events", "no/such/folder"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_sink_that_cannot_be_made_is_a_usage_error_and_nothing_runs(
    arguments: list[str], words: list[str], small: Path, dagjob: Run
) -> None:
    done = dagjob("run", "jobs.py", *arguments)
    assert done.code == 2, done.stderr
    assert all(word in done.stderr for word in words)
    assert dagjob("runs", "list", "-f", "ids").stdout == ""
