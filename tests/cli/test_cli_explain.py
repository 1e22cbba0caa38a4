"""`dagjob explain CODE`: every code that a screen can show is explained, and screens offer it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

import dagjob as package
from dagjob import errors
from dagjob.__main__ import main
from dagjob.cli.explain import CODES, page
from dagjob.storage.paths import StateDir, prepare
from dagjob.storage.slots import take_lock

SOURCE = Path(package.__file__).parent


def test_every_code_of_the_source_is_explained():
    used = {code for file in SOURCE.rglob("*.py") for code in re.findall(r"DJ\d{3}", file.read_text(encoding="utf-8"))}
    assert used == set(CODES)


def test_the_page_of_the_docs_says_the_same():
    assert (SOURCE.parent / "docs" / "errors.md").read_text(encoding="utf-8") == page()


def test_each_code_that_a_class_of_errors_has_is_explained():
    used = {
        each.code for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.DagjobError)
    }
    assert used <= set(CODES)


HELD = ("DJ402", "DJ401", "DJ403", "DJ404", "DJ405", "DJ304", "DJ504", "DJ601")
"""Examples that run an op, or need what another process holds: they get a process of their own."""


def _newer(root: Path) -> None:
    """A history of a later dagjob."""
    (root / ".dagjob").mkdir(mode=0o700)
    with sqlite3.connect(root / ".dagjob" / "dagjob.db") as connection:
        connection.execute("CREATE TABLE runs (run INTEGER PRIMARY KEY, version TEXT)")
        connection.execute("INSERT INTO runs VALUES (1, '2.0.0')")
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def _locked(root: Path) -> None:
    """A lock that another run holds."""
    state = StateDir(str(root / ".dagjob"))
    prepare(state)
    take_lock(state.folder("locks"), "nightly", "7c3f9a2d-0f0e", print, wait=False)


def _buggy(root: Path) -> None:
    (root / ".dagjob").mkdir(mode=0o700)


BEFORE: dict[str, Callable[[Path], None]] = {"DJ502": _newer, "DJ504": _locked, "DJ901": _buggy}


def plain(text: str) -> str:
    """The text without what is another one each time, or in each Python: numbers, ids, temporary folders, line breaks."""
    text = text.replace("Can't get local object", "Can't pickle local object")
    text = re.sub(r"[^\s\"]*/(?=\.dagjob|jobs\.py)|dagjob-\w+\.txt", "", text)
    return " ".join(re.sub(r"[0-9a-f]{8}(-[0-9a-f]+)*|\d+(\.\d+)?", "N", text).split())


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_each_code_says_what_its_page_shows(
    code: str, project: Callable[..., Path], dagjob, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    if code == "DJ601" and importlib.util.find_spec("s3fs"):
        pytest.skip("the package that is missing in the example is installed")
    files, _, shown = CODES[code].example.strip().partition("$ dagjob ")
    for part in re.split(r"^# (?=\S+\.\w+$)", files, flags=re.MULTILINE):
        name, _, content = part.partition("\n")
        if name:
            project(name, content)
    command, _, says = shown.partition("\n")
    BEFORE.get(code, lambda root: None)(project())
    if code in HELD:
        done = dagjob(*shlex.split(command))
        said = done.stdout + done.stderr
    else:
        monkeypatch.chdir(project())
        for name in [
            name for name in os.environ if name.startswith(("DAGJOB_", "WAREHOUSE_", "GITHUB_")) or name == "CI"
        ]:
            monkeypatch.delenv(name)
        if code == "DJ901":
            monkeypatch.setattr("dagjob.cli.runs.list_runs", lambda args: {}["runs"])
        main(shlex.split(command))
        said = "".join(capsys.readouterr())
    missing = [line for line in says.splitlines() if plain(line) not in plain(said)]
    assert code in says and missing == [], said


@pytest.mark.parametrize("word", ["DJ403", "dj403", "403"])
def test_a_code_is_explained_however_it_is_written(dagjob, word: str):
    done = dagjob("explain", word)
    assert done.code == 0 and done.stdout.startswith("DJ403: an op ran longer than it may\n\n")
    assert "--op-timeout" in done.stdout


def test_without_a_code_all_are_listed(dagjob):
    done = dagjob("explain")
    assert done.code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(CODES)


def test_programs_get_the_same(dagjob):
    told = json.loads(dagjob("explain", "DJ403", "-f", "json").stdout)
    assert told["code"] == "DJ403" and told["example"].startswith("# jobs.py") and "--op-timeout" in told["text"]
    every = json.loads(dagjob("explain", "--format", "json").stdout)["codes"]
    assert [one["code"] for one in every] == list(CODES)


def test_an_unknown_code_is_told_with_the_nearest(dagjob):
    done = dagjob("explain", "DJ4033")
    assert done.code == 5 and 'did you mean "DJ403"' in done.stderr


def test_codes_are_completed(dagjob):
    done = dagjob("__complete", "zsh", "explain", "DJ40")
    assert done.stdout.splitlines() == [f"{code}\t{CODES[code].title}" for code in CODES if code.startswith("DJ40")]


def test_an_error_on_a_terminal_offers_the_explanation(project: Callable[..., Path], clean_env: dict[str, str], dagjob):
    project("jobs.py", "from dagjob import job, op\n\n@op\ndef a(): pass\n\n@job\ndef one(): a()\n")
    args = ("-m", "dagjob", "run", "one", "--set", "ops.b.config.x=1")
    child = pexpect.spawn(
        sys.executable, list(args), cwd=str(project()), env={**clean_env, "TERM": "xterm"}, encoding="utf-8"
    )
    child.expect(r"dagjob explain (DJ\d{3})")
    code = child.match.group(1)
    child.expect(pexpect.EOF)
    child.close()
    assert dagjob("explain", code).code == 0
    assert "explain" not in dagjob(*args[2:]).stderr  # a log needs no advice
