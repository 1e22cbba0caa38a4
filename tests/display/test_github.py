"""What a run tells GitHub Actions: commands on stdout that no op can forge, and the page of the job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.display.github import MOST_DRAWN, MOST_SUMMARY

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = r"""
from dagjob import RetryPolicy, job, op

@op
def forge():
    print("::error title=forged::no\nplain")
    print("::stop-commands::token")
    raise ValueError("50% of a:b,c\n::error::second line | `x`")

@op(retry_policy=RetryPolicy(max_retries=1))
def flaky(context):
    if not context.retry_number:
        raise OSError("try again")

@job
def checks():
    forge()
    flaky()

def many(count):
    @op
    def fails():
        raise ValueError("no")
    def body():
        for number in range(count):
            fails.alias(f"fails_{number}")()
    return job(name=f"many_{count}")(body)

twelve, hundred = many(12), many(100)
"""


@pytest.fixture
def told(project: Project, dagjob: Run, tmp_path: Path) -> Callable[..., tuple[list[str], str]]:
    project("jobs.py", JOBS)
    project("here.yaml", "execution: {config: {in_process: {}}}\n")
    page = tmp_path / "page.md"

    def run(*words: str) -> tuple[list[str], str]:
        environ = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(page)}
        done = dagjob("run", *words, "-c", "here.yaml", env=environ)
        assert done.code == 1, done.stderr
        return done.stdout.splitlines(), page.read_text(encoding="utf-8") if page.exists() else ""

    return run


def test_what_fails_is_marked_at_its_line_and_nobody_else_gives_commands(told: Callable[..., Any]) -> None:
    lines, page = told("jobs.py:checks")
    assert lines[0] == "::error file=jobs.py,line=8,title=op forge failed::ValueError: 50%25 of a:b,c"
    assert lines[1].startswith(
        "::warning file=jobs.py,line=13,title=op flaky succeeded at attempt 2::OSError: try again"
    )
    assert lines[2].startswith("::group::log of forge (") and lines[-1] == "::endgroup::"
    assert not [line for line in lines[3:-1] if line.startswith("::")] and "plain" in lines
    assert page.startswith("### checks: FAILED\n") and "```mermaid\nflowchart LR\n" in page
    assert "| forge | failed |" in page and "ValueError: 50% of a:b,c" in page and "| flaky | success |" in page


def test_no_more_annotations_than_github_shows(told: Callable[..., Any]) -> None:
    lines, page = told("jobs.py:twelve")
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == 10 and errors[-1] == "::error title=job many_12::and 3 more ops failed"
    assert page.count("| failed |") == 12


def test_a_large_run_has_no_picture_and_a_page_that_github_takes(told: Callable[..., Any]) -> None:
    _, page = told("jobs.py:hundred")
    assert "mermaid" not in page and page.count("| failed |") == 100 > MOST_DRAWN
    assert len(page.encode()) < MOST_SUMMARY


def test_an_answer_for_programs_stays_alone_on_stdout(told: Callable[..., Any]) -> None:
    for words in (("--format", "jsonl"), ("-q",), ("--annotations", "none")):
        lines, _ = told("jobs.py:checks", *words)
        assert not [line for line in lines if line.startswith("::")], words
    lines, _ = told("jobs.py:checks", "--format", "id", "--annotations", "github")
    assert [line for line in lines if line.startswith("::error file=jobs.py,line=8")]


def test_a_system_that_is_not_known_is_a_mistake(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:checks", "--annotations", "githbu")
    assert done.code == 2 and 'Did you mean "github"?' in done.stderr
