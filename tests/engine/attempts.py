"""Attempts made one after the other, here, by hand: the schedule says which, nothing else of a run is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dagjob import JobDefinition, job
from dagjob.engine.ports import StepCall
from dagjob.engine.run_info import RunInfo
from dagjob.engine.worker import Worker
from dagjob.events import Event
from dagjob.plan.build import build_plan
from dagjob.plan.resolve import resolve
from dagjob.plan.schedule import Moment, Schedule
from dagjob.plan.steps import Failed, Outcome, Succeeded


def job_of(body: Callable[[], object], **options: Any) -> JobDefinition:
    """The job `daily` with that body."""

    def composed() -> None:
        body()

    return job(name="daily", **options)(composed)


class Attempts:
    """All attempts of a run of `job_def`, outputs in `folder`.

    `events` has the events of each attempt, in two halves: until its outcome was known, and after. With `shared`,
    resources are opened once, as in process; else each attempt opens its own, as in a worker.
    """

    def __init__(
        self, job_def: JobDefinition, folder: Path, *, shared: bool = True, config: Mapping[str, Any] | None = None
    ) -> None:
        resolved = resolve(job_def, dict(config or {}))
        self.plan = build_plan(job_def, resolved)
        self.outcomes: dict[str, Outcome] = {}
        self.errors: dict[str, BaseException | None] = {}
        self.events: dict[str, tuple[list[Event], list[Event]]] = {}
        self.around: list[Event] = []
        """The events of no attempt: shared resources."""
        self._loud: list[Event] = []
        self.worker = Worker(job_def, RunInfo("r1", job_def.name, out_dir=str(folder), resources=resolved.resources))
        if shared:
            self.worker.open_resources(self.plan, self.around.append)
        schedule = Schedule(self.plan)
        while not schedule.finished:
            (taken,) = schedule.take(1, float("inf"))
            outcome = self._attempt(StepCall(taken.step, taken.attempt))
            schedule.settle(taken.step.key, outcome, Moment(0.0, 0.0))
        if shared:
            self.worker.close_resources(self.around.append)
        self.ends = {step.key: schedule.state(step.key) for step in self.plan.steps if step.maps is None}

    def _attempt(self, call: StepCall) -> Outcome:
        name = call.step.key if call.attempt == 1 else f"{call.step.key} again"
        before: list[Event] = []
        after: list[Event] = []
        self.events[name] = before, after
        heard = before
        attempt = self.worker(call, lambda event: heard.append(event))
        outcome = attempt.run()
        heard = after
        attempt.finish()
        self.outcomes[name] = outcome
        self.errors[name] = attempt.exception
        return outcome

    def succeeded(self, name: str) -> Succeeded:
        """The outcome of an attempt that ended well."""
        outcome = self.outcomes[name]
        assert isinstance(outcome, Succeeded), outcome
        return outcome

    def failed(self, name: str) -> Failed:
        """The outcome of an attempt that ended badly."""
        outcome = self.outcomes[name]
        assert isinstance(outcome, Failed), outcome
        return outcome

    def kinds(self, name: str) -> list[str]:
        """The types of the events until the outcome was known."""
        return [type(event).__name__ for event in self.events[name][0]]
