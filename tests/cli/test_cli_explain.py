"""`dagjob explain CODE`: every code that a screen can show is explained, and screens offer it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

import dagjob as package
from dagjob.cli.explain import CODES, page

SOURCE = Path(package.__file__).parent


def test_every_code_of_the_source_is_explained():
    used = {code for file in SOURCE.rglob("*.py") for code in re.findall(r"DJ\d{3}", file.read_text(encoding="utf-8"))}
    assert used == set(CODES)


def test_the_page_of_the_docs_says_the_same():
    assert (SOURCE.parent / "docs" / "errors.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("word", ["DJ403", "dj403", "403"])
def test_a_code_is_explained_however_it_is_written(dagjob, word: str):
    done = dagjob("explain", word)
    assert done.code == 0 and done.stdout.startswith("DJ403: an op ran longer than it may\n\n")
    assert "--op-timeout" in done.stdout


def test_without_a_code_all_are_listed(dagjob):
    done = dagjob("explain")
    assert done.code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(CODES)


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
