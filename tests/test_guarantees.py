"""The page of guarantees: a table of promises, each with the name of the test that keeps it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "guarantees.md"
ROW = re.compile(r"\| (?P<promise>\S.*?) \| `(?P<test>test_\w+)` \|")


def rows() -> list[str]:
    """The rows of all tables, without their heads."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [line for line in lines if line not in ("| promise | test |", "|---|---|")]


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The names of all tests."""
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    return {name for text in texts for name in re.findall(r"^(?: {4})?def (test_\w+)\(", text, re.MULTILINE)}


@pytest.mark.parametrize("row", rows())
def test_a_promise_is_one_sentence_and_names_a_test_that_exists(row: str, known: set[str]) -> None:
    parts = ROW.fullmatch(row)
    assert parts is not None, "a row is: | sentence. | `test_name` |"
    assert parts["promise"].endswith(".") and parts["promise"].count(". ") == 0
    assert parts["test"] in known
