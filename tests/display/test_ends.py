"""What is done when a run has ended: values on stdout, a command of the user's, the bell; and sections of CI systems."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_runs import Clock, Script, options, play

from dagjob.display import bell, github
from dagjob.display.output import write_json, write_lines

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = r"""
    from dagjob import DynamicOut, DynamicOutput, Out, job, op

    class Model:
        def __repr__(self):
            return "Model(3)"

    @op(out={"rows": Out(), "model": Out()})
    def load():
        print("\x1b[0Ksection_end:1:x\r\x1b[0K::stop-commands::t\n--- mine\n+++ mine")
        return {"n": 3, "ü": None}, Model()

    @op(out=DynamicOut())
    def split():
        yield DynamicOutput(5, mapping_key="a")

    @op
    def double(n):
        return n * 2

    @op
    def fails(rows):
        print("\x1b[0Ksection_start:1:x[collapsed=true]\r\x1b[0Kmine\n::error::mine\n--- mine")
        raise ValueError("no")

    @job
    def good():
        load()
        split().map(double)

    @job
    def bad():
        fails(load()[0])
    """


@pytest.fixture
def run(project: Project, dagjob: Run) -> Run:
    project("jobs.py", JOBS)
    project("here.yaml", "execution: {config: {in_process: {}}}\n")
    return lambda job, *words, **more: dagjob("run", f"jobs.py:{job}", "-c", "here.yaml", *words, **more)


def test_values_are_printed_on_stdout_when_the_run_has_ended(run: Run) -> None:
    names = ["load.rows", "load.model", "double[a]"]
    done = run("good", "--no-state", *[word for name in names for word in ("--print-output", name)])
    assert (done.code, done.stdout) == (0, '{"n": 3, "\\u00fc": null}\nModel(3)\n10\n'.replace("\\u00fc", "ü"))
    assert "SUCCESS in" in done.stderr


@pytest.mark.parametrize(
    ("job", "words", "code", "told"),
    [
        ("good", ["--print-output", "lod"], 5, 'no op "lod". Did you mean "load"?'),
        ("good", ["--print-output", "load"], 7, '"load" has 2 outputs: name one of them'),
        ("good", ["--print-output", "double[b]"], 7, 'no op "double[b]"'),
        ("good", ["--print-output", "load.rows", "-q"], 2, "both print on stdout"),
        ("bad", ["--print-output", "fails"], 1, "FAILED in"),
    ],
)
def test_a_value_that_cannot_be_printed_is_said(job: str, words: list[str], code: int, told: str, run: Run) -> None:
    done = run(job, *words)
    assert (done.code, done.stdout) == (code, "") and told in done.stderr


def test_a_command_hears_of_a_run_that_failed_or_did_not_begin(run: Run) -> None:
    command = "echo told $DAGJOB_JOB ${DAGJOB_RUN_ID:+id} $DAGJOB_STATUS; exit 3"
    done = run("bad", "--on-failure", command)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.endswith("told bad id failed\nwarning: --on-failure: it ended with exit code 3\n")
    assert "told" not in run("good", "--on-failure", command).stderr
    refused = run("good", "--on-failure", command, "--set", "ops.nothing.config=1")
    assert refused.code == 6 and "told jobs.py:good failed\n" in refused.stderr


def test_the_bell_rings_after_a_long_run_on_a_terminal() -> None:
    def rung(seconds: float, on_terminal: bool = True) -> str:
        stream = io.StringIO()
        display = bell.make(options(stderr=stream, on_terminal=on_terminal))
        script = Script(job="daily\x1b[2J").begin().plan(a="").starts(0, "a").ends(seconds, "a").finish(seconds)
        play(display, script.events, Clock())
        display.close()
        return stream.getvalue()

    assert rung(101) == "\a\x1b]9;daily SUCCESS in 1m41s\x1b\\"
    assert rung(29) == rung(101, on_terminal=False) == ""


FOLDED = {
    "GITLAB_CI": (
        "\x1b[0Ksection_start:T:dagjob_ID_1[collapsed=true]\r\x1b[0Klog of fails (3 lines)\n"
        "mine\n::error::mine\n--- mine\n"
        "\x1b[0Ksection_end:T:dagjob_ID_1\r\x1b[0K\n"
    ),
    "BUILDKITE": ("--- log of fails (3 lines)\nmine\n::error::mine\n --- mine\n+++ bad failed: 1 done, 1 failed\n"),
}


@pytest.mark.parametrize("system", FOLDED)
def test_a_ci_system_gets_the_logs_of_failed_ops_folded(system: str, run: Run) -> None:
    done = run("bad", "--color", "never", env={system: "true", "CI": "true"})
    assert done.code == 1 and done.stdout == ""
    told = FOLDED[system].replace("\r", "\n")  # as the fixture reads it
    where = re.escape(told).replace("ID", "[0-9a-f]{8}").replace("T", r"\d{10}")
    assert re.search(f"go on with: .*\n{where}$", done.stderr)
    again = run("bad", "--annotations", "none", env={system: "true", "CI": "true"})
    assert "log of fails (" not in again.stderr
    marks = re.compile(r"section_(start|end):\d+:\S+\r\x1b\[0K|^(---|\+\+\+|~~~) ", re.MULTILINE)
    assert not marks.search(again.stderr)


@pytest.mark.parametrize(
    ("system", "line", "shown"),
    [
        ("GITHUB_ACTIONS", "::stop-commands::x", ": :stop-commands::x"),
        ("GITHUB_ACTIONS", "\t ::add-mask::a", "\t : :add-mask::a"),
        ("GITHUB_ACTIONS", "a##[group]b", "a## [group]b"),
        ("GITLAB_CI", "\x1b[0Ksection_start:1:a[collapsed=true]\r\x1b[0Kb", "section_start:1:a[collapsed=true] b"),
        ("BUILDKITE", "+++ open", " +++ open"),
        ("BUILDKITE", "^^^ +++", " ^^^ +++"),
        ("BUILDKITE", "\x1b[31m--- red", " --- red"),
        ("BUILDKITE", "\x1b]1337;File=name=a:b\x07c", "c"),
        ("BUILDKITE", "---", "---"),
        ("ELSEWHERE", "+++ ::group::x [bold]y[/]", "+++ ::group::x [bold]y[/]"),
    ],
)
def test_no_line_is_a_command_to_the_system_that_shows_it(
    system: str, line: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(system, "true")
    stream = io.StringIO()
    write_lines(stream, ["before", line])
    assert stream.getvalue() == f"before\n{shown}\n"


def test_nor_is_a_line_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    stream, value = io.StringIO(), {"text": "##[error]x", "list": ["##", ["a"]]}
    write_json(stream, json.dumps(value))
    assert "##[" not in stream.getvalue() and json.loads(stream.getvalue()) == value


def test_a_system_that_is_unknown_is_named() -> None:
    with pytest.raises(Exception, match='not "gitlb"'):
        github.make(options(), "gitlb")
