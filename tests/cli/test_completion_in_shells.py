"""Completion as a person has it: Tab is pressed in real shells, and what then stands on the line is looked at.

`make test-shells` runs this, once in CI: what a script gets to see is tested with the other commands.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typed_in_shells import Typed

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
HARD = ("eu:west", "a b", "$(touch pwned)", "`touch pwned`", "x'y", "!!", "*", "~", "ü;touch pwned", "new\nline")

pytestmark = pytest.mark.skipif("DAGJOB_TESTS_SHELLS" not in os.environ, reason="make test-shells runs it")


@pytest.fixture(scope="module", params=["bash", "bash with bash-completion", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    """Each shell, in a project whose index and files have names of all kinds."""
    name, _, package = request.param.partition(" ")
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not here")
    if package and not os.path.exists(BASH_COMPLETION):
        pytest.skip("bash-completion is not here")
    folder = tmp_path_factory.mktemp("shell")
    plant(folder)
    (folder / "bin").mkdir()
    (folder / "bin" / "dagjob").symlink_to(Path(sys.executable).parent / "dagjob")
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    typed = Typed(name, folder, {**os.environ, "PATH": path}, f"source {BASH_COMPLETION}" if package else "")
    yield typed
    typed.close()
    assert not (folder / "pwned").exists()


def plant(folder: Path) -> None:
    """An index as `dagjob list` writes it, and files."""
    (folder / "pyproject.toml").write_text("[tool.dagjob]\npools = {database = 2}\n")
    (folder / ".dagjob").mkdir(mode=0o700)
    daily = {
        "name": "daily",
        "target": "jobs.py:daily",
        "description": 'each [day], it\'s "fine"',
        "ops": ["extract", "load", "clean[?]"],
        "config": ["extract.limit", "extract.path", "resources.db.url"],
        "partitions": ["2026-11-21", *HARD],
        "tags": {"team": "sales", "cost center": "a b"},
    }
    other = {**daily, "name": "other", "target": "jobs.py:other", "description": "", "partitions": [], "tags": {}}
    document = {"format": 1, "files": {}, "jobs": [daily, other]}
    (folder / ".dagjob" / "index.json").write_text(json.dumps(document))
    (folder / "prod.yaml").write_text("ops: {}\n")
    (folder / "sub dir").mkdir()


@pytest.mark.parametrize(
    ("line", "then"),
    [
        ("dagjob vali", "dagjob validate "),
        ("dagjob run da", "dagjob run daily "),
        ("dagjob run jobs.py:da", "dagjob run jobs.py:daily "),
        ("dagjob run daily --fail-f", "dagjob run daily --fail-fast "),
        ("dagjob run daily -s ex", "dagjob run daily -s extract "),
        ("dagjob run daily --set extract.l", "dagjob run daily --set extract.limit="),
        ("dagjob run daily --set resources.", "dagjob run daily --set resources.db.url="),
        ("dagjob run daily -p 2026", "dagjob run daily -p 2026-11-21 "),
        ("dagjob run daily --partition=2026", "dagjob run daily --partition=2026-11-21 "),
        ("dagjob run daily -e in", "dagjob run daily -e in_process "),
        ("dagjob run daily --format jsonl -t te", "dagjob run daily --format jsonl -t team=sales "),
        ("dagjob run daily --pool da", "dagjob run daily --pool database="),
        ("dagjob run daily -c pr", "dagjob run daily -c prod.yaml "),
        ("dagjob explain DJ404", "dagjob explain DJ404 "),
        ("true; dagjob -C . run da", "true; dagjob -C . run daily "),
        ("bin/dagjob run da", "bin/dagjob run daily "),
        ("dagjob completions z", "dagjob completions zsh "),
    ],
)
def test_tab_completes(shell: Typed, line: str, then: str) -> None:
    assert shell.completed(line) == then


@pytest.mark.parametrize(
    "begun", ["eu", "eu:", "a", "a\\ ", "\\$", "\\`", "x", "\\!", "\\~", "ü", "'$", "'eu:w", "'a", '"eu', '"a ', '"\\$']
)
def test_a_hard_name_stands_on_the_line_as_the_shell_must_have_it(
    shell: Typed, begun: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["shell"].split()[0]
    line = shell.completed(f"dagjob run daily -p {begun}")
    words = read_back(name, line, tmp_path)
    expected = next(key for key in HARD if key.startswith(begun.translate({ord(sign): None for sign in "'\"\\"})))
    assert words == ["run", "daily", "-p", expected]


def read_back(shell: str, line: str, folder: Path) -> list[str]:
    """The words that the shell makes of a line."""
    program = folder / "bin" / "dagjob"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    program.chmod(0o755)
    flags = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run([shell, *flags, "-c", line], capture_output=True, text=True, cwd=folder, env=env, check=True)
    return done.stdout.split("\0")[:-1]


def test_what_there_is_to_choose_from_is_listed_with_a_word_about_each(shell: Typed) -> None:
    shell.completed("dagjob run \t")
    assert 'each [day], it\'s "fine"' in shell.shown
    assert "3 ops" in shell.shown


def test_the_newest_stands_first(shell: Typed) -> None:
    shell.completed("dagjob run daily -p \t")
    assert shell.shown.index("latest") < shell.shown.index("2026-11-21")
