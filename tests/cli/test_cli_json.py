"""What is printed as JSON is JSON, whatever the numbers: other programs read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

JOBS = """
from dagjob import job, op

@op
def measure(context):
    context.add_output_metadata({"mean": float("nan"), "most": float("inf"), "least": float("-inf"), "all": [float("nan"), 1.5]})

@job
def daily(): measure()
"""


def strictly(text: str) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_numbers_that_are_none_are_text_in_json(dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)
    lines = dagjob("run", "jobs.py", "-f", "jsonl").stdout.splitlines()
    (told,) = [event["metadata"] for event in map(strictly, lines) if event.get("metadata")]
    assert told == {"mean": "NaN", "most": "Infinity", "least": "-Infinity", "all": ["NaN", 1.5]}
    strictly(dagjob("run", "jobs.py", "-f", "json").stdout)
    strictly(dagjob("runs", "show", "latest", "-f", "json").stdout)
