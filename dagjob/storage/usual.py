"""What the runs of a job usually take, from the history: of each step the median of its latest runs that went well.

A run that was resumed counts, a step that was reused in it does not. What is skipped as a rule is known, too. It is asked for
while a run goes on, so only so many rows are read as take a few milliseconds.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence

from dagjob.plan.forecast import FEWEST_RUNS, MOST_RUNS, Usual, template_of
from dagjob.storage.statistics import median

_LOOKED_AT = 2 * MOST_RUNS
_MOST_ROWS = 20_000
_RUNS = """SELECT run, status, seconds, parent IS NULL AND selection = '[]' FROM runs
    WHERE job = ? AND run < ? AND ended IS NOT NULL ORDER BY run DESC LIMIT ?"""
_STEPS = """SELECT key, CASE status WHEN 'success' THEN seconds END, attempts FROM steps
    WHERE run = ? AND (status = 'skipped' OR status = 'success' AND seconds IS NOT NULL) LIMIT ?"""


def usual_of(connection: sqlite3.Connection, job: str, before: int = sys.maxsize) -> Usual | None:
    """What its runs take, or None where too few are known. `before`: only runs with a smaller number are looked at."""
    wholes: list[float] = []
    times: dict[str, list[float]] = {}
    runs_of: dict[str, int] = {}
    flaky: dict[str, int] = {}
    copies: dict[str, list[int]] = {}
    skipped: dict[str, int] = {}
    known, left = 0, _MOST_ROWS
    for run, status, seconds, whole in connection.execute(_RUNS, [job, before, _LOOKED_AT]).fetchall():
        if status == "success" and whole and seconds is not None and len(wholes) < MOST_RUNS:
            wholes.append(seconds)
        here: dict[str, bool] = {}
        counted: dict[str, int] = {}
        for key, took, attempts in connection.execute(_STEPS, [run, left]):
            left -= 1
            name = template_of(key)
            if took is None:
                skipped[name] = skipped.get(name, 0) + 1
                continue
            if name != key:
                counted[name] = counted.get(name, 0) + 1
            if runs_of.get(name, 0) < MOST_RUNS:
                times.setdefault(name, []).append(took)
                here[name] = here.get(name, False) or attempts > 1
        for name, again in here.items():
            runs_of[name] = runs_of.get(name, 0) + 1
            flaky[name] = flaky.get(name, 0) + again
        for name, many in counted.items():
            copies.setdefault(name, []).append(many)
        known += bool(here)
        if known >= MOST_RUNS or left <= 0:
            break
    if known < FEWEST_RUNS:
        return None
    trusted = [name for name, many in runs_of.items() if many >= FEWEST_RUNS]
    return Usual(
        {name: median(sorted(times[name])) for name in trusted},
        known,
        _enough(wholes),
        {name: flaky[name] for name in trusted if flaky[name]},
        {name: round(median(sorted(copies[name]))) for name in trusted if name in copies},
        frozenset(name for name, many in skipped.items() if many >= FEWEST_RUNS and name not in trusted),
    )


def _enough(seconds: Sequence[float]) -> float | None:
    return median(sorted(seconds)) if len(seconds) >= FEWEST_RUNS else None
