"""The pages about one subject each: what they show of an example stands in it, and their commands print what they say.

A code block whose first line names a file under `examples/` is a part of that file. A `console` block is a session in
a copy of the examples: what stands under a command is what it prints, on both streams, in any order; `...` is
anything, alone on a line any lines; times and ids are as they come.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_examples import EXAMPLES
from test_readme import ROOT, blocks

PAGES = (
    *(
        "mapping",
        "selection",
        "pictures",
        "report",
        "hooks",
        "resources",
        "io-managers",
        "environment",
        "testing",
        "timeouts",
        "output",
        "automation",
    ),
    *("partitions", "backfills", "dagster", "dask"),
)


def page(name: str) -> Path:
    return ROOT / "docs" / f"{name}.md"


@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_a_page_is_that_of_the_example(name: str) -> None:
    shown = [block for language in ("python", "sh", "crontab", "ini", "yaml") for block in blocks(page(name), language)]
    assert shown
    for block in shown:
        first, _, code = block.partition("\n")
        whole = (ROOT / first.removeprefix("# ")).read_text(encoding="utf-8")
        if first.endswith(".service"):  # a page leaves out what says nothing
            assert set(code.splitlines()) <= set(whole.splitlines())
        else:
            assert code.strip() in whole, f"{name}.md shows other code than {first}"


@pytest.mark.parametrize("name", [name for name in PAGES if blocks(page(name), "console")])
def test_the_commands_of_a_page_print_what_it_says(name: str, tmp_path: Path, clean_env: dict[str, str]) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("output", "__pycache__"))
    (tmp_path / "pyproject.toml").write_text("[tool.dagjob]\n")
    env = {
        **clean_env,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), clean_env["PATH"]]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for block in blocks(page(name), "console"):
        sessions = [part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
        script = "".join(f"{command}\necho ==end==\n" for command, _, _ in sessions)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=env,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=100,
        )
        for (command, _, expected), printed in zip(sessions, done.stdout.split("==end==\n"), strict=False):
            missing, surplus = compare(expected.splitlines(), printed.splitlines())
            assert (missing, surplus) == ([], []), f"{command}\n{printed}"


AUTOMATION = EXAMPLES / "automation"


@pytest.fixture
def bare(project: Callable[..., Path]) -> dict[str, str]:
    """An environment as poor as that of cron, and a project with what the recipes name."""
    project("jobs.py", (EXAMPLES / "hooks.py").read_text().replace("def crawl", "def nightly"))
    project("test.yaml", "ops: {fetch: {config: {url: https://test}}}\n")
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]), "HOME": str(project())}


def in_shell(line: str, env: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    line = line.replace("/srv/sales/", "").replace("/srv/sales", str(folder)).replace(".venv/bin/dagjob", "dagjob")
    return subprocess.run(["sh", "-c", line], cwd=folder, env=env, text=True, capture_output=True, timeout=100)


def test_the_cron_line_is_silent_until_an_op_fails(bare: dict[str, str], project: Callable[..., Path]) -> None:
    *_, line = (AUTOMATION / "crontab").read_text().splitlines()
    command = line.split(None, 5)[5]
    if shutil.which("flock") is None:  # not everywhere, and not ours
        command = command.replace("flock -n nightly.lock ", "")
    done = in_shell(command, bare, project())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    project("jobs.py", (project() / "jobs.py").read_text().replace('"https://example.com"', '"ftp://old"'))
    done = in_shell(command, bare, project())
    assert (done.returncode, done.stdout) == (1, "")
    assert "fetch failed" in done.stderr and "only https is allowed" in done.stderr


@pytest.mark.parametrize("name", ["github.yml", "sales.service"])
def test_the_commands_of_a_recipe_succeed(name: str, bare: dict[str, str], project: Callable[..., Path]) -> None:
    commands = re.findall(r"^(?:ExecStart=| *- run: )(\S*dagjob .*)$", (AUTOMATION / name).read_text(), re.MULTILINE)
    assert commands
    for command in commands:
        done = in_shell(command, {**bare, "CI": "true"}, project())
        assert done.returncode == 0, (command, done.stderr)


def compare(expected: list[str], printed: list[str]) -> tuple[list[str], list[str]]:
    """The expected lines that were not printed, and the printed ones that were not expected."""
    rest, missing = [_plain(line) for line in printed], []
    for line in expected:
        if line == "...":
            continue
        pattern = re.escape(_plain(line)).replace(re.escape("..."), ".*")
        found = next((other for other in rest if re.fullmatch(pattern, other)), None)
        if found is None:
            missing.append(line)
        else:
            rest.remove(found)
    return missing, [] if "..." in expected else [line for line in rest if line]


def _plain(line: str) -> str:
    """The line without what differs from run to run."""
    line = re.sub(r"\b\d+\.\d+s", "0.0s", line)
    line = re.sub(r"\b[0-9a-f]{8}\b", "IDENTITY", line)
    line = re.sub(r"\b\d+ workers?\b", "2 workers", line)
    return " ".join(line.split())
