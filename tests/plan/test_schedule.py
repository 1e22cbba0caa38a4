"""The schedule is played with scripted outcomes: no process, no clock, no op."""

from __future__ import annotations

from typing import Any

import pytest

from dagjob.events import (
    ErrorInfo,
    Event,
    StepFailed,
    StepNotRun,
    StepRetrying,
    StepReused,
    StepSkipped,
    StepsMapped,
    StepSucceeded,
)
from dagjob.plan.limits import TagLimit
from dagjob.plan.schedule import Moment, Schedule, Taken
from dagjob.plan.steps import Failed, Outcome, Plan, Port, RetryAsk, Step, Succeeded, Wire

BOOM = ErrorInfo("ValueError", "builtins", "boom")


class Policy:
    """A retry policy as the schedule asks for it."""

    def __init__(self, max_retries: int, delay: float = 0) -> None:
        self.max_retries = max_retries
        self._delay = delay

    def calculate_delay(self, number: int, chance: object = None) -> float:
        return self._delay


def step(key: str, *upstream: str, **more: object) -> Step:
    wires = tuple(Wire(f"in{n}", (Port(key),)) for n, key in enumerate(upstream))
    return Step(key, (key,), wires=(*wires, *more.pop("wires", ())), **more)  # type: ignore[arg-type]


def yields(*outputs: str) -> Succeeded:
    return Succeeded(tuple(Port("?", output) for output in outputs))


def fail(**more: object) -> Failed:
    return Failed(BOOM, **more)  # type: ignore[arg-type]


class Played:
    """A schedule that was played to its end: who started in which order, and what was heard."""

    def __init__(
        self, *steps: Step, script: dict[str, object] | None = None, slots: int = 1, **options: object
    ) -> None:
        self.schedule = Schedule(Plan(steps), **options)  # type: ignore[arg-type]
        self.started: list[str] = []
        self.heard: list[Event] = []
        self.most_at_once = 0
        script = {k: list(v) if isinstance(v, list) else v for k, v in (script or {}).items()}
        running: list[Step] = []
        now = 0.0
        for _ in range(10_000):
            if self.schedule.finished:
                break
            taken = self.schedule.take(slots - len(running), now)
            running += [each.step for each in taken]
            self.started += [each.step.key for each in taken]
            self.most_at_once = max(self.most_at_once, len(running))
            if not running:
                wakeup = self.schedule.next_wakeup()
                assert wakeup is not None, "nothing runs, nothing waits, and it is not finished"
                now = wakeup
                continue
            done = running.pop(0)
            outcome = script.get(done.key, yields("result"))
            if isinstance(outcome, list):
                outcome = outcome.pop(0)
            self.heard += self.schedule.settle(done.key, _of(done.key, outcome), Moment(now, now))
        assert self.schedule.finished

    def ended(self) -> dict[str, str]:
        words = {StepSucceeded: "success", StepFailed: "failed", StepSkipped: "skipped", StepNotRun: "not_run"}
        return {e.step: words[type(e)] for e in self.heard if type(e) in words}  # type: ignore[attr-defined]


def _of(key: str, outcome: object) -> Outcome:
    if isinstance(outcome, Succeeded):
        return Succeeded(tuple(Port(key, port.output, port.mapping_key) for port in outcome.made))
    assert isinstance(outcome, Failed)
    return outcome


DIAMOND = (step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))


def test_a_step_starts_when_all_it_depends_on_has_ended():
    assert Played(*DIAMOND).started == ["a", "b", "c", "d"]


def test_a_step_that_becomes_ready_later_runs_later():
    assert Played(step("a"), step("z"), step("m", "a")).started == ["a", "z", "m"]


def test_priority_orders_what_is_ready_and_nothing_else():
    steps = (
        step("last", priority=-1),
        step("plain"),
        step("urgent", priority=3),
        step("child", "plain", priority=9),
    )
    assert Played(*steps).started == ["urgent", "plain", "child", "last"]


def test_a_failed_step_takes_what_depends_on_it_along_and_nothing_else():
    played = Played(*DIAMOND, step("e"), script={"b": fail()})
    assert played.ended() == {"a": "success", "b": "failed", "c": "success", "d": "not_run", "e": "success"}
    assert not played.schedule.ok
    assert played.schedule.counts == {"success": 3, "failed": 1, "not_run": 1}


@pytest.mark.parametrize(("suffice", "runs"), [(False, []), (True, ["of_good"])])
def test_what_a_failed_step_had_yielded_can_suffice_for_those_below(suffice: bool, runs: list[str]):
    good, late = Port("many", "good"), Port("many", "late")
    played = Played(
        Step("many", ("many",)),
        step("of_good", wires=(Wire("x", (good,)),)),
        step("of_late", wires=(Wire("x", (late,)),)),
        step("of_both", wires=(Wire("x", (good,)), Wire("y", (late,)))),
        step("waits", wires=(Wire("x", (good,)),), after=frozenset({"many"})),
        script={"many": fail(made=(good,))},
        outputs_suffice=suffice,
    )
    assert played.started == ["many", *runs] and not played.schedule.ok


def test_an_output_that_was_not_yielded_skips_what_needs_it():
    played = Played(*DIAMOND, script={"b": yields()})
    assert played.ended()["d"] == "skipped"
    assert played.schedule.ok
    assert [e.missing for e in played.heard if isinstance(e, StepSkipped)] == [("b.result",)]


def test_skipped_wins_over_not_run():
    played = Played(
        step("lost"), step("broken"), step("d", "lost", "broken"), script={"lost": yields(), "broken": fail()}
    )
    assert played.ended()["d"] == "skipped"


def test_a_step_that_is_skippable_only_because_another_was_given_up_does_not_hang():
    # Dagster 1.13.29 loops for ever on this one.
    steps = (step("a_nothing"), step("z_fails"), step("never", "z_fails"), step("both", "a_nothing", "never"))
    played = Played(*steps, script={"a_nothing": yields(), "z_fails": fail()})
    assert played.ended()["both"] == "skipped"
    assert played.ended()["never"] == "not_run"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (yields("result"), yields("result"), ["a", "b"]),
        (yields(), yields("result"), ["b"]),
        (yields(), yields(), None),
    ],
)
def test_a_list_leaves_out_what_was_not_yielded_and_starves_only_when_all_is(a, b, expected):
    gather = Step("c", ("c",), wires=(Wire("xs", (Port("a"), Port("b")), many=True),))
    schedule = Schedule(Plan((step("a"), step("b"), gather)))
    for taken in schedule.take(2, 0.0):
        outcome = a if taken.step.key == "a" else b
        schedule.settle(taken.step.key, _of(taken.step.key, outcome), Moment(0, 0))
    if expected is None:
        assert schedule.finished
        assert schedule.state("c") == "skipped"
    else:
        (taken,) = schedule.take(1, 0.0)
        assert [port.step for port in taken.step.wires[0].ports] == expected


def test_a_list_with_a_failed_member_is_not_run():
    gather = Step("c", ("c",), wires=(Wire("xs", (Port("a"), Port("b")), many=True),))
    assert Played(step("a"), step("b"), gather, script={"a": fail()}).ended()["c"] == "not_run"


# -- retries -------------------------------------------------------------------------------------------------------


def test_a_policy_tries_again_as_often_as_it_says():
    played = Played(step("a", retry=Policy(2, 5.0)), step("b", "a"), script={"a": [fail(), fail(), yields("result")]})
    assert played.started == ["a", "a", "a", "b"]
    assert [(e.attempt, e.wait) for e in played.heard if isinstance(e, StepRetrying)] == [(1, 5.0), (2, 5.0)]


def test_a_used_up_policy_is_a_failure_that_tells_how_often_it_was_tried():
    played = Played(step("a", retry=Policy(1)), script={"a": [fail(), fail()]})
    (failed,) = [e for e in played.heard if isinstance(e, StepFailed)]
    assert (failed.attempt, failed.retries_used) == (2, 1)


def test_what_the_op_asks_for_stands_above_its_policy():
    asks = Failed(BOOM, ask=RetryAsk(3, None))
    played = Played(step("a", retry=Policy(1)), script={"a": [asks, asks, asks, asks]})
    assert played.started == ["a"] * 4


def test_one_counter_serves_both_ways_of_asking():
    asks = Failed(BOOM, ask=RetryAsk(5, None))
    played = Played(step("a", retry=Policy(2)), script={"a": [asks, asks, fail()]})
    assert played.ended() == {"a": "failed"}


def test_a_failure_that_must_not_be_retried_ends_the_step():
    assert Played(step("a", retry=Policy(5)), script={"a": fail(retryable=False)}).started == ["a"]


def test_a_retry_without_a_wait_queues_behind_what_is_ready():
    names = ("a", "b", "c")
    script = {name: [fail(), yields("result")] for name in names}
    played = Played(*(step(name, retry=Policy(1)) for name in names), script=script)
    assert played.started == ["a", "b", "c", "a", "b", "c"]


def test_a_retry_whose_wait_is_over_runs_before_steps_that_have_not_started():
    schedule = Schedule(Plan([step("a", retry=Policy(1, 5.0)), step("b"), step("c", priority=1), step("d")]))  # type: ignore[arg-type]
    assert [taken.step.key for taken in schedule.take(2, 0.0)] == ["c", "a"]
    schedule.settle("a", fail(), Moment(1.0, 1.0))
    assert [taken.step.key for taken in schedule.take(1, 2.0)] == ["b"]
    assert [(taken.step.key, taken.attempt) for taken in schedule.take(2, 6.0)] == [("a", 2), ("d", 1)]


def test_a_retry_does_not_overtake_a_higher_priority():
    steps = step("a", retry=Policy(1), priority=1), step("b"), step("c", "b", priority=2)
    script = {"a": [fail(), yields("result")]}
    assert Played(*steps, script=script).started == ["a", "a", "b", "c"]
    steps = step("a", retry=Policy(1)), step("b", priority=1)
    assert Played(*steps, script=script).started == ["b", "a", "a"]


def test_a_wait_holds_nobody_else_up():
    script = {"a": [fail(), yields("result")]}
    assert Played(step("a", retry=Policy(1, 1.0)), step("b"), step("c"), script=script).started == ["a", "b", "c", "a"]


def test_disabled_retries_fail_at_once():
    assert Played(step("a", retry=Policy(3)), script={"a": fail()}, retries=False).started == ["a"]


# -- dynamic outputs -----------------------------------------------------------------------------------------------

GEN = Port("gen")
WORK = Step("work[?]", ("work",), wires=(Wire("x", (GEN,)),), maps=GEN)
NEXT = Step("next[?]", ("next",), wires=(Wire("x", (Port("work[?]"),)),), maps=GEN)


def merge(port: Port, *, empty_is_fine: bool = True) -> Step:
    wire = Wire("xs", (port,), many=True, collects=GEN, empty_is_fine=empty_is_fine)
    return Step("merge", ("merge",), wires=(wire,), after=frozenset({"gen"}))


def items(*keys: str) -> Succeeded:
    return Succeeded(tuple(Port("gen", "result", key) for key in keys))


def test_a_template_becomes_one_step_for_each_key_and_what_collects_waits_for_all():
    played = Played(step("gen"), WORK, merge(Port("work[?]")), script={"gen": items("k1", "k2")})
    assert played.started == ["gen", "work[k1]", "work[k2]", "merge"]
    assert [e.steps for e in played.heard if isinstance(e, StepsMapped)] == [("work[k1]", "work[k2]")]


def test_templates_chain():
    played = Played(step("gen"), WORK, NEXT, merge(Port("next[?]")), script={"gen": items("p", "q")})
    assert played.started == ["gen", "work[p]", "work[q]", "next[p]", "next[q]", "merge"]


def test_the_dynamic_output_itself_can_be_collected():
    schedule = Schedule(Plan((step("gen"), merge(GEN))))
    schedule.take(1, 0.0)
    schedule.settle("gen", items("b", "a"), Moment(0, 0))
    (taken,) = schedule.take(1, 0.0)
    assert [port.mapping_key for port in taken.step.wires[0].ports] == ["b", "a"]


def test_a_copy_is_given_the_item_with_its_key_and_the_static_inputs_unchanged():
    template = Step("work[?]", ("work",), wires=(Wire("x", (GEN,)), Wire("by", (Port("by"),))), maps=GEN)
    schedule = Schedule(Plan((step("by"), step("gen"), template)))
    for taken in schedule.take(2, 0.0):
        made = items("k") if taken.step.key == "gen" else _of("by", yields("result"))
        schedule.settle(taken.step.key, made, Moment(0, 0))
    (taken,) = schedule.take(1, 0.0)
    assert taken.step.mapping_key == "k"
    assert [wire.ports[0] for wire in taken.step.wires] == [Port("gen", "result", "k"), Port("by")]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"gen": items("a", "b")}, {"work[a]": "success", "work[b]": "success", "merge": "success"}),
        ({"gen": items()}, {"merge": "success"}),
        ({"gen": fail()}, {"work[?]": "not_run", "merge": "not_run"}),
        ({"gen": items("a", "b"), "work[a]": fail()}, {"work[a]": "failed", "work[b]": "success", "merge": "not_run"}),
        (
            {"gen": items("a", "b"), "work[a]": yields()},
            {"work[a]": "success", "work[b]": "success", "merge": "success"},
        ),
        (
            {"gen": items("a", "b"), "work[a]": yields(), "work[b]": yields()},
            {"work[a]": "success", "work[b]": "success", "merge": "skipped"},
        ),
    ],
)
def test_what_becomes_of_mapped_steps_and_of_what_collects_them(script, expected):
    ended = Played(step("gen"), WORK, merge(Port("work[?]")), script=script).ended()
    ended.pop("gen")
    assert ended == expected


def test_an_optional_dynamic_output_without_items_skips_what_collects():
    steps = (step("gen"), WORK, merge(Port("work[?]"), empty_is_fine=False))
    assert Played(*steps, script={"gen": items()}).ended()["merge"] == "skipped"


def test_a_skipped_dynamic_op_skips_what_collects():
    steps = (step("top"), step("gen", "top"), WORK, merge(Port("work[?]")))
    assert Played(*steps, script={"top": yields()}).ended()["merge"] == "skipped"


# -- stopping and limits -------------------------------------------------------------------------------------------


def test_giving_up_starts_nothing_more_but_lets_running_steps_end():
    schedule = Schedule(Plan(DIAMOND))
    schedule.take(1, 0.0)
    heard = schedule.give_up(Moment(0, 0), because=("x",))
    assert {e.step for e in heard if isinstance(e, StepNotRun)} == {"b", "c", "d"}
    assert not schedule.finished
    schedule.settle("a", yields("result"), Moment(0, 0))
    assert schedule.finished
    assert not schedule.ok


@pytest.mark.parametrize("due", [False, True])
def test_giving_up_ends_what_waits_to_be_tried_again_by_its_last_attempt(due: bool):
    schedule = Schedule(Plan((step("a", retry=Policy(3, delay=9)), step("b", "a"), step("c"))))
    schedule.take(2, 0.0)
    schedule.settle("a", fail(), Moment(0, 0))
    if due:
        schedule.take(0, 10.0)  # it has its turn, but no slot
    failed, not_run = schedule.give_up(Moment(10, 10))
    assert isinstance(failed, StepFailed) and isinstance(not_run, StepNotRun)
    assert (failed.step, failed.attempt, failed.retries_used, failed.error) == ("a", 1, 0, BOOM)
    assert not_run.step == "b"
    assert not schedule.owed  # it has no hooks
    schedule.settle("c", yields("result"), Moment(0, 0))
    assert schedule.finished
    assert schedule.counts == {"failed": 1, "not_run": 1, "success": 1}


def test_hooks_of_an_attempt_that_expected_another_are_owed_when_none_comes():
    retry = Policy(3, delay=9)
    steps = [step("waits", retry=retry, hooked=True), step("runs", retry=retry, hooked=True), step("bare", retry=retry)]
    schedule = Schedule(Plan((*steps, step("last", retry=Policy(0), hooked=True))))
    assert len(schedule.take(4, 0.0)) == 4
    schedule.settle("waits", fail(), Moment(0, 0))
    schedule.give_up(Moment(0, 0))
    for key in ("runs", "bare", "last"):  # the last one knew that it has no other attempt
        schedule.settle(key, fail(), Moment(0, 0))
    assert schedule.counts == {"failed": 4}
    assert [(each.step.key, each.attempt, each.failed.error) for each in schedule.owed] == [
        ("waits", 1, BOOM),
        ("runs", 1, BOOM),
    ]


def test_breaking_off_ends_what_runs_as_failed_and_all_else():
    retried = step("c", retry=Policy(3, delay=9))
    schedule = Schedule(Plan((step("a"), step("b", "a"), retried, step("d"))))
    assert [taken.step.key for taken in schedule.take(2, 0.0)] == ["a", "c"]
    schedule.settle("c", fail(), Moment(0, 0))
    heard = schedule.break_off(Failed(BOOM, retryable=False), Moment(1, 1))
    assert [(type(event), event.step) for event in heard] == [
        (StepFailed, "a"),
        (StepNotRun, "b"),
        (StepFailed, "c"),
        (StepNotRun, "d"),
    ]
    assert schedule.finished and not schedule.ok and not schedule.owed


def test_a_failure_above_the_dynamic_op_is_an_end_for_what_it_maps():
    steps = (step("top"), step("gen", "top"), WORK, merge(Port("work[?]")))
    ended = Played(*steps, script={"top": fail()}).ended()
    assert ended == {"top": "failed", "gen": "not_run", "work[?]": "not_run", "merge": "not_run"}


def test_a_template_whose_copies_never_came_has_an_end_like_every_step():
    schedule = Schedule(Plan((step("gen"), WORK, merge(Port("work[?]")))))
    schedule.take(1, 0.0)
    heard = schedule.give_up(Moment(0, 0))
    assert {e.step: e.status for e in heard if isinstance(e, StepNotRun)} == {"work[?]": "not_run", "merge": "not_run"}
    assert [type(e) for e in schedule.settle("gen", items("a"), Moment(0, 0))] == [StepSucceeded]
    assert schedule.finished
    assert schedule.counts == {"not_run": 2, "success": 1}


def test_a_tag_limit_lets_others_pass():
    steps = [step(f"db{n}", tags={"db": "x"}) for n in range(3)] + [step("free")]
    schedule = Schedule(Plan(tuple(steps)), limits=[TagLimit("db", 1, "x")])
    assert [taken.step.key for taken in schedule.take(9, 0.0)] == ["db0", "free"]
    schedule.settle("db0", yields("result"), Moment(0, 0))
    assert [taken.step.key for taken in schedule.take(9, 0.0)] == ["db1"]


def test_a_limit_for_each_distinct_value_counts_them_apart():
    steps = [step(f"{value}{n}", tags={"db": value}) for value in "xy" for n in range(2)]
    schedule = Schedule(Plan(tuple(steps)), limits=[TagLimit("db", 1, per_value=True)])
    assert [taken.step.key for taken in schedule.take(9, 0.0)] == ["x0", "y0"]


def test_two_limits_act_together_and_leave_nobody_behind():
    steps = [step(f"s{n}", tags={"a": "1", "b": str(n % 2)}) for n in range(6)]
    limits = [TagLimit("a", 2), TagLimit("b", 1, "0")]
    played = Played(*steps, slots=6, limits=limits)
    assert sorted(played.started) == [f"s{n}" for n in range(6)]
    assert played.most_at_once == 2


# -- steps that are reused -----------------------------------------------------------------------------------------


def test_a_reused_step_ends_without_running_and_feeds_those_below():
    played = Played(*DIAMOND, reused={"a": [Port("a")], "b": [Port("b")]}, at=7.0)
    assert played.started == ["c", "d"]
    assert played.schedule.opening == [StepReused(7.0, "a"), StepReused(7.0, "b")]
    assert played.schedule.counts == {"reused": 2, "success": 2}
    assert played.schedule.ok


def test_a_run_in_which_all_is_reused_is_finished_before_it_begins():
    schedule = Schedule(Plan(DIAMOND), reused={key: [Port(key)] for key in "abcd"})
    assert schedule.finished
    assert schedule.ok
    assert [event.step for event in schedule.opening] == ["a", "b", "c", "d"]


def test_what_a_reused_step_did_not_yield_is_missing_again():
    schedule = Schedule(Plan((step("a"), step("b", "a"))), reused={"a": []}, at=1.0)
    assert schedule.finished
    assert schedule.opening == [StepReused(1.0, "a"), StepSkipped(1.0, "b", ("a.result",))]


def test_a_reused_dynamic_op_has_the_copies_that_it_had():
    reused = {"gen": items("x", "y").made, "work[x]": [Port("work[x]")]}
    played = Played(step("gen"), WORK, merge(Port("work[?]")), reused=reused)
    assert played.started == ["work[y]", "merge"]
    assert [type(event) for event in played.schedule.opening] == [StepReused, StepsMapped, StepReused]
    assert played.schedule.state("work[x]") == "reused"


def test_a_step_below_a_failure_is_not_reused():
    played = Played(step("a"), step("b", "a"), script={"a": fail()}, reused={"b": [Port("b")]})
    assert played.schedule.state("b") == "not_run"


def test_what_two_limits_hold_up_costs_the_same_however_many_wait():
    def asked(count: int) -> int:
        """How often a step of a run with two limits was asked about."""
        plan = Plan(tuple(Step(f"s{n}", (f"s{n}",), tags={"db": "x", "kind": f"k{n % 3}"}) for n in range(count)))
        limits = [TagLimit("db", 4), TagLimit("kind", 2, per_value=True)]
        schedule = Schedule(plan, limits=limits)
        tries, admit = 0, schedule._limits.admit

        def counted(*arguments: Any) -> bool:
            nonlocal tries
            tries += 1
            return admit(*arguments)

        schedule._limits.admit = counted  # type: ignore[method-assign]
        running: list[Taken] = []
        while not schedule.finished:
            running += schedule.take(100, 0.0)
            assert len(running) <= 4
            done = running.pop(0)
            schedule.settle(done.step.key, Succeeded(()), Moment(0.0, 0.0))
        return tries

    assert asked(400) < 4.4 * asked(100)
