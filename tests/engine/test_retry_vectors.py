"""How 25 jobs of one op end that is tried again or not (`outcomes` in `tests/vectors/retries.json`)."""

from __future__ import annotations

import json
import logging
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
OUTCOMES = json.loads((VECTORS / "retries.json").read_text())["outcomes"]


@pytest.fixture(scope="module")
def jobs() -> Iterator[dict[str, Any]]:
    logging.disable(logging.CRITICAL)
    yield runpy.run_path(str(VECTORS / "event_jobs.py"))
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda each: str(each["case"]))
def test_an_op_is_tried_and_fails_as_it_did_in_dagster(outcome: dict[str, Any], jobs: dict[str, Any]) -> None:
    assert jobs["run_outcome"](outcome["case"]) == {
        key: value for key, value in outcome.items() if key not in ("case", "what")
    }
