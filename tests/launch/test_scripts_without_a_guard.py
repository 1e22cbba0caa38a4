"""A file that starts a run whenever it is imported: the processes of the run would import it, and start it, without end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
from dagjob import DagjobInstance, execute_job, job, op, reconstructable

@op
def one():
    open("ran", "w").close()

@job
def small():
    one()

METHOD = {"execution": {"config": {"multiprocess": {"start_method": {"HOW": {}}}}}}

GUARD:
    with DagjobInstance.local_temp() as instance:
        print(execute_job(reconstructable(small), instance, run_config=METHOD).success)
"""
TOLD = "starts a run while it is imported, and every process of that run would import it again"


@pytest.mark.parametrize("how", ["fork", "lean", "spawn"])
def test_it_is_refused_before_anything_starts_and_the_guard_is_explained(
    how: str, project: Callable[..., Path], clean_env: dict[str, str]
) -> None:
    for guard, told in (("if True", TOLD), ('if __name__ == "__main__"', "")):
        script = project("script.py", SCRIPT.replace("HOW", how).replace("GUARD", guard))
        done = subprocess.run(
            [sys.executable, str(script)], cwd=project(), env=clean_env, capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stdout) == ((1, "") if told else (0, "True\n")), done.stderr
        assert told in done.stderr
        assert (project() / "ran").exists() is not bool(told)
        assert ('if __name__ == "__main__":' in done.stderr) is bool(told)


def test_the_command_refuses_it_too(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("jobs.py", SCRIPT.replace("HOW", "spawn").replace("GUARD", "if True"))
    done = dagjob("run", "jobs.py")
    assert done.code == 4
    assert TOLD in done.stderr
