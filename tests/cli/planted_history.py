"""Histories written by hand, and questions to them without a process for each: what tests of `runs ...` share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from dagjob import events as ev

DAY = 86_400.0
NOW = float(int(time.time()))


class Answer(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Ask = Callable[..., Answer]
Plant = Callable[..., Any]


def run_events(
    run_id: str,
    job: str = "daily",
    at: float = NOW - 60,
    status: ev.RunStatus = "success",
    ops: Sequence[str] = ("load",),
    seconds: float = 2.0,
    parent: str | None = None,
    root: str | None = None,
    steps: Iterable[ev.Event] | None = None,
    **more: Any,
) -> list[ev.Event]:
    """A run of these ops, one after the other; the last one failed where the run did. `steps` are its events instead."""
    started = ev.RunStarted(
        at,
        run_id,
        job,
        f"jobs.py:{job}",
        "multiprocess",
        2,
        1,
        parent_run_id=parent,
        root_run_id=root or parent,
        **more,
    )
    planned = [ev.PlannedOp(key, key, tuple(ops[n - 1 : n])) for n, key in enumerate(ops)]
    bad = ops[-1:] if status in ("failed", "timeout") else ()
    if steps is None:
        steps = [event for key in ops for event in step(key, at, seconds / len(ops), key in bad)]
    counts = {"success": len(ops) - len(bad), **({"failed": len(bad)} if bad else {})}
    return [started, ev.PlanMade(at, tuple(planned)), *steps, ev.RunEnded(at + seconds, status, seconds, counts)]


def step(key: str, at: float = NOW, seconds: float = 1.0, failed: bool = False, attempt: int = 1) -> list[ev.Event]:
    """One attempt of a step."""
    begun = ev.StepStarted(at, key, attempt, 11, None)
    if failed:
        error = ev.ErrorInfo("ValueError", "builtins", "boom", text="ValueError: boom")
        return [begun, ev.StepFailed(at + seconds, key, attempt, error, seconds)]
    return [begun, ev.StepSucceeded(at + seconds, key, attempt, seconds, 0.25, 1 << 20)]
