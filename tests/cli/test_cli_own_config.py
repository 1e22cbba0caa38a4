"""The config that a job was defined with, where it does not fit: who says so, and whom it does not concern."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

JOBS = """
    from dagjob import Definitions, job, op

    @op(config_schema={"limit": int, "token": str})
    def load(context): ...

    @op
    def plain(): ...

    @job(config={"ops": {"load": {"config": {"limit": "many", "token": "t"}}}})
    def wrong():
        load()

    @job
    def fine():
        plain()
"""


@pytest.fixture(params=["", "defs = Definitions(jobs=[wrong, fine])"], ids=["jobs alone", "in Definitions"])
def jobs(request: pytest.FixtureRequest, project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS + "    " + request.param)


def test_list_tells_it_at_the_job_and_lists_the_others(jobs: None, dagjob: Run) -> None:
    code, out, _ = dagjob("list", "--format", "json")
    listed = json.loads(out)
    assert (code, [job["name"] for job in listed["jobs"]]) == (0, ["fine"])
    (error,) = listed["errors"]
    assert error["code"] == "DJ203" and '"limit" must be an integer' in error["message"]
    assert error["file"].endswith("jobs.py") and error["line"]


def test_validate_tells_it_without_any_config_given(jobs: None, dagjob: Run) -> None:
    code, out, _ = dagjob("validate", "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert {job["target"]: job["ok"] for job in found["jobs"]} == {"jobs.py:wrong": False, "jobs.py:fine": True}
    assert [problem["path"] for problem in found["problems"]] == ["root:ops:load:config:limit"]


def test_a_run_tells_it_though_the_given_config_replaces_what_is_wrong(jobs: None, dagjob: Run) -> None:
    for given in ((), ("--set", "load.config={limit: 1, token: x}")):
        code, _, err = dagjob("run", "jobs.py:wrong", *given)
        assert code == 6 and '"limit" must be an integer' in err
        assert "in the config that the job was defined with" in err


def test_a_mistake_in_what_is_given_is_not_laid_to_the_own_config(dagjob: Run, project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS.replace('"many"', "1"))
    code, _, err = dagjob("run", "jobs.py:wrong", "--set", "load.config={limit: x, token: y}")
    assert code == 6 and '"limit" must be an integer' in err
    assert "defined with" not in err


def test_it_does_not_concern_the_other_jobs_of_the_module(jobs: None, dagjob: Run) -> None:
    assert dagjob("run", "jobs.py:fine", "-e", "in_process")[0] == 0
