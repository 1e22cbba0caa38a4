"""Lines of Python's own loggers are kept with the op that is running, where pyproject.toml asks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob import OpExecutionContext, instance_for_test, job, op

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


@pytest.mark.parametrize(
    ("python_logs", "kept"),
    [
        ({"managed_python_loggers": ["captured.lib"]}, ["w", "own"]),
        ({"managed_python_loggers": ["captured.lib"], "python_log_level": "INFO"}, ["i", "w", "own"]),
        ({"managed_python_loggers": ["root"]}, ["w", "x", "own"]),
        ({"python_log_level": "WARNING"}, []),
        ({}, ["own"]),
    ],
)
def test_an_instance_for_a_test_may_ask_for_them(python_logs: dict[str, Any], kept: list[str]) -> None:
    library = logging.getLogger("captured.lib")

    @op
    def talks(context: OpExecutionContext) -> None:
        library.debug("d")
        library.info("i")
        library.warning("w")
        logging.getLogger("captured.other").error("x")
        context.log.info("own")

    @job
    def j() -> None:
        talks()

    with instance_for_test(overrides={"python_logs": python_logs}) as instance:
        result = j.execute_in_process(instance=instance)
        lines = [each.user_message for each in instance.all_logs(result.run_id) if each.dagster_event is None]
    assert lines == kept
    assert (library.level, library.handlers) == (logging.NOTSET, [])
