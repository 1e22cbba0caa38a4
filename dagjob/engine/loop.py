"""Run a plan: the schedule decides, the executor does, the sinks are told."""

from __future__ import annotations

from collections.abc import Callable

from dagjob import clock
from dagjob.engine.interrupts import ended_by
from dagjob.engine.ports import Audience, Executor, Signals, StepCall
from dagjob.events import EngineNoted
from dagjob.plan.schedule import Moment, Schedule, Taken
from dagjob.plan.steps import Failed


def run_schedule(
    schedule: Schedule,
    executor: Executor,
    audience: Audience,
    order: Callable[[Taken], StepCall],
    interrupts: Signals,
    *,
    grace: float = 5.0,
    fail_fast: bool = False,
) -> None:
    """Turn until every step has ended, or the run was told to stop and what ran has ended.

    `order` makes the call for an attempt; `grace` is the number of seconds that running ops get when the run is stopped;
    with `fail_fast` nothing more is started after the first failure.
    """
    running = heeded = 0
    for event in schedule.opening:
        audience(event)
    while not schedule.finished:
        for taken in schedule.take(executor.slots - running, clock.monotonic()):
            executor.submit(order(taken))
            running += 1
        for done in executor.wait(_timeout(schedule, audience.turn())):
            running -= 1
            outcome = done.outcome
            if isinstance(outcome, Failed) and outcome.status == "canceled":
                outcome = ended_by(outcome, interrupts.signum)
            for event in schedule.settle(done.step, outcome, _now()):
                audience(event)
        if interrupts.count > heeded:
            _stop(schedule, executor, audience, 0.0 if heeded else grace, running)
            heeded = interrupts.count
        if fail_fast and schedule.failed and not schedule.stopped:
            for event in schedule.give_up(_now(), because=schedule.failed[:1]):
                audience(event)
    executor.close()
    audience.turn()


def _stop(schedule: Schedule, executor: Executor, audience: Audience, grace: float, running: int) -> None:
    """Start nothing more, and ask what runs to end."""
    if grace and running:
        text = f"stopping: {running} op{'s were' if running > 1 else ' was'} told to end, waiting up to {grace:g}s"
        audience(EngineNoted(clock.time(), f"{text} (ctrl-c again kills)", level="warning", stopping=True))
    for event in schedule.give_up(_now()):
        audience(event)
    executor.interrupt(grace)


def _now() -> Moment:
    return Moment(clock.monotonic(), clock.time())


def _timeout(schedule: Schedule, rest: float | None) -> float | None:
    """How long to sleep before the schedule or the audience has something to do by itself."""
    wakeup = schedule.next_wakeup()
    if wakeup is None:
        return rest
    until = max(0.0, wakeup - clock.monotonic())
    return until if rest is None else min(until, rest)
