"""A row of an "Errors" table of the contract as a test: a few lines that a user might write, and what is answered.

The class is compared exactly (a `CheckError` may be a `ParameterCheckError`), of the message only the names and values
that it must tell, never its wording.
"""

from __future__ import annotations

import textwrap
import warnings
from typing import Any, NamedTuple

import pytest

import dagjob


class Mistake(NamedTuple):
    """`row` says which row of the table it belongs to; the last line of `code` makes the mistake."""

    row: str
    error: type[BaseException]
    tells: tuple[str, ...]
    code: str


def code(text: str) -> str:
    """A program that stands in a table, indented as the table is, and may be joined with others."""
    return textwrap.dedent(text).strip("\n") + "\n"


def make(mistake: Mistake) -> BaseException:
    """Make the mistake; the error that came, after a look at its class and its text."""
    names: dict[str, Any] = {"__name__": "jobs", "dagjob": dagjob}
    exec("from dagjob import *\nimport dagjob.errors as errors", names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(BaseException) as caught:
            exec(compile(textwrap.dedent(mistake.code), "jobs.py", "exec", dont_inherit=True), names)
    error = caught.value
    exact = (mistake.error, dagjob.ParameterCheckError) if mistake.error is dagjob.CheckError else (mistake.error,)
    assert type(error) in exact, repr(error)
    text = "\n".join([str(error), *getattr(error, "notes", ())])
    missing = [word for word in mistake.tells if word not in text]
    assert not missing, f"{missing} not in: {text}"
    assert "dagjob._" not in text  # nothing of our inside
    return error


def ids(mistakes: list[Mistake]) -> list[str]:
    """Names for the tests: the row, numbered where it has several."""
    seen: dict[str, int] = {}
    names = []
    for each in mistakes:
        seen[each.row] = seen.get(each.row, 0) + 1
        names.append(f"{each.row} {seen[each.row]}")
    return names
