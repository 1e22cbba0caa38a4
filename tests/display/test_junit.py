"""`--junit-xml`: what a CI system reads from the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, Skipped
from junitparser.xunit2 import JUnitXml, TestSuite

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = r"""
import os
from dagjob import DynamicOut, DynamicOutput, Out, Output, RetryPolicy, job, op

@op(out=DynamicOut())
def split():
    yield DynamicOutput(1, "a")
    yield DynamicOutput(0, "b")

@op
def divide(x):
    return 1 / x

@op(retry_policy=RetryPolicy(max_retries=2))
def flaky(context):
    if context.retry_number < 1:
        raise OSError("try <again> \x00\x1b[31m & more\n\ud800 second line")

@op(out={"left": Out(is_required=False)})
def either():
    yield from ()

@op
def after(x): ...

@op
def gather(xs): ...

@job(tags={"team": "a&b"})
def mixed():
    gather(split().map(divide).collect())
    flaky()
    after(either())

@op
def fine(): return 1

@job
def good(): fine()
"""


@pytest.fixture
def suite(project: Project, dagjob: Run) -> Callable[..., tuple[Any, TestSuite]]:
    project("jobs.py", JOBS)
    project("here.yaml", "execution: {config: {in_process: {}}}\n")

    def run(*words: str) -> tuple[Any, TestSuite]:
        done = dagjob("run", *words, "--junit-xml", "out/report.xml")
        [found] = JUnitXml.fromfile(str(project() / "out" / "report.xml"))
        return done, found

    return run


def test_every_op_is_a_case_and_says_how_it_ended(suite: Callable[..., tuple[Any, TestSuite]]) -> None:
    done, found = suite("jobs.py:mixed", "-c", "here.yaml")
    assert done.code == 1
    cases = {case.name: case for case in found}
    assert (found.name, found.tests, found.failures, found.errors, found.skipped) == ("mixed", 7, 1, 0, 2)
    assert {each.name: each.value for each in found.properties()}["team"] == "a&b"
    assert all(case.classname == "jobs.py:mixed" for case in cases.values())
    [failure] = cases["divide[b]"].result
    assert isinstance(failure, Failure) and (failure.type, failure.message) == ("ZeroDivisionError", "division by zero")
    assert "return 1 / x" in failure.text and "jobs.py:12" in failure.text
    for name, why in (("gather", "not run: needs divide[b]"), ("after", "either.left was not yielded")):
        [skipped] = cases[name].result
        assert isinstance(skipped, Skipped) and skipped.message == why
    [again] = cases["flaky"].flaky_failures()
    assert again.type == "OSError" and "try <again>" in again.message and "second line" in again.stack_trace
    assert cases["flaky"].is_passed and cases["split"].is_passed


CASE = {
    "skipped",
    "error",
    "failure",
    "rerunFailure",
    "rerunError",
    "flakyFailure",
    "flakyError",
    "system-out",
    "system-err",
}
ALLOWED = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package", "file"},
    ),
    "properties": ({"property"}, set()),
    "property": (set(), {"name", "value"}),
    "testcase": (CASE, {"name", "time", "classname", "group"}),
    **dict.fromkeys(("skipped", "error", "failure"), (set(), {"type", "message"})),
    **dict.fromkeys(
        ("rerunFailure", "rerunError", "flakyFailure", "flakyError"),
        ({"stackTrace", "system-out", "system-err"}, {"type", "message"}),
    ),
    **dict.fromkeys(("stackTrace", "system-out", "system-err"), (set(), set())),
}
"""By element what may stand in it, and its attributes: what the schema of Jenkins' xunit plugin (junit-10.xsd) allows."""


def assert_fits_the_schema_of_jenkins(file: Path) -> None:
    for element in ElementTree.parse(file).iter():
        children, attributes = ALLOWED[element.tag]
        assert {child.tag for child in element} <= children, element.tag
        assert element.attrib.keys() <= attributes, element.tag
        if element.tag in ("rerunFailure", "flakyFailure"):
            assert element.get("type")
        if element.tag == "testsuite":
            assert element.attrib.keys() >= {"name", "tests", "failures", "errors"}


def test_every_file_fits_the_schema_of_jenkins(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS)
    project("here.yaml", "execution: {config: {in_process: {}}}\n")
    file = project() / "suite.xml"
    assert dagjob("run", "jobs.py:mixed", "-c", "here.yaml", "--junit-xml", "suite.xml").code == 1
    assert_fits_the_schema_of_jenkins(file)
    project("jobs.py", JOBS.replace("1 / x", "1 / (x or 1)"))
    assert dagjob("resume", "--junit-xml", "suite.xml").code == 0
    assert_fits_the_schema_of_jenkins(file)
    reused = {case.get("name"): case.findtext("system-out") for case in ElementTree.parse(file).iter("testcase")}
    assert reused["split"] is not None and reused["split"].startswith("reused from run ")
    assert reused["gather"] is None


@pytest.mark.parametrize(
    ("words", "code", "type_"),
    [
        (("run", "nowhere.py"), 5, "DJ101"),
        (("resume", "nothing"), 5, "DJ101"),
        (("resume", "latest", "--set", "ops.nope.config.x=1"), 6, "DJ201"),
        (("run", "jobs.py:good", "--resume", "nothing"), 5, "DJ101"),
        (("run", "jobs.py:good", "--from-failure"), 5, "DJ101"),
        (("run", "jobs.py:mixed", "-s", "gather", "--inputs-from", "nothing"), 5, "DJ101"),
    ],
)
def test_whatever_keeps_a_run_from_its_beginning_is_in_the_file(
    project: Project, dagjob: Run, words: tuple[str, ...], code: int, type_: str
) -> None:
    project("jobs.py", JOBS)
    project("here.yaml", "execution: {config: {in_process: {}}}\n")
    if "latest" in words:
        dagjob("run", "jobs.py:mixed", "-c", "here.yaml")
    done = dagjob(*words, "--junit-xml", "suite.xml")
    assert done.code == code, done.stderr
    [found] = JUnitXml.fromfile(str(project() / "suite.xml"))
    [[error]] = [case.result for case in found]
    assert error.type == type_
    assert_fits_the_schema_of_jenkins(project() / "suite.xml")


def test_a_run_that_is_refused_leaves_a_suite_with_an_error(suite: Callable[..., tuple[Any, TestSuite]]) -> None:
    done, found = suite("jobs.py:good", "--set", "ops.nope.config.x=1")
    [case] = found
    [error] = case.result
    assert (done.code, found.errors) == (6, 1)
    assert isinstance(error, Error) and error.type.startswith("DJ2")
    done, found = suite("nowhere.py:good")
    assert done.code == 5 and found.errors == 1


def test_a_run_that_is_killed_leaves_a_suite_with_an_error(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS.replace("return 1\n", "import os; os.kill(os.getpid(), 9)\n"))
    project("here.yaml", "execution: {config: {in_process: {}}}\n")
    dagjob("run", "jobs.py:good", "-c", "here.yaml", "--junit-xml", "report.xml")
    [found] = JUnitXml.fromfile(str(project() / "report.xml"))
    assert found.errors == 1 and "has not ended" in next(iter(found)).result[0].message


def test_a_file_that_cannot_be_written_is_a_mistake_before_anything_runs(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS)
    project("file", "")
    done = dagjob("run", "jobs.py:good", "--junit-xml", "file/report.xml")
    assert done.code == 2 and "--junit-xml: cannot write" in done.stderr
    assert "fine" not in done.stderr
