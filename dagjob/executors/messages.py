"""Records on their way between the processes of a run: how they are pickled, and what replaces one that cannot be.

A record gets a short name: a pickle then holds two bytes, not a module path. Looking a class up by its path costs more
than the rest of a small message, on both ends and in each worker anew. Importing this file gives the names; both ends do,
so they agree. Values of users never contain these records, so no file on disk depends on the numbers.
"""

from __future__ import annotations

import copyreg
from pickle import dumps, loads

from dagjob import events
from dagjob.clock import time
from dagjob.engine.ports import RunCall, StepCall, StepDone
from dagjob.events import EngineNoted, Event, LogWritten, StepEvent
from dagjob.executors import deaths
from dagjob.plan import steps
from dagjob.plan.steps import Failed, Outcome
from dagjob.record import Record, replace

FIRST = 0xD0D0
"""Beyond the numbers that registries of pickle's extension codes have given out (PEP 307)."""


def _records() -> list[type[Record]]:
    found: list[type[Record]] = [RunCall, StepCall, StepDone]
    for module in (events, steps):
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Record) and value.__module__ == module.__name__
        ]
    return sorted(found, key=lambda record: (record.__module__, record.__qualname__))


for _number, _record in enumerate(_records(), FIRST):
    copyreg.add_extension(_record.__module__, _record.__qualname__, _number)


def pickled_event(event: Event) -> bytes:
    """The event; one that cannot be pickled is replaced by a note that says so."""
    try:
        return dumps(event, 5)
    except Exception as error:
        return dumps(_unsendable(event, error), 5)


def _unsendable(event: Event, error: Exception) -> Event:
    step = getattr(event, "step", None)
    text = f"{type(event).__name__} could not be pickled, so it did not leave the op's process: {type(error).__name__}: {error}"
    if isinstance(event, StepEvent):
        return LogWritten(event.at, event.step, event.attempt, "WARNING", text)
    return EngineNoted(event.at, text, step, level="warning")


def pickled_done(call: StepCall, outcome: Outcome) -> bytes:
    """How the attempt ended; an outcome that cannot be pickled is replaced by a failure that says so."""
    try:
        return dumps(StepDone(call.step.key, call.attempt, outcome), 5)
    except Exception as error:
        # Only what the user attached to a `Failure` can be the reason: the rest is ours and plain.
        if isinstance(outcome, Failed) and outcome.failure is not None:
            return pickled_done(call, replace(outcome, failure=None))
        return dumps(StepDone(call.step.key, call.attempt, deaths.unsendable_outcome(error)), 5)


def event_in(payload: bytes, step: str) -> Event:
    """The event of a step; in the place of one that cannot be unpickled, a note that says so."""
    try:
        event: Event = loads(payload)
    except Exception as error:
        return EngineNoted(time(), f"an event cannot be read: {type(error).__name__}: {error}", step, level="warning")
    return event


def outcome_in(payload: bytes) -> Outcome:
    """How an attempt ended; in the place of what cannot be unpickled, a failure that says so."""
    try:
        done: StepDone = loads(payload)
    except Exception as error:
        return deaths.unsendable_outcome(error)
    return done.outcome
