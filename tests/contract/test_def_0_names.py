"""The public names of the job layer (contract def-0): each is importable, in `__all__`, and says what it is for.

`tests/vectors/names.txt` has the names in scope with their marks. Names that belong to a later part are listed in `LATER`,
with that part; a name that has come must leave the list.
"""

from __future__ import annotations

import subprocess
import sys
import typing
from collections.abc import Callable
from pathlib import Path

import pytest

import dagjob
import dagjob.errors

NAMES = [
    line.split()
    for line in (Path(__file__).parents[1] / "vectors" / "names.txt").read_text(encoding="utf-8").splitlines()
]
LATER = {
    "the engine": "Executor StepExecutionContext raise_execution_interrupts",
    "runs and history in Python": """EventLogRecord
        EventRecordsFilter EventRecordsResult PaginatedResults serialize_value
        deserialize_value""",
}
WAITING = {name: part for part, names in LATER.items() for name in names.split()}
NO_TEXT_OF_OURS = {"Any", "Bool", "Float", "Int", "String", "Nothing", "ConfigSchema"}
"""Other names for what Python has."""


def ours(name: str) -> str:
    return "Dagjob" + name.removeprefix("Dagster") if name.startswith("Dagster") else name


@pytest.mark.parametrize(("mark", "name"), [pair for pair in NAMES if pair[1] not in WAITING], ids=lambda text: text)
def test_a_name_in_scope_is_public_and_documented(mark: str, name: str) -> None:
    found = getattr(dagjob, ours(name))
    assert ours(name) in dagjob.__all__
    if name not in NO_TEXT_OF_OURS and not isinstance(found, str):
        assert (found.__doc__ or "").strip(), name


def test_names_wait_only_for_parts_that_are_not_there_yet() -> None:
    in_scope = {name for _, name in NAMES}
    assert [name for name in WAITING if name not in in_scope] == []
    assert [name for name in WAITING if ours(name) in dagjob.__all__] == []


def test_the_aliases_of_python_types_are_those_types() -> None:
    assert (dagjob.Int, dagjob.Float, dagjob.String, dagjob.Bool) == (int, float, str, bool)
    assert dagjob.Any is typing.Any
    assert dagjob.Nothing is type(None)


def test_every_error_is_in_one_family_and_in_one_place() -> None:
    names = [name for name in dagjob.errors.__dict__ if name.startswith("Dagjob") and name in dagjob.__all__]
    assert len(names) > 20
    apart = {"DagjobExecutionInterruptedError"}  # a BaseException: nobody catches an interrupt by accident
    assert {name for name in names if not issubclass(getattr(dagjob, name), dagjob.DagjobError)} == apart
    assert issubclass(dagjob.CheckError, dagjob.DagjobError)
    assert issubclass(dagjob.ParameterCheckError, dagjob.CheckError)
    assert issubclass(dagjob.DagjobUnknownResourceError, AttributeError)


@pytest.mark.parametrize("name", ["Failure", "RetryRequested"])
def test_what_an_op_raises_on_purpose_is_a_plain_exception(name: str) -> None:
    assert not issubclass(getattr(dagjob, name), dagjob.DagjobError)


def test_a_star_import_brings_every_name_and_no_other() -> None:
    code = "before = set(globals()) | {'before'}\nfrom dagjob import *\nimport dagjob\n"
    code += "print(sorted(set(globals()) - before - {'dagjob'}) == sorted(dagjob.__all__))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("True", "")


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match="RetryPolicy"):
        dagjob.RetryPolcy


def test_a_file_beside_the_module_is_named_by_its_place() -> None:
    assert dagjob.file_relative_path("/project/jobs.py", "data/cities.csv") == "/project/data/cities.csv"


def test_the_command_answers_a_misspelt_import_with_the_nearest(
    project: Callable[..., Path], request: pytest.FixtureRequest
) -> None:
    project("jobs.py", "from dagjob import op, jobb\n")
    done = request.getfixturevalue("dagjob")("run", "jobs.py")  # the name `dagjob` is the module here
    assert done.code == 4
    assert '"job"' in done.stderr
