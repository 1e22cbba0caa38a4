"""`dagjob why`: why an op of a run ran, was reused, retried, skipped or not run; what a job would do next."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planted_history import NOW, Ask, Plant, run_events, step

from dagjob import events as ev

Project = Callable[..., Path]
FIRST, SECOND = "c149ad91-0000-4000-8000-000000000000", "2e06c6bb-0000-4000-8000-000000000000"
ERROR = ev.ErrorInfo("ValueError", "builtins", "bad row", text="ValueError: bad row")
OPS = ("extract", "rates", "clean", "join", "only_a", "publish")


def plan(at: float, why: dict[str, str] | None = None) -> ev.PlanMade:
    needs = {"clean": ("extract",), "join": ("clean", "rates"), "publish": ("join",), "only_a": ("extract",)}
    return ev.PlanMade(at, tuple(ev.PlannedOp(key, key, needs.get(key, ())) for key in OPS), why or {})


def first() -> list[ev.Event]:
    """A run in which one op was tried twice, one failed, one was skipped, and two were not run."""
    at = NOW - 100
    started, _, *_, ended = run_events(FIRST, at=at, status="failed", selection=())
    return [
        started,
        plan(at),
        *step("extract", at + 1, 2.0),
        ev.StepStarted(at, "rates", 1, 11, None),
        ev.StepRetrying(at + 1, "rates", 1, ev.ErrorInfo("ConnectionError", "builtins", "503"), 1.0, 3.0, 2),
        *step("rates", at + 4, 1.0, attempt=2),
        ev.StepStarted(at + 5, "clean", 1, 11, None),
        ev.StepFailed(at + 6, "clean", 1, ERROR, 1.0),
        ev.StepSkipped(at + 6, "only_a", ("extract.a",)),
        ev.StepNotRun(at + 6, "join", ("clean",)),
        ev.StepNotRun(at + 6, "publish", ("join",)),
        ended,
    ]


def second() -> list[ev.Event]:
    """A run that went on from it."""
    at = NOW - 50
    started, _, *_, ended = run_events(SECOND, at=at, parent=FIRST)
    steps = [event for key in ("clean", "join", "publish") for event in step(key, at, 1.0)]
    reused = [ev.StepReused(at, "rates"), *step("extract", at, 1.0)]
    why = {"clean": "failed", "extract": "config changed: limit"}
    return [started, plan(at, why), *reused, *steps, ev.StepSkipped(at + 6, "only_a", ("extract.a",)), ended]


def reasons(code: int, out: str, err: str) -> dict[str, tuple[str, str | None]]:
    assert (code, err) == (0, "")
    return {one["key"]: (one["action"], one["reason"]) for one in json.loads(out)["ops"]}


def test_each_op_of_a_run_says_why_and_nothing_is_imported(ask: Ask, plant: Plant, project: Project) -> None:
    project("jobs.py", "from dagjob import job\nraise SystemExit('imported')\n")
    plant(first(), second())
    assert reasons(*ask("why", "c149", "-f", "json")) == {
        "extract": ("ran", None),
        "rates": ("retried", "succeeded at attempt 2; attempt 1: ConnectionError: 503"),
        "clean": ("failed", "ValueError: bad row"),
        "join": ("not_run", "needs clean, which failed: ValueError: bad row"),
        "only_a": ("skipped", "by design: extract.a was not yielded"),
        "publish": ("not_run", "needs join, not run since clean failed: ValueError: bad row"),
    }
    assert reasons(*ask("why", "-f", "json")) == {
        "extract": ("ran", "config changed: limit"),
        "rates": ("reused", "from c149ad91"),
        "clean": ("ran", "had failed in c149ad91"),
        "join": ("ran", "was not run in c149ad91"),
        "only_a": ("skipped", "by design: extract.a was not yielded"),
        "publish": ("ran", "was not run in c149ad91"),
    }
    shown = ask("why", "latest").out.splitlines()
    assert shown[0].startswith(" daily  2e06c6bb  success") and shown[0].endswith("goes on from c149ad91 (failed)")
    assert " reused   rates    from c149ad91" in shown


def test_one_op_is_told_with_its_attempts_and_what_came_of_it(ask: Ask, plant: Plant) -> None:
    plant(first())
    clean = ask("why", "latest", "clean").out
    assert " it waited  for extract, until 3.0s after the start of the run, then 2.0s more for a free worker" in clean
    assert " attempt 1  1.0s, failed: ValueError: bad row" in clean
    assert " below      join, publish were not run because of it" in clean
    assert "dagjob runs logs c149ad91 clean" in clean
    rates = ask("why", "latest", "rates").out
    assert "attempt 1  1.0s, failed: ConnectionError: 503; tried again after 3.0s" in rates
    assert "attempt 2  1.0s, succeeded" in rates
    missing = ask("why", "latest", "cleen")
    assert missing.code == 5 and 'Did you mean "clean"?' in missing.err


def test_a_run_that_was_stopped_says_who_has_stopped_it(ask: Ask, plant: Plant) -> None:
    started, *_ = run_events(FIRST)
    begun, canceled = ev.StepStarted(NOW, "clean", 1, 11, None), ev.ErrorInfo("Interrupted", "builtins", "")
    plant(
        [
            started,
            plan(NOW),
            begun,
            ev.StepFailed(NOW + 1, "clean", 1, canceled, 1.0, "canceled"),
            *(ev.StepNotRun(NOW + 1, key) for key in OPS if key != "clean"),
            ev.RunEnded(NOW + 1, "canceled", 1.0, {}, stopped_by="SIGINT"),
        ]
    )
    told = reasons(*ask("why", "-f", "json"))
    assert told["clean"] == ("canceled", "it was running when the run was stopped by Ctrl-C (SIGINT)")
    assert told["join"] == ("not_run", "it had not begun when the run was stopped by Ctrl-C (SIGINT)")


def test_a_job_says_what_it_would_do_next(dagjob: Callable[..., Any], project: Project) -> None:
    project(
        "jobs.py",
        "import os\nfrom dagjob import job, op\n@op\ndef load(): return 1\n"
        "@op\ndef store(x):\n    if not os.path.exists('fixed'): raise ValueError('no')\n@job\ndef daily(): store(load())\n",
    )
    fresh = dagjob("why", "daily")
    assert (
        fresh.stdout.startswith(" it has not run yet; next:  dagjob run daily\n")
        and " run    store  needs load" in fresh.stdout
    )
    dagjob("run", "daily")
    told = json.loads(dagjob("why", "jobs.py:daily", "-f", "json").stdout)
    assert told["latest"]["status"] == "failed" and told["command"] == f"dagjob resume {told['latest']['run'][:8]}"
    assert {one["key"]: (one["action"], one["reason"]) for one in told["ops"]} == {
        "load": ("reuse", None),
        "store": ("run", "failed"),
    }
    project("fixed")
    assert dagjob("resume", "-q").code == 0
    resumed = dagjob("why", "latest", "-f", "json")  # the reasons are recorded with the run
    assert reasons(*resumed) == {
        "load": ("reused", f"from {told['latest']['run'][:8]}"),
        "store": ("ran", f"had failed in {told['latest']['run'][:8]}"),
    }
    wrong = dagjob("why", "daliy")
    assert wrong.code == 5 and 'Did you mean "daily"?' in wrong.stderr and "of a run" in wrong.stderr
