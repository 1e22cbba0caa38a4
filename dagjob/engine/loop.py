"""Run a plan: the schedule decides, the executor does, the sinks are told."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from dagjob import clock
from dagjob.engine.interrupts import ended_by
from dagjob.engine.ports import Audience, Executor, Signals, StepCall, StepDone
from dagjob.events import EngineNoted
from dagjob.plan.schedule import Moment, Schedule, Taken
from dagjob.plan.steps import Failed
from dagjob.record import Record, replace

T = TypeVar("T")
Turns = Generator[float | None, Sequence[StepDone], T]
"""A run whose executor somebody else waits for: it says how many seconds at most (None: for ever), and is sent what has
ended."""

_BACKSTOP = 1.0
"""Seconds after the grace time in which ops that a run's timeout has stopped may still end; then the executor kills them."""


_TOGETHER = 0.02
"""Seconds for which ops that end one after the other in this process are committed, and shown, together."""


class StopRules(Record):
    """When a run starts nothing more by itself.

    After `max_failures` failed steps (None: never); at `deadline` on the monotonic clock, when attempts that know it
    end by themselves; when `busy` says that what a step needs is held by others and nobody wants to wait.
    """

    max_failures: int | None = None
    deadline: float | None = None
    busy: Callable[[], bool] | None = None


def drive(turns: Turns[T], executor: Executor) -> T:
    """Do the turns of a run that has the executor for itself."""
    try:
        timeout = next(turns)
        while True:
            try:
                ended = executor.wait(timeout)
            except BaseException as error:
                timeout = turns.throw(error)
            else:
                timeout = turns.send(ended)
    except StopIteration as end:
        result: T = end.value
        return result


def run_schedule(
    schedule: Schedule,
    executor: Executor,
    audience: Audience,
    order: Callable[[Taken], StepCall],
    interrupts: Signals,
    *,
    grace: float = 5.0,
    rules: StopRules = StopRules(),
) -> None:
    """Turn until every step has ended, or the run was told to stop and what ran has ended; hooks that are owed run too.

    `order` makes the call for an attempt; `grace` is the number of seconds that running ops get when the run is stopped.
    """
    drive(turns_of(schedule, executor, audience, order, interrupts, grace=grace, rules=rules), executor)


def turns_of(
    schedule: Schedule,
    executor: Executor,
    audience: Audience,
    order: Callable[[Taken], StepCall],
    interrupts: Signals,
    *,
    grace: float,
    rules: StopRules,
    ends: bool = False,
) -> Turns[None]:
    """The same, with `executor.wait` left to whoever does the turns: it may serve other runs too.

    `ends`: the end of the run comes at once, and is committed and shown with what was heard last.
    """
    running = heeded = 0
    hooking: set[str] = set()
    """The steps of which only the hooks run."""
    alone = executor.in_this_process and executor.slots == 1
    rest, turned = None, 0.0
    for event in schedule.opening:
        audience(event)
    while running or not schedule.finished or schedule.owed:
        while schedule.owed and running < executor.slots:
            owed = schedule.owed.pop(0)
            executor.submit(replace(order(Taken(owed.step, owed.attempt)), ended=owed.failed))
            hooking.add(owed.step.key)
            running += 1
        for taken in schedule.take(executor.slots - running, clock.monotonic()):
            executor.submit(order(taken))
            running += 1
        # Another op begins at once, and is told of: what has just ended may wait a moment for it.
        if not (alone and running) or clock.monotonic() - turned > _TOGETHER:
            rest, turned = audience.turn(), clock.monotonic()
        ended = yield _timeout(schedule, rest, rules)
        _heed_deadline(schedule, executor, audience, rules, grace)
        for done in ended:
            running -= 1
            if done.step in hooking:
                hooking.remove(done.step)
            else:
                outcome = done.outcome
                if isinstance(outcome, Failed) and outcome.status == "canceled":
                    outcome = ended_by(outcome, interrupts.signum)
                for event in schedule.settle(done.step, outcome, _now()):
                    audience(event)
                if done.hooks_left and isinstance(outcome, Failed) and not interrupts.count:
                    schedule.owe_hooks(done.step, outcome)
            for event in done.after:
                audience(event)
        if interrupts.count > heeded:
            _stop(schedule, executor, audience, 0.0 if heeded else grace, running - len(hooking))
            heeded = interrupts.count
        if not schedule.stopped and _enough(schedule, rules):
            for event in schedule.give_up(_now(), because=schedule.failed[:1]):
                audience(event)
    executor.close()
    if not ends:
        audience.turn()


def _stop(schedule: Schedule, executor: Executor, audience: Audience, grace: float, running: int) -> None:
    """Start nothing more, and ask what runs to end."""
    if grace and running:
        text = f"stopping: {running} op{'s were' if running > 1 else ' was'} told to end, waiting up to {grace:g}s"
        audience(EngineNoted(clock.time(), f"{text} (ctrl-c again kills)", level="warning", stopping=True))
    for event in schedule.give_up(_now()):
        audience(event)
    schedule.owed.clear()  # No hook runs on an interrupt.
    executor.interrupt(grace)


def _enough(schedule: Schedule, rules: StopRules) -> bool:
    """Whether the run is to start nothing more."""
    failures = rules.max_failures is not None and len(schedule.failed) >= rules.max_failures
    return failures or (rules.busy is not None and rules.busy())


def _heed_deadline(schedule: Schedule, executor: Executor, audience: Audience, rules: StopRules, grace: float) -> None:
    """At the deadline start nothing more; what runs should end by itself, and is killed if it does not."""
    if rules.deadline is None:
        return
    late = clock.monotonic() - rules.deadline
    if late >= 0 and not schedule.stopped:
        for event in schedule.give_up(_now()):
            audience(event)
    if late >= grace + _BACKSTOP:
        executor.interrupt(0.0)


def _now() -> Moment:
    return Moment(clock.monotonic(), clock.time())


def _timeout(schedule: Schedule, rest: float | None, rules: StopRules) -> float | None:
    """How long to sleep before the schedule, the audience or the deadline has something to do by itself."""
    moment = schedule.next_wakeup()
    if rules.deadline is None and moment is None:
        return rest
    moments = [moment]
    if rules.deadline is not None:
        moments.append(clock.monotonic() + _BACKSTOP if schedule.stopped else rules.deadline)
    waits = [max(0.0, moment - clock.monotonic()) for moment in moments if moment is not None]
    return min(waits if rest is None else [*waits, rest], default=None)
