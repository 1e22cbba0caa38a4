"""A task: an attempt that was accepted, and what is known of it until its process is gone or has taken another one."""

from __future__ import annotations

from collections.abc import Callable

from dagjob.clock import monotonic
from dagjob.engine.ports import StepCall
from dagjob.executors import deaths


class Task:
    """An attempt that was accepted, from the moment it is given to a slot until its process is gone."""

    def __init__(self, call: StepCall, slot: int, order: int) -> None:
        self.call = call
        self.slot = slot
        self.order = order
        self.pid = 0
        self.began = monotonic()
        known = call.ended is not None
        self.started = known
        """Whether `StepStarted` was emitted."""
        self.done = known
        """Whether the worker has said how the attempt ended."""
        self.settled = known
        """Whether the loop gets to know how it ended. A timeout waits for the stack, which comes with the exit."""
        self.ended = False
        """Whether the worker has said that nothing more will come."""
        self.why: deaths.Why | None = None
        self.forced = False
        self.reused = False
        """Whether it was given to a worker that had waited for it."""
        self.alarms: list[tuple[float, Callable[[Task], None]]] = []
        """What to do with it, and when, by the monotonic clock."""

    def stood_still(self, seconds: float) -> None:
        """So many seconds do not count."""
        self.began += seconds
        self.alarms = [(at + seconds, act) for at, act in self.alarms]

    @property
    def seconds(self) -> float:
        return monotonic() - self.began
