"""Random plans with retries, limits, priorities and mapped steps, beside a simulator that knows no queue and no counter.

The simulator looks at the whole graph and says how every step must end and how often it must be tried; the schedule,
which is told of one outcome at a time and in any order, has to come to the same. On the way it must keep every limit,
leave no slot idle while something could start, and prefer what has the higher priority.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from dagjob.events import (
    ErrorInfo,
    Event,
    StepFailed,
    StepNotRun,
    StepRetrying,
    StepSkipped,
    StepsMapped,
    StepSucceeded,
)
from dagjob.plan.limits import TagLimit
from dagjob.plan.schedule import Moment, Schedule
from dagjob.plan.steps import TEMPLATE_SUFFIX, Failed, Outcome, Plan, Port, Step, Succeeded, Wire

BOOM = ErrorInfo("ValueError", "builtins", "boom")
SETTLED = {StepSucceeded: "success", StepFailed: "failed", StepSkipped: "skipped", StepNotRun: "not_run"}


class Retry(NamedTuple):
    """A policy as the schedule asks for it: a fixed delay."""

    max_retries: int
    delay: float

    def calculate_delay(self, number: int, chance: object = None) -> float:
        return self.delay


class Behaviour(NamedTuple):
    """What a step does when it runs: fails that often, then makes its output, or not; a dynamic one makes these keys."""

    failures: int
    makes: bool
    keys: tuple[str, ...] | None = None


class Case(NamedTuple):
    """A plan and what its steps would do. The copies of a template each have a behaviour of their own."""

    plan: Plan
    behaviour: dict[str, Behaviour]
    limits: tuple[TagLimit, ...]


KEYS = ("k0", "k1", "k2")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to ten ops: plain, dynamic, mapped over a dynamic one (chains too), collecting."""
    steps: list[Step] = []
    behaviour: dict[str, Behaviour] = {}
    plain: list[str] = []
    """Steps whose one output may be read by anybody."""
    mapped: dict[str, list[str]] = {}
    """For each dynamic step, the templates over it."""
    for number in range(draw(st.integers(1, 10))):
        kind = draw(st.sampled_from(["plain", "plain", "dynamic", "mapped", "collects"]))
        if kind in ("mapped", "collects") and not mapped:
            kind = "dynamic"
        key = f"{kind}{number}"
        wires = _static_wires(draw, plain)
        more: dict[str, object] = {}
        names = [key]
        if kind == "mapped":
            source = draw(st.sampled_from(sorted(mapped)))
            above = draw(st.sampled_from([source, *mapped[source]]))
            key += TEMPLATE_SUFFIX
            names = [key.replace("?", each) for each in KEYS]
            mapped[source].append(key)
            wires.append(Wire("item", (Port(above),)))
            more["maps"] = Port(source)
        elif kind == "collects":
            source = draw(st.sampled_from(sorted(mapped)))
            gathered = Port(draw(st.sampled_from([source, *mapped[source]])))
            wires.append(
                Wire("items", (gathered,), many=True, collects=Port(source), empty_is_fine=draw(st.booleans()))
            )
            more["after"] = frozenset({source})
        elif kind == "dynamic":
            mapped[key] = []
        if kind in ("plain", "collects"):
            plain.append(key)
        tags = {"db": draw(st.sampled_from(["a", "b"]))} if draw(st.booleans()) else {}
        retry = Retry(draw(st.integers(0, 2)), draw(st.sampled_from([0.0, 1.0, 5.0]))) if draw(st.booleans()) else None
        priority = draw(st.integers(-1, 1))
        steps.append(Step(key, (key,), wires=tuple(wires), tags=tags, retry=retry, priority=priority, **more))  # type: ignore[arg-type]
        for name in names:
            keys = tuple(draw(st.permutations(KEYS))[: draw(st.integers(0, 3))]) if kind == "dynamic" else None
            failures = draw(st.integers(1, 3)) if draw(st.integers(0, 4)) == 0 else 0
            behaviour[name] = Behaviour(failures, draw(st.integers(0, 4)) > 0, keys)
    limits = [TagLimit("db", draw(st.integers(1, 2)), "a"), TagLimit("db", draw(st.integers(1, 2)), per_value=True)]
    return Case(Plan(tuple(steps)), behaviour, tuple(limits[: draw(st.integers(0, 2))]))


def _static_wires(draw: st.DrawFn, plain: list[str]) -> list[Wire]:
    wires = []
    for place in range(draw(st.integers(0, min(2, len(plain))))):
        many = draw(st.booleans())
        chosen = draw(st.lists(st.sampled_from(plain), min_size=1, max_size=3 if many else 1, unique=True))
        wires.append(Wire(f"in{place}", tuple(Port(above) for above in chosen), many=many))
    return wires


# -- the simulator -------------------------------------------------------------------------------------------------


class Simulated:
    """How a run of the case must end, worked out step by step in plan order: `ends` and `tries` by concrete key."""

    def __init__(self, case: Case) -> None:
        self.ends: dict[str, str] = {}
        self.tries: dict[str, int] = {}
        self._made: set[str] = set()
        self._case = case
        for step in case.plan.steps:
            if step.maps is None:
                self._simulate(step, step.key, "")
            elif self.ends[step.maps.step] != "success":  # there will be no copies, so the template itself ends
                self.ends[step.key] = "skipped" if self.ends[step.maps.step] == "skipped" else "not_run"
            else:
                for mapping_key in case.behaviour[step.maps.step].keys or ():
                    self._simulate(step, step.key.replace("?", mapping_key), mapping_key)

    def _simulate(self, step: Step, key: str, mapping_key: str) -> None:
        looks = [self._look(wire, mapping_key) for wire in step.wires]
        if "starved" in looks:
            self.ends[key] = "skipped"
        elif "lost" in looks:
            self.ends[key] = "not_run"
        else:
            self._run(step, key)

    def _run(self, step: Step, key: str) -> None:
        behaviour = self._case.behaviour[key]
        allowed = step.retry.max_retries if step.retry is not None else 0
        self.tries[key] = min(behaviour.failures, allowed) + 1
        if behaviour.failures > allowed:
            self.ends[key] = "failed"
            return
        self.ends[key] = "success"
        if behaviour.keys is not None:
            self._made |= {f"{key}/{each}" for each in behaviour.keys}
        elif behaviour.makes:
            self._made.add(key)

    def _look(self, wire: Wire, mapping_key: str) -> str:
        """Whether an input is fed, starved (what it needs was, by design, never made) or lost (something failed)."""
        members: list[tuple[str, str]] = []
        """For each value wanted: the step that makes it, and its name among those made."""
        if wire.collects is not None:
            source = wire.collects.step
            if self.ends[source] != "success":
                return "starved" if self.ends[source] == "skipped" else "lost"
            keys = self._case.behaviour[source].keys or ()
            if not keys:
                return "fed" if wire.empty_is_fine else "starved"
            members = [self._copy(wire.ports[0].step, each) for each in keys]
        else:
            members = [self._copy(port.step, mapping_key) for port in wire.ports]
        lost = [step for step, _ in members if self.ends[step] in ("failed", "not_run")]
        made = [name for _, name in members if name in self._made]
        if not lost and not made:
            return "starved"
        if lost:
            return "lost"
        return "fed"

    def _copy(self, step: str, mapping_key: str) -> tuple[str, str]:
        if step.endswith(TEMPLATE_SUFFIX):
            copy = step.replace("?", mapping_key)
            return copy, copy
        behaviour = self._case.behaviour[step]
        return (step, f"{step}/{mapping_key}") if behaviour.keys is not None else (step, step)


# -- the schedule, played ------------------------------------------------------------------------------------------


class Played:
    """The case, played on a schedule: outcomes come in random order, time passes only when nothing runs."""

    def __init__(self, case: Case, slots: int, order: random.Random) -> None:
        self.ends: dict[str, str] = {}
        self.tries: dict[str, int] = {}
        self.retried: dict[str, int] = {}
        self.mapped: dict[str, int] = {}
        self._case, self._slots, self._now = case, slots, 0.0
        self.schedule = Schedule(case.plan, limits=case.limits)
        self._running: dict[str, Step] = {}
        while not self.schedule.finished:
            self._take()
            if not self._running:
                wakeup = self.schedule.next_wakeup()
                assert wakeup is not None, "nothing runs, nothing waits, and it is not finished"
                assert wakeup > self._now
                self._now = wakeup
                continue
            step = self._running.pop(order.choice(sorted(self._running)))
            for event in self.schedule.settle(step.key, self._outcome(step), Moment(self._now, 0.0)):
                self._hear(event)

    def _take(self) -> None:
        free = self._slots - len(self._running)
        taken = self.schedule.take(free, self._now)
        assert len(taken) <= free
        for attempt in taken:
            key = attempt.step.key
            assert key not in self._running
            self.tries[key] = self.tries.get(key, 0) + 1
            assert attempt.attempt == self.tries[key]
            self._running[key] = attempt.step
        self._check_limits()
        left = [step for step in self._known() if self.schedule.state(step.key) == "ready" and self._may_start(step)]
        if len(taken) < free:
            assert not left, "a slot stays idle though something could start"
        if taken and left:
            assert min(each.step.priority for each in taken) >= max(step.priority for step in left)

    def _known(self) -> list[Step]:
        """The steps that are no templates. Copies are left out: what they may do is in their template's state."""
        return [step for step in self._case.plan.steps if step.maps is None]

    def _in_use(self, limit: TagLimit, value: str) -> int:
        values = [step.tags[limit.key] for step in self._running.values() if limit.key in step.tags]
        return len([each for each in values if each == value])

    def _check_limits(self) -> None:
        for limit in self._case.limits:
            for value in ("a", "b"):
                if limit.per_value or limit.value == value:
                    assert self._in_use(limit, value) <= limit.limit

    def _may_start(self, step: Step) -> bool:
        return all(
            self._in_use(limit, step.tags[limit.key]) < limit.limit
            for limit in self._case.limits
            if limit.key in step.tags and (limit.per_value or limit.value == step.tags[limit.key])
        )

    def _outcome(self, step: Step) -> Outcome:
        behaviour = self._case.behaviour[step.key]
        if self.tries[step.key] <= behaviour.failures:
            return Failed(BOOM)
        if behaviour.keys is not None:
            return Succeeded(tuple(Port(step.key, "result", each) for each in behaviour.keys))
        return Succeeded((Port(step.key),) if behaviour.makes else ())

    def _hear(self, event: Event) -> None:
        if isinstance(event, StepRetrying):
            self.retried[event.step] = self.retried.get(event.step, 0) + 1
        elif isinstance(event, StepsMapped):
            assert all(key not in self.ends for key in event.steps)
        else:
            assert event.step not in self.ends, "a step ended twice"  # type: ignore[attr-defined]
            self.ends[event.step] = SETTLED[type(event)]  # type: ignore[attr-defined]


@given(cases(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_a_run_ends_as_the_simulator_says_whatever_the_order(case: Case, slots: int, order: random.Random) -> None:
    simulated, played = Simulated(case), Played(case, slots, order)
    assert played.ends == simulated.ends
    assert played.tries == simulated.tries
    assert played.retried == {key: tries - 1 for key, tries in simulated.tries.items() if tries > 1}
    assert played.schedule.ok == ("failed" not in simulated.ends.values())
    ended = list(simulated.ends.values())
    assert played.schedule.counts == {word: ended.count(word) for word in set(ended)}
