"""Random plans, settled in random order, against an oracle that looks at the whole graph again and again."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from dagjob.events import ErrorInfo, StepFailed, StepNotRun, StepSkipped, StepSucceeded
from dagjob.plan.schedule import Moment, Schedule
from dagjob.plan.steps import Failed, Plan, Port, Step, Succeeded, Wire

BOOM = ErrorInfo("ValueError", "builtins", "boom")
OUTPUTS = ("x", "y")


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, dict[str, object]]:
    """A plan of up to twelve steps, and what each would do if it ran."""
    count = draw(st.integers(1, 12))
    steps, script = [], {}
    for number in range(count):
        key = f"s{number}"
        wires = []
        for place in range(draw(st.integers(0, min(3, number)))):
            many = draw(st.booleans())
            ports = [
                Port(f"s{draw(st.integers(0, number - 1))}", draw(st.sampled_from(OUTPUTS)))
                for _ in range(draw(st.integers(1, 3)) if many else 1)
            ]
            wires.append(Wire(f"in{place}", tuple(dict.fromkeys(ports)), many=many))
        steps.append(Step(key, (key,), wires=tuple(wires), priority=draw(st.integers(-1, 1))))
        made = tuple(Port(key, output) for output in OUTPUTS if draw(st.integers(0, 3)))
        script[key] = Failed(BOOM) if draw(st.integers(0, 5)) == 0 else Succeeded(made)
    return Plan(tuple(steps)), script


def oracle(plan: Plan, script: dict[str, object]) -> dict[str, str]:
    """How every step must end: skipped wins over not run, both spread, the rest does what the script says."""
    ends: dict[str, str] = {}
    made: set[Port] = set()
    for step in plan.steps:
        never = {
            port
            for wire in step.wires
            for port in wire.ports
            if port not in made and ends[port.step] in ("success", "skipped")
        }
        starved = any(
            all(port in never for port in wire.ports) if wire.many else wire.ports[0] in never for wire in step.wires
        )
        if starved:
            ends[step.key] = "skipped"
        elif any(ends[above] in ("failed", "not_run") for above in step.upstream):
            ends[step.key] = "not_run"
        elif isinstance(script[step.key], Failed):
            ends[step.key] = "failed"
        else:
            ends[step.key] = "success"
            made.update(script[step.key].made)  # type: ignore[attr-defined]
    return ends


WORDS = {StepSucceeded: "success", StepFailed: "failed", StepSkipped: "skipped", StepNotRun: "not_run"}


@given(plans(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_step_ends_as_the_oracle_says_in_whatever_order_they_are_settled(
    case: tuple[Plan, dict[str, object]], slots: int, order: random.Random
) -> None:
    plan, script = case
    schedule = Schedule(plan)
    running: list[Step] = []
    ended: dict[str, str] = {}
    while not schedule.finished:
        running += [taken.step for taken in schedule.take(slots - len(running), 0.0)]
        assert running, "not finished, but nothing runs"
        done = running.pop(order.randrange(len(running)))
        assert all(above in ended for above in done.upstream)
        for event in schedule.settle(done.key, script[done.key], Moment(0.0, 0.0)):  # type: ignore[arg-type]
            ended[event.step] = WORDS[type(event)]  # type: ignore[attr-defined]
    # Steps whose whole upstream was decided at the start leave no event; there are none in these plans.
    assert ended == oracle(plan, script)
    assert sum(schedule.counts.values()) == len(plan.steps)


@given(plans(), st.integers(0, 8))
def test_giving_up_at_any_moment_leaves_nothing_open(case: tuple[Plan, dict[str, object]], after: int) -> None:
    plan, script = case
    schedule = Schedule(plan)
    running: list[Step] = []
    while not schedule.finished:
        running += [taken.step for taken in schedule.take(2 - len(running), 0.0)]
        if after == 0 and not schedule.stopped:
            schedule.give_up(Moment(0.0, 0.0))
        after -= 1
        if running:
            done = running.pop()
            schedule.settle(done.key, script[done.key], Moment(0.0, 0.0))  # type: ignore[arg-type]
    assert not running
    assert sum(schedule.counts.values()) == len(plan.steps)
