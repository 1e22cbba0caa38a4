"""An executor, what was heard from it, and how to wait until it has done something."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from dagjob.engine.ports import StepCall, StepDone
from dagjob.events import Event, LogWritten, StepStarted
from dagjob.plan.steps import Failed, Outcome, Step

WAYS = ("preloaded", "lean", "spawn")


class Stage:
    """An executor, what was heard from it, and how to wait for something to be heard."""

    def __init__(self, executor: Any, heard: list[Event]) -> None:
        self.executor = executor
        self.heard = heard
        self.done: dict[str, StepDone] = {}

    def submit(self, *keys: str, **more: Any) -> None:
        for key in keys:
            self.executor.submit(StepCall(Step(key, (key,)), 1, **more))

    def outcomes(self, count: int, patience: float = 30.0) -> dict[str, Outcome]:
        """Wait until so many attempts in all have ended; how, by step."""
        until = time.monotonic() + patience
        while len(self.done) < count:
            assert time.monotonic() < until, f"only {list(self.done)} ended"
            for done in self.executor.wait(1.0):
                assert done.step not in self.done, "reported twice"
                self._hear(done)
        return {step: done.outcome for step, done in self.done.items()}

    def play(self, *keys: str, **more: Any) -> dict[str, Outcome]:
        self.submit(*keys, **more)
        return self.outcomes(len(self.done) + len(keys))

    def failure(self, key: str, **more: Any) -> Failed:
        outcome = self.play(key, **more)[key]
        assert isinstance(outcome, Failed)
        return outcome

    def until(self, true: Callable[[], Any], patience: float = 30.0) -> None:
        """Let the executor work until something is true."""
        stop = time.monotonic() + patience
        while not true():
            assert time.monotonic() < stop, "it never happened"
            for done in self.executor.wait(0.05):
                self._hear(done)

    def _hear(self, done: StepDone) -> None:
        self.done[done.step] = done
        self.heard += done.after

    def texts(self, step: str | None = None) -> list[str]:
        return [e.text for e in self.heard if isinstance(e, LogWritten) and step in (None, e.step)]

    def pid(self, step: str) -> int:
        """The process of a step, as soon as it has started."""
        found: list[int] = []

        def started() -> list[int]:
            found[:] = [e.pid for e in self.heard if isinstance(e, StepStarted) and e.step == step]
            return found

        self.until(started)
        return found[-1]


Make = Callable[..., Stage]


def wait_until(true: Callable[[], bool], patience: float = 20.0) -> bool:
    """Whether it becomes true by itself: no executor turns meanwhile."""
    until = time.monotonic() + patience
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def names(events: Sequence[Event], step: str) -> list[str]:
    """The types of the events of a step, in order."""
    return [type(event).__name__ for event in events if getattr(event, "step", None) == step]
