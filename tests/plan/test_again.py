"""Which steps of an earlier run run again, and that the schedule can play what is left. No process, no op."""

from __future__ import annotations

import random

import pytest

from dagjob import DagjobExecutionStepNotFoundError, DagjobInvalidSubsetError, DagjobInvariantViolationError
from dagjob.events import ErrorInfo, StepNotRun, StepReused, StepSkipped, StepsMapped
from dagjob.plan.again import Again, Continued, Past, PastStep, continue_plan
from dagjob.plan.schedule import Moment, Schedule
from dagjob.plan.steps import Failed, Outcome, Plan, Port, Step, Succeeded, Wire

RUN, EARLIER = "this", "earlier"


def step(key: str, *upstream: str, **more: object) -> Step:
    wires = tuple(Wire(f"in{n}", (Port(above),)) for n, above in enumerate(upstream))
    return Step(key, (key.partition("[")[0],), wires=(*wires, *more.pop("wires", ())), **more)  # type: ignore[arg-type]


def collect(key: str, template: str) -> Step:
    wire = Wire("all", (Port(template),), many=True, collects=GEN)
    return Step(key, (key,), wires=(wire,), after=frozenset({"gen"}))


GEN = Port("gen")
MAPPED = (
    step("gen"),
    step("side"),
    step("work[?]", "gen", maps=GEN),
    step("more[?]", "work[?]", "side", maps=GEN),
    collect("merge", "more[?]"),
)
CHAIN = (step("a"), step("b", "a"), step("c", "b"), step("other"))


def past(**statuses: str) -> Past:
    """`work_x` stands for `work[x]`; gen made x and y."""
    steps = {}
    for name, status in statuses.items():
        key = name.replace("_", "[") + "]" if "_" in name else name
        made = (Port(key),) if status == "success" else ()
        if key == "gen" and status == "success":
            made = (Port("gen", "result", "x"), Port("gen", "result", "y"))
        steps[key] = PastStep(status, RUN, made)  # type: ignore[arg-type]
    return Past(RUN, steps, frozenset(steps))


ALL_WELL = past(
    gen="success",
    side="success",
    work_x="success",
    work_y="success",
    more_x="success",
    more_y="success",
    merge="success",
)


def play(continued: Continued, outcomes: dict[str, Outcome] | None = None) -> tuple[list[str], Schedule]:
    """Run what is to be run; each step that is not in `outcomes` succeeds."""
    schedule = Schedule(continued.plan, reused=continued.reused, left_out=continued.left_out)
    started = []
    for _ in range(100):
        if schedule.finished:
            return started, schedule
        for taken in schedule.take(1, 0.0):
            key = taken.step.key
            started.append(key)
            made = (Port(key, "result", "x"), Port(key, "result", "z")) if key == "gen" else (Port(key),)
            schedule.settle(key, (outcomes or {}).get(key) or Succeeded(made), Moment(0.0, 0.0))
    raise AssertionError(f"does not end: {started}")


@pytest.mark.parametrize(
    ("clauses", "runs", "reused"),
    [
        (["c"], ["c"], ["a", "b", "other"]),
        (["b*"], ["b", "c"], ["a", "other"]),
        (["a"], ["a"], ["other"]),
        (["a", "c"], ["a", "c"], ["b", "other"]),
        (["*b", "other"], ["a", "other", "b"], []),
    ],
)
def test_chosen_steps_run_and_read_what_the_others_made(clauses: list[str], runs: list[str], reused: list[str]) -> None:
    before = past(a="success", b="success", c="success", other="success")
    continued = continue_plan(Plan(CHAIN), Again(before, tuple(clauses)))
    assert play(continued)[0] == runs
    assert sorted(continued.reused) == sorted(continued.made_by) == reused


@pytest.mark.parametrize(
    ("clauses", "runs"),
    [
        (["work[x]"], ["work[x]"]),
        (["work[x]*"], ["work[x]", "more[x]", "merge"]),
        (["work[?]"], ["work[x]", "work[y]"]),
        (["more[y]", "work[x]"], ["work[x]", "more[y]"]),
        (["merge"], ["merge"]),
        (["gen"], ["gen"]),
        (["gen+"], ["gen", "work[x]", "work[z]"]),
        (["gen*"], ["gen", "work[x]", "work[z]", "more[x]", "more[z]", "merge"]),
        (["+work[?]"], ["gen", "work[x]", "work[z]"]),
        (["side"], ["side"]),
    ],
)
def test_copies_of_mapped_steps(clauses: list[str], runs: list[str]) -> None:
    continued = continue_plan(Plan(MAPPED), Again(ALL_WELL, tuple(clauses)))
    assert play(continued)[0] == runs


@pytest.mark.parametrize(
    ("before", "runs"),
    [
        (past(gen="success", side="success", work_x="failed", work_y="success", more_x="not_run", more_y="success",
              merge="not_run"), ["work[x]", "more[x]", "merge"]),
        (past(gen="failed", side="success"), ["gen", "work[x]", "work[z]", "more[x]", "more[z]", "merge"]),
        (past(gen="success", side="canceled", work_x="success", work_y="success"),
         ["side", "more[x]", "more[y]", "merge"]),
        (past(gen="success", side="success", work_x="skipped", work_y="success", more_x="skipped", more_y="failed",
              merge="not_run"), ["more[y]", "merge"]),
    ],
)  # fmt: skip
def test_from_failure_runs_what_did_not_end_well_and_what_is_below(before: Past, runs: list[str]) -> None:
    before = Past(RUN, before.steps, frozenset(step.key for step in MAPPED) | before.own)
    assert play(continue_plan(Plan(MAPPED), Again(before)))[0] == runs


@pytest.mark.parametrize(
    ("outdated", "lost", "runs", "reused"),
    [
        ({"b": "config changed"}, {}, ["b", "c"], ["a", "other"]),
        ({}, {"a": "in memory", "other": "in memory"}, ["c"], ["a", "b", "other"]),
        ({}, {"b": "in memory"}, ["b", "c"], ["a", "other"]),
        ({}, {"a": "in memory", "b": "in memory"}, ["a", "b", "c"], ["other"]),
        ({"no such step": "gone"}, {}, ["c"], ["a", "b", "other"]),
    ],
)
def test_what_is_outdated_or_lost(
    outdated: dict[str, str], lost: dict[str, str], runs: list[str], reused: list[str]
) -> None:
    before = past(a="success", b="success", c="failed", other="success")
    continued = continue_plan(Plan(CHAIN), Again(before, None, outdated, lost))
    assert play(continued)[0] == runs
    assert sorted(continued.reused) == reused
    assert continued.why["c"] == "failed"
    remarkable = {**outdated, **lost}
    assert {key: why for key, why in continued.why.items() if key != "c"} == {
        key: why for key, why in remarkable.items() if key in runs
    }


@pytest.mark.parametrize(
    ("outdated", "lost", "runs"),
    [
        ({"work[?]": "config changed"}, {}, ["work[x]", "work[y]", "more[x]", "more[y]", "merge"]),
        ({"work[y]": "missing"}, {}, ["work[y]", "more[y]", "merge"]),
        ({"gen": "missing"}, {}, ["gen", "work[x]", "work[z]", "more[x]", "more[z]", "merge"]),
        ({}, {"more[x]": "in memory", "more[y]": "in memory"}, ["more[x]", "more[y]", "merge"]),
        ({}, dict.fromkeys(("gen", "more[x]", "work[x]"), "in memory"),
         ["gen", "work[x]", "work[z]", "more[x]", "more[z]", "merge"]),
    ],
)  # fmt: skip
def test_copies_that_are_outdated_or_lost(outdated: dict[str, str], lost: dict[str, str], runs: list[str]) -> None:
    steps = {**ALL_WELL.steps, "merge": PastStep("failed", RUN)}
    before = Past(RUN, steps, frozenset(steps))
    assert play(continue_plan(Plan(MAPPED), Again(before, None, outdated, lost)))[0] == runs


def test_a_step_that_is_rebuilt_leaves_what_is_below_it_alone() -> None:
    plan = Plan((step("a"), step("b", "a"), step("c", "a")))
    again = Again(past(a="success", b="success", c="failed"), None, {}, {"a": "in memory"})
    continued = continue_plan(plan, again)
    assert play(continued)[0] == ["a", "c"]
    assert list(continued.reused) == ["b"]


def test_a_graph_that_has_changed() -> None:
    steps = {
        "a": PastStep("success", RUN, (Port("a"),)),
        "b": PastStep("success", RUN, (Port("b"),), ("a",)),
        "c": PastStep("success", RUN, (Port("c"),), ("b",)),
        "d": PastStep("success", RUN, (Port("d"),), ("c",)),
        "left": PastStep("failed", RUN, (), ("a",)),
    }
    before = Past(RUN, steps, frozenset(steps), {RUN: frozenset(steps)})
    plan = Plan((step("a"), step("new", "a"), step("b", "a"), step("c", "a"), step("d", "c"), step("e", "new")))
    continued = continue_plan(plan, Again(before))
    assert play(continued)[0] == ["new", "c", "e", "d"]
    assert continued.why == {"new": "new in this job", "e": "new in this job", "c": "inputs from elsewhere now"}
    assert continued.gone == ("left",)


def test_what_was_skipped_is_skipped_again_where_its_input_is_missing() -> None:
    plan = Plan((step("a"), step("s", "a"), step("t", "s"), step("c", "a")))
    before = past(a="success", s="skipped", t="skipped", c="failed")
    before = Past(RUN, {**before.steps, "a": PastStep("success", RUN, ())}, before.own)
    continued = continue_plan(plan, Again(before))
    assert continued.skipped == {"s", "t"} and list(continued.reused) == ["a"]


def test_what_was_skipped_runs_again_only_below_something_that_does() -> None:
    plan = Plan((step("a"), step("b", "a"), step("s"), step("t", "s")))
    again = Again(past(a="failed", b="skipped", s="success", t="skipped"))
    assert play(continue_plan(plan, again))[0] == ["a", "b"]


def test_steps_that_only_earlier_runs_had_stay_as_they_were() -> None:
    steps = {
        "a": PastStep("success", EARLIER, (Port("a"),)),
        "b": PastStep("failed", RUN),
        "c": PastStep("not_run", RUN),
        "other": PastStep("failed", EARLIER),
    }
    continued = continue_plan(Plan(CHAIN), Again(Past(RUN, steps, frozenset("bc"))))  # type: ignore[arg-type]
    assert play(continued)[0] == ["b", "c"]
    assert continued.made_by == {"a": EARLIER}


def test_what_is_below_a_new_failure_does_not_run() -> None:
    before = past(a="success", b="failed", c="not_run", other="success")
    failed = Failed(ErrorInfo("E", "m", "x"))
    _, schedule = play(continue_plan(Plan(CHAIN), Again(before)), {"b": failed})
    assert schedule.counts == {"reused": 2, "failed": 1, "not_run": 1}


def test_a_step_that_only_waited_for_another_runs_without_it() -> None:
    plan = Plan((step("a"), Step("b", ("b",), wires=(Wire("start", (Port("a"),), reads=False),), after=frozenset("a"))))
    continued = continue_plan(plan, Again(past(a="failed", b="not_run"), ("b",)))
    assert play(continued)[0] == ["b"]


@pytest.mark.parametrize(
    ("plan", "before", "clauses", "error", "says"),
    [
        (CHAIN, past(a="failed", b="not_run"), ["b"], DagjobInvariantViolationError, '"b" .* without "a".* failed'),
        (CHAIN, past(), ["c"], DagjobInvariantViolationError, '"c" .* without "b".* not run'),
        (CHAIN, past(a="success"), ["x", "+y"], DagjobExecutionStepNotFoundError, '"x", "y"'),
        (MAPPED, ALL_WELL, ["work[q]"], DagjobExecutionStepNotFoundError, "work.q"),
        (MAPPED, ALL_WELL, ["gen", "merge"], DagjobInvalidSubsetError, '"merge" .* without "more'),
        (CHAIN, past(a="success"), ["*"], DagjobInvalidSubsetError, "no clause"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(
    plan: tuple[Step, ...], before: Past, clauses: list[str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        continue_plan(Plan(plan), Again(before, tuple(clauses)))


def _random_plan(chance: random.Random) -> Plan:
    steps = [step("gen")]
    for number in range(chance.randint(1, 7)):
        plain = [each.key for each in steps[1:] if each.maps is None]
        above = chance.sample(plain, chance.randint(0, min(2, len(plain))))
        kind = chance.random()
        if kind < 0.3:
            steps.append(step(f"m{number}[?]", "gen", *above, maps=GEN))
        elif kind < 0.5 and (templates := [each.key for each in steps if each.maps]):
            steps.append(collect(f"c{number}", chance.choice(templates)))
        else:
            steps.append(step(f"s{number}", *above))
    return Plan(tuple(steps))


@pytest.mark.parametrize("seed", range(60))
def test_whatever_failed_the_next_run_finishes_the_job(seed: int) -> None:
    chance = random.Random(seed)
    plan = _random_plan(chance)
    schedule, steps = Schedule(plan), {}
    while not schedule.finished:
        (taken,) = schedule.take(1, 0.0)
        key = taken.step.key
        made = (Port(key, "result", "x"), Port(key, "result", "z")) if key == "gen" else (Port(key),)
        made = made if chance.random() > 0.2 else ()
        outcome: Outcome = Succeeded(made) if chance.random() > 0.3 else Failed(ErrorInfo("E", "m", "x"))
        status = "success" if isinstance(outcome, Succeeded) else "failed"
        steps[key] = PastStep(status, RUN, made if status == "success" else ())  # type: ignore[arg-type]
        for event in schedule.settle(key, outcome, Moment(0.0, 0.0)):
            if isinstance(event, StepNotRun | StepSkipped):
                steps[event.step] = PastStep(event.status, RUN)
            elif isinstance(event, StepsMapped):
                steps.pop(event.template, None)
    own = frozenset(steps) | {step.key for step in plan.steps}
    continued = continue_plan(plan, Again(Past(RUN, steps, own)))
    started, again = play(continued)
    assert set(again.counts) <= {"success", "reused", "skipped"}
    assert not set(started) & set(continued.reused)
    assert {key for key, was in steps.items() if was.status == "failed"} <= {*started}
    assert all(isinstance(e, StepReused | StepsMapped | StepSkipped) for e in again.opening)
