"""A file of environment variables: read only when it is named, and never over what the shell has set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.cli.env_file import parse
from dagjob.errors import DagjobUsageError

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
import os
from dagjob import StringSource, job, op

AT_IMPORT = os.environ.get("STAGE")

@op(config_schema={"stage": StringSource, "pw": StringSource})
def a(context):
    print(AT_IMPORT, context.op_config["stage"], os.environ.get("STAGE"), context.op_config["pw"])

@job
def j():
    a()
"""
CONFIG = "ops: {a: {config: {stage: {env: STAGE}, pw: {env: MY_PW}}}}\n"


@pytest.fixture
def here(project: Project) -> Path:
    project("jobs.py", JOBS)
    project("c.yaml", CONFIG)
    project(".env", "# ours\nSTAGE=from-file\nexport MY_PW='s3cr3t # word'\n")
    return project()


def test_a_file_is_read_when_the_option_or_pyproject_names_it(dagjob: Run, here: Path) -> None:
    command = ["run", "jobs.py", "-c", "c.yaml", "--show-output", "all"]
    assert dagjob(*command).code == 6
    done = dagjob(*command, "--env-file", ".env")
    assert done.code == 0, done.stderr
    assert "from-file from-file from-file ******" in done.stderr
    (here / "pyproject.toml").write_text('[tool.dagjob]\nenv-file = ".env"\n')
    (here / "below").mkdir()
    done = dagjob("run", "../jobs.py", "-c", "../c.yaml", "--show-output", "all", cwd=here / "below")
    assert "from-file from-file from-file ******" in done.stderr
    assert dagjob("validate", "jobs.py", "-c", "c.yaml").code == 0
    done = dagjob(*command, env={"STAGE": "from-shell", "MY_PW": ""})
    assert "from-shell from-shell from-shell" in done.stderr


def test_a_file_that_an_option_names_must_be_there_and_well_written(dagjob: Run, here: Path) -> None:
    done = dagjob("run", "jobs.py", "--env-file", "other.env")
    assert done.code == 2
    assert '--env-file cannot read "other.env"' in done.stderr
    (here / "bad.env").write_text("A=1\nhunter2\n")
    done = dagjob("run", "jobs.py", "--env-file", "bad.env")
    assert done.code == 2
    assert "bad.env:2" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"), ("A = b ", "b"), ("A=", ""), ("A=# c", ""), ("A=b#c", "b#c"), ("A=b # c", "b"), ("A='b # c' # d", "b # c"),
        ('A="x\\ny"', "x\ny"), ("A='x\\ny'", "x\\ny"), ('A="two\nlines"', "two\nlines"), ("export A=$B", "$B"), ("A=1\r\n", "1"),
        ("A=1\nA=2", "2"), ("A=a=b", "a=b"), ('A="a\\"b"', 'a"b'),
    ],
)  # fmt: skip
def test_a_value(text: str, value: str) -> None:
    assert parse(f"# first\n\n{text}\nZ=1\n", "x.env") == {"A": value, "Z": "1"}


@pytest.mark.parametrize("text", ["A", "=b", "A='b", 'A="b', "A='b' c", "1A=b"])
def test_a_mistake_names_its_line(text: str) -> None:
    with pytest.raises(DagjobUsageError, match=r"x\.env:3"):
        parse(f"Y=1\n\n{text}\n", "x.env")
