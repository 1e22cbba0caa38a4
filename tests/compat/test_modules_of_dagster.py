"""Modules in the style of public projects give the same under the alias as under Dagster 1.13.29.

`tests/vectors/alias_modules.json` holds what Dagster gives; `make compare` runs both, and `--write` keeps the results.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import run_modules

import dagjob.compat.dagster  # noqa: F401

EXPECTED = json.loads((Path(__file__).parents[1] / "vectors" / "alias_modules.json").read_text())


def test_there_are_modules_enough() -> None:
    assert {path.stem for path in run_modules.MODULES.glob("*.py")} == set(EXPECTED)
    assert len(EXPECTED) >= 60


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_module_gives_what_it_gives_under_dagster(name: str) -> None:
    assert run_modules.outcomes(run_modules.MODULES / f"{name}.py") == EXPECTED[name]


def test_the_command_loads_all_of_them(dagjob: Callable[..., Any]) -> None:
    listed = dagjob("list", str(run_modules.MODULES), "-f", "names")
    assert listed.code == 0, listed.stderr
    assert len(listed.stdout.splitlines()) >= sum(len(jobs) for jobs in EXPECTED.values())
    assert "error" not in listed.stderr
