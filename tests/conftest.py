"""What tests share: a project in an empty folder, and the command as a user runs it.

Rooms bring fixtures of their own in their folders; here is only what several rooms need.
"""

from __future__ import annotations

import compileall
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from dask_cluster import DaskCluster
from forked_commands import ForkedCommands
from hypothesis import settings

import dagjob as dagjob_package
from dagjob.events import Event

# A busy machine is slow now and then, which is no failure. And a change is not to fail for what is found in other code by
# chance: each time the same examples are tried. `pytest --hypothesis-profile search` looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("same")

# What a developer's shell or a CI system sets, and what would change the output of a command.
LEFT_OUT = ("DAGJOB_", "GITHUB_", "GITLAB_", "DAGSTER_")
LEFT_OUT_NAMES = {"CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "BUILDKITE", "PYTHONPATH"}


def pytest_configure(config: pytest.Config) -> None:
    """Make the surroundings those of a terminal: Ctrl-C and its end count, though a shell starts what runs behind it without,
    and `nohup` whatever it runs.

    Compile dagjob once: where Python writes no bytecode, each process that a test starts would compile it again.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(dagjob_package.__file__).parent, quiet=2)


def of_a_terminal(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment, without what steers dagjob from outside."""
    left = {
        name: value for name, value in environ.items() if not name.startswith(LEFT_OUT) and name not in LEFT_OUT_NAMES
    }
    return left | {"PYTHONUTF8": "1"}


class Finished(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def heard() -> list[Event]:
    """A sink for events: pass `heard.append` as `emit`."""
    return []


@pytest.fixture
def clean_env(tmp_path: Path) -> dict[str, str]:
    """The environment of this process, without what steers dagjob from outside."""
    return of_a_terminal(os.environ) | {"XDG_STATE_HOME": str(tmp_path / "xdg-state")}


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """An empty project. `project("jobs.py", "...")` writes a file into it and returns its path.

    The text may be indented as a whole. `project()` returns the folder.
    """
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.dagjob]\n")

    def write(name: str | None = None, text: str = "") -> Path:
        if name is None:
            return root
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def forked_commands() -> Iterator[ForkedCommands]:
    """Where commands are forked from, instead of starting Python for each."""
    commands = ForkedCommands(of_a_terminal(os.environ))
    yield commands
    commands.close()


@pytest.fixture(scope="session")
def dask_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A Dask cluster with two workers, which no test may harm."""
    if "DAGJOB_TESTS_DASK" not in os.environ:  # Some tests look for children of this process: a cluster has some.
        pytest.skip("make test-dask runs it")
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    paths = str(Path(__file__).parent / "executors")  # what fresh processes import of the tests
    cluster = DaskCluster(tmp_path_factory.mktemp("dask"), of_a_terminal(os.environ) | {"PYTHONPATH": paths})
    cluster.workers("one", "two", resources="cpus=2 GPU=1")
    yield cluster
    cluster.close()


@pytest.fixture
def dagjob(
    project: Callable[..., Path], clean_env: dict[str, str], forked_commands: ForkedCommands
) -> Callable[..., Finished]:
    """`dagjob("run", "jobs.py:etl")` runs the command in the project, without a terminal, until it ends."""

    def run(
        *args: str, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None, timeout: float = 60
    ) -> Finished:
        cwd, environ = cwd or project(), {**clean_env, **(env or {})}
        if forked_commands.can_run(stdin, environ):
            return Finished(*forked_commands.run(args, stdin, cwd, environ, timeout))
        done = subprocess.run(
            [sys.executable, "-m", "dagjob", *args],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            env=environ,
            timeout=timeout,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run
