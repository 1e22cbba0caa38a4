"""Lines of Python's own loggers are kept with the op that is running, where pyproject.toml asks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = """
    import logging
    from dagjob import job, op

    library = logging.getLogger("library.part")
    other = logging.getLogger("other")
    library.setLevel("INFO")

    @op
    def first():
        library.info("first of %s", "library")
        other.warning("first of other")

    @op
    def second(context, _x):
        library.debug("too low")
        library.error("second of library")
        context.log.info("own line")

    @job
    def lines():
        second(first())
"""


@pytest.mark.parametrize("executor", ["in_process", "multiprocess"])
def test_the_lines_stand_with_their_op_and_level(
    project: Callable[..., Path], dagjob: Callable[..., Any], executor: str
) -> None:
    project("jobs.py", JOBS)
    project("pyproject.toml", '[tool.dagjob]\ncapture-loggers = ["library"]\n')
    assert dagjob("run", "jobs.py", "-e", executor).code == 0
    logs = dagjob("runs", "logs", "latest").stdout.splitlines()
    kept = [line.split(maxsplit=3) for line in logs if "library" in line or "line" in line or "low" in line]
    assert [(op, level, text) for op, _, level, text in kept] == [
        ("first", "INFO", "first of library"),
        ("second", "ERROR", "second of library"),
        ("second", "INFO", "own line"),
    ]
    assert not any("INFO" in line and "other" in line for line in logs)
