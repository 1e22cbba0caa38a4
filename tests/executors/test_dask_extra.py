"""The Dask executor, where its extra is not installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

JOBS = """
    from dagjob import job, op


    @op
    def one():
        return 1


    @job
    def small():
        one()
"""


def test_without_the_extra_the_message_has_the_command_that_installs_it(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project("jobs.py", JOBS)
    project("sitecustomize.py", "import sys\nsys.modules['distributed'] = None\n")
    done = dagjob("run", "jobs.py:small", "-e", "dask", env={"PYTHONPATH": str(project())})
    assert done.code == 4
    assert "error[DJ601]" in done.stderr
    assert "pip install 'dagjob[dask]'" in done.stderr
    assert dagjob("runs", "list").stdout.count("small") == 0
