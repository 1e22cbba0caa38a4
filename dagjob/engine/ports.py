"""What the loop needs from outside: someone to do steps, someone to hear events. And what a display is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from dagjob.events import Event
from dagjob.plan.steps import Outcome, Step
from dagjob.record import Record

Sink = Callable[[Event], None]


class Signals(Protocol):
    """The signals that have come so far."""

    @property
    def count(self) -> int: ...


class Audience(Protocol):
    """All who hear the events of a run, as the loop sees them."""

    def __call__(self, event: Event) -> None:
        """Hear one event. Never raises."""

    def turn(self) -> float | None:
        """Once in each turn of the loop: commit what was heard, then show it.

        Returns the seconds after which the audience wants to be called again though nothing happens; None: never.
        """


class Display:
    """A sink that shows a run to a person or a program. A subclass says what it does with an event; the rest has defaults.

    All is called in the main process and thread, between two turns of the loop, in this order: events, then `tick` when
    it is time, at last `close`. What it raises drops it from the run; `BrokenPipeError` means that nobody reads it.
    """

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        raise NotImplementedError

    def next_refresh(self) -> float | None:
        """Seconds until `tick` wants to be called though nothing happens; None: never."""
        return None

    def tick(self, now: float) -> None:
        """Draw what changes with time; `now` is in seconds since the epoch."""

    def close(self) -> None:
        """The run is over, or the display is given up: write what is left, give back what was taken."""


class StepCall(Record):
    """The order to do one attempt of one step: all that a worker needs besides the job itself.

    `log` is the file that gets stdout and stderr of the attempt (None: not captured); `timeout` in seconds.
    """

    step: Step
    attempt: int
    log: str | None = None
    timeout: float | None = None


class StepDone(Record):
    """How an attempt ended. Its process may still be busy with hooks and with closing resources."""

    step: str
    attempt: int
    outcome: Outcome


class Attempt(Protocol):
    """One attempt in the process that does it, in two halves so that the outcome is known before the hooks run."""

    def run(self) -> Outcome:
        """From inputs to outcome. Emits `StepStarted` first. Never raises: what user code does is in the outcome."""

    def finish(self) -> None:
        """Hooks, then what was opened for this attempt is closed. Emits, never raises."""


Work = Callable[[StepCall, Sink], Attempt]
"""What a worker can do. Made once in a process; `Work(call, emit)` prepares one attempt."""


class WorkSource(Protocol):
    """Where a fresh process gets its `Work` from. Can be pickled; `open` imports the user's module."""

    def open(self) -> Work: ...


class Executor(Protocol):
    """Who does the steps. The loop calls `start` once, before anything with a lock or a thread exists."""

    slots: int
    """How many attempts may be in work at once."""
    start_method: str | None
    """How child processes are started; None without any."""

    def start(self) -> None:
        """Get ready to work: fork the template, start workers ahead."""

    def submit(self, call: StepCall) -> None:
        """Take an order. Accepted even when a worker is still busy closing: it then starts a little later."""

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        """Sleep until an attempt ends, an event or a signal comes, or `timeout` seconds pass (None: for ever).

        Events of workers are emitted at once; only completions are returned. May return nothing.
        """

    def interrupt(self, grace: float) -> None:
        """Ask what runs to end: politely now, by force after `grace` seconds (0: at once). May be called again."""

    def close(self) -> None:
        """Wait until hooks and workers are through, and leave no process behind."""
