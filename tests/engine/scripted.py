"""A run without processes, ops and real time: an executor that plays a script, and a journal of what the loop did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from dagjob import clock
from dagjob.engine.loop import run_schedule
from dagjob.engine.ports import StepCall, StepDone
from dagjob.events import ErrorInfo, Event
from dagjob.plan.schedule import Schedule, Taken
from dagjob.plan.steps import Failed, Outcome, Plan, Port, Step, Succeeded, Wire

BOOM = Failed(ErrorInfo("ValueError", "builtins", "boom"))


def step(key: str, *upstream: str, **more: Any) -> Step:
    """A step that reads the results of others."""
    return Step(key, (key,), wires=tuple(Wire(f"in{n}", (Port(above),)) for n, above in enumerate(upstream)), **more)


class Signals:
    """The signals that have come."""

    count = 0
    signum: int | None = None
    fd: int | None = None


class Stage:
    """Executor and audience at once. `journal` has one line for everything that the loop asked of either of them.

    `script` says how the attempts of a step end (one after the other; what it does not name succeeds). `happens` are
    calls made while the loop waits for the end of that step. Attempts end in the order in which they were submitted.
    `refresh` is what the audience answers each turn.
    """

    in_this_process = False
    start_method: str | None = None

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *steps: Step,
        slots: int = 1,
        script: Mapping[str, Sequence[Outcome]] | None = None,
        happens: Mapping[str, Callable[[], None]] | None = None,
        refresh: float | None = None,
    ) -> None:
        self.slots = slots
        self.schedule = Schedule(Plan(steps))
        self.signals = Signals()
        self.journal: list[str] = []
        self.heard: list[Event] = []
        self.calls: list[StepCall] = []
        self.timeouts: list[float | None] = []
        self.most_at_once = 0
        self._script = {key: list(outcomes) for key, outcomes in (script or {}).items()}
        self._happens = dict(happens or {})
        self._refresh = refresh
        self._running: list[StepCall] = []
        self._now = 1000.0
        monkeypatch.setattr(clock, "monotonic", lambda: self._now)

    def run(self, **options: Any) -> Stage:
        """Let the loop run to its end."""
        run_schedule(self.schedule, self, self, self._order, self.signals, **options)
        return self

    def passes(self, seconds: float) -> None:
        """Time passes."""
        self._now += seconds

    def signal(self) -> None:
        """A signal comes."""
        self.signals.count += 1

    def hears(self, event_type: type[Any]) -> list[Any]:
        """The events of that type."""
        return [event for event in self.heard if isinstance(event, event_type)]

    @staticmethod
    def _order(taken: Taken) -> StepCall:
        return StepCall(taken.step, taken.attempt, f"{taken.step.key}.{taken.attempt}.log")

    # -- as an executor --------------------------------------------------------------------------------------------

    def start(self) -> None:
        raise AssertionError("starting is the business of the one who made the executor")

    def submit(self, call: StepCall) -> None:
        self.journal.append(f"submit {call.step.key}")
        self.calls.append(call)
        self._running.append(call)
        self.most_at_once = max(self.most_at_once, len(self._running))

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        self.timeouts.append(timeout)
        if not self._running:
            assert timeout is not None, "the loop sleeps for ever"
            self._now += timeout
            return ()
        call = self._running.pop(0)
        key = call.step.key
        self.journal.append(f"done {key}")
        if key in self._happens:
            self._happens.pop(key)()
        outcomes = self._script.get(key)
        outcome = outcomes.pop(0) if outcomes else Succeeded((Port(key),))
        return [StepDone(key, call.attempt, outcome)]

    def interrupt(self, grace: float) -> None:
        self.journal.append(f"interrupt {grace:g}")

    def close(self) -> None:
        self.journal.append("close")

    # -- as the audience -------------------------------------------------------------------------------------------

    def __call__(self, event: Event) -> None:
        self.journal.append(f"hear {type(event).__name__}")
        self.heard.append(event)

    def turn(self) -> float | None:
        self.journal.append("turn")
        return self._refresh
