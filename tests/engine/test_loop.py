"""The loop, beside an executor that plays a script and an audience that keeps a journal: no process, no op, no time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scripted import BOOM, Stage, step

from dagjob.definitions.retries import RetryPolicy
from dagjob.engine.loop import StopRules
from dagjob.events import EngineNoted, ErrorInfo, StepFailed, StepNotRun, StepRetrying, StepSucceeded
from dagjob.plan.steps import Failed

CANCELED = Failed(ErrorInfo("Interrupted", "dagjob", "told to stop"), status="canceled", retryable=False)
DIAMOND = (step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stage]:
    """`stage(*steps, script=...)`: a run that is about to begin."""
    return lambda *steps, **options: Stage(monkeypatch, *steps, **options)


def test_every_step_is_submitted_once_when_all_above_it_have_ended(stage: Callable[..., Stage]) -> None:
    run = stage(*DIAMOND).run()
    assert [(call.step.key, call.attempt) for call in run.calls] == [("a", 1), ("b", 1), ("c", 1), ("d", 1)]
    assert [event.step for event in run.hears(StepSucceeded)] == ["a", "b", "c", "d"]


def test_no_more_are_in_work_than_there_are_slots(stage: Callable[..., Stage]) -> None:
    steps = [step(f"s{number}") for number in range(7)]
    assert stage(*steps, slots=3).run().most_at_once == 3
    assert stage(*steps, slots=1).run().most_at_once == 1
    assert stage(*steps, slots=99).run().most_at_once == 7


def test_a_free_slot_is_filled_before_the_loop_sleeps_again(stage: Callable[..., Stage]) -> None:
    run = stage(step("a"), step("b"), step("c"), slots=2).run()
    assert [line for line in run.journal if line.split()[0] in ("submit", "done")] == [
        "submit a",
        "submit b",
        "done a",
        "submit c",
        "done b",
        "done c",
    ]


def test_what_was_heard_is_committed_and_shown_before_the_loop_sleeps_again(stage: Callable[..., Stage]) -> None:
    run = stage(step("a"), step("b", "a")).run()
    assert run.journal == [
        "submit a",
        "turn",
        "done a",
        "hear StepSucceeded",
        "submit b",
        "turn",
        "done b",
        "hear StepSucceeded",
        "close",
        "turn",
    ]


def test_what_hooks_say_after_the_last_outcome_is_shown_too(stage: Callable[..., Stage]) -> None:
    assert stage(step("a")).run().journal[-2:] == ["close", "turn"]


def test_a_run_without_steps_ends_without_waiting(stage: Callable[..., Stage]) -> None:
    run = stage().run()
    assert run.timeouts == []
    assert run.journal == ["close", "turn"]


def test_a_failed_attempt_is_submitted_again_when_its_delay_is_over(stage: Callable[..., Stage]) -> None:
    retried = step("a", retry=RetryPolicy(max_retries=2, delay=30))
    run = stage(retried, step("b", "a"), script={"a": [BOOM, BOOM]}).run()
    assert [(call.step.key, call.attempt) for call in run.calls] == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    assert [(event.attempt, event.wait) for event in run.hears(StepRetrying)] == [(1, 30), (2, 30)]
    assert run.timeouts == [None, 30.0, None, 30.0, None, None]


def test_each_attempt_writes_a_log_of_its_own(stage: Callable[..., Stage]) -> None:
    run = stage(step("a", retry=RetryPolicy(max_retries=1)), script={"a": [BOOM]}).run()
    assert [call.log for call in run.calls] == ["a.1.log", "a.2.log"]


@pytest.mark.parametrize(("refresh", "expected"), [(0.25, 0.25), (60.0, 30.0)])
def test_the_loop_sleeps_until_the_next_retry_or_the_next_refresh_of_a_display(
    stage: Callable[..., Stage], refresh: float, expected: float
) -> None:
    retried = step("a", retry=RetryPolicy(max_retries=1, delay=30))
    run = stage(retried, script={"a": [BOOM]}, refresh=refresh).run()
    assert run.timeouts[:2] == [refresh, expected]


def test_a_waiting_retry_leaves_its_slot_to_others(stage: Callable[..., Stage]) -> None:
    run = stage(step("a", retry=RetryPolicy(max_retries=1, delay=30)), step("b"), script={"a": [BOOM]}).run()
    assert [call.step.key for call in run.calls] == ["a", "b", "a"]


# -- failing -------------------------------------------------------------------------------------------------------


def test_a_failure_ends_what_depends_on_it_and_nothing_else(stage: Callable[..., Stage]) -> None:
    run = stage(*DIAMOND, step("e"), script={"b": [BOOM]}).run()
    assert [call.step.key for call in run.calls] == ["a", "e", "b", "c"]
    assert [(event.step, event.because) for event in run.hears(StepNotRun)] == [("d", ("b",))]


def test_fail_fast_starts_nothing_more_and_lets_what_runs_end(stage: Callable[..., Stage]) -> None:
    run = stage(step("a"), step("b"), step("c"), step("d", "b"), slots=2, script={"a": [BOOM]}).run(
        rules=StopRules(max_failures=1)
    )
    assert [call.step.key for call in run.calls] == ["a", "b"]
    assert [event.step for event in run.hears(StepSucceeded)] == ["b"]
    assert {event.step: event.because for event in run.hears(StepNotRun)} == {"c": ("a",), "d": ("a",)}
    assert not any(line.startswith("interrupt") for line in run.journal)


def test_fail_fast_waits_for_the_last_retry_before_it_calls_a_step_failed(stage: Callable[..., Stage]) -> None:
    retried = step("a", retry=RetryPolicy(max_retries=1))
    run = stage(retried, step("b"), script={"a": [BOOM]}).run(rules=StopRules(max_failures=1))
    assert run.schedule.counts == {"success": 2}


def test_a_number_of_failures_may_come_before_nothing_more_is_started(stage: Callable[..., Stage]) -> None:
    steps = [step(key) for key in "abcd"]
    run = stage(*steps, script={"a": [BOOM], "c": [BOOM]}).run(rules=StopRules(max_failures=2))
    assert [call.step.key for call in run.calls] == ["a", "b", "c"]
    assert [event.step for event in run.hears(StepNotRun)] == ["d"]


def test_hooks_of_an_op_that_is_not_tried_again_after_all_take_a_slot(stage: Callable[..., Stage]) -> None:
    """One waits for its next attempt when the run is given up; one fails thereafter, and would have had another."""
    again = RetryPolicy(max_retries=2, delay=30)
    a, c = (step(key, retry=again, hooked=True) for key in "ac")
    run = stage(a, step("b"), c, step("d"), slots=2, script={"a": [BOOM], "b": [BOOM], "c": [BOOM]})
    run.run(rules=StopRules(max_failures=1))
    calls = [(call.step.key, call.attempt, call.ended is not None) for call in run.calls]
    assert calls == [("a", 1, False), ("b", 1, False), ("c", 1, False), ("a", 1, True), ("c", 1, True)]
    assert run.schedule.counts == {"failed": 3, "not_run": 1}
    assert run.most_at_once == 2


# -- ending by itself ----------------------------------------------------------------------------------------------


def test_at_the_deadline_nothing_more_starts_and_what_runs_may_end(stage: Callable[..., Stage]) -> None:
    run = stage(step("a"), step("b"), happens={"a": lambda: run.passes(10.0)})
    run.run(rules=StopRules(deadline=1005.0))
    assert [call.step.key for call in run.calls] == ["a"]
    assert run.schedule.counts == {"success": 1, "not_run": 1}


def test_a_failure_after_the_deadline_is_not_tried_again(stage: Callable[..., Stage]) -> None:
    retried = step("a", retry=RetryPolicy(max_retries=3))
    run = stage(retried, script={"a": [BOOM]}, happens={"a": lambda: run.passes(10.0)})
    run.run(rules=StopRules(deadline=1005.0))
    assert run.schedule.counts == {"failed": 1}


def test_what_does_not_end_long_after_the_deadline_is_killed(stage: Callable[..., Stage]) -> None:
    run = stage(step("a"), step("b"), slots=2, happens={"a": lambda: run.passes(10.0)})
    run.run(rules=StopRules(deadline=1001.0), grace=2.0)
    assert "interrupt 0" in run.journal


def test_the_loop_sleeps_no_longer_than_to_the_deadline(stage: Callable[..., Stage]) -> None:
    run = stage(step("a")).run(rules=StopRules(deadline=1005.0))
    assert run.timeouts[0] == 5.0


def test_a_run_that_may_not_wait_for_others_starts_nothing_more(stage: Callable[..., Stage]) -> None:
    run = stage(step("a"), step("b")).run(rules=StopRules(busy=lambda: True))
    assert [call.step.key for call in run.calls] == ["a"]


# -- stopping ------------------------------------------------------------------------------------------------------


def stopped(stage: Callable[..., Stage], during: str, *steps: Any, **options: Any) -> Stage:
    """A run that one signal reaches while the step `during` is at work."""
    made: list[Stage] = []
    made.append(stage(*steps, happens={during: lambda: made[0].signal()}, **options))
    return made[0]


def test_a_signal_interrupts_what_runs_and_starts_nothing_more(stage: Callable[..., Stage]) -> None:
    run = stopped(stage, "a", step("a"), step("b"), step("c"), slots=2, script={"b": [CANCELED]}).run(grace=7.0)
    assert [call.step.key for call in run.calls] == ["a", "b"]
    assert [line for line in run.journal if line.startswith("interrupt")] == ["interrupt 7"]
    assert [(event.step, event.status) for event in run.hears(StepNotRun)] == [("c", "not_run")]
    assert [(event.step, event.status) for event in run.hears(StepFailed)] == [("b", "canceled")]


def test_who_waits_for_ops_to_end_is_told_how_long(stage: Callable[..., Stage]) -> None:
    run = stopped(stage, "a", step("a"), step("b"), step("c"), slots=3).run(grace=7.0)
    (note,) = run.hears(EngineNoted)
    assert "2 ops" in note.text
    assert "7s" in note.text
    assert note.level == "warning"


def test_nobody_is_told_to_wait_when_nothing_runs(stage: Callable[..., Stage]) -> None:
    run = stopped(stage, "a", step("a"), step("b")).run(grace=7.0)
    assert run.hears(EngineNoted) == []
    assert [event.step for event in run.hears(StepNotRun)] == ["b"]


def test_a_second_signal_leaves_no_grace(stage: Callable[..., Stage]) -> None:
    made: list[Stage] = []
    signals = {key: lambda: made[0].signal() for key in ("a", "b")}
    made.append(stage(step("a"), step("b"), step("c"), slots=3, happens=signals))
    made[0].run(grace=7.0)
    assert [line for line in made[0].journal if line.startswith("interrupt")] == ["interrupt 7", "interrupt 0"]


def test_a_signal_ends_the_wait_for_a_retry(stage: Callable[..., Stage]) -> None:
    retried = step("a", retry=RetryPolicy(max_retries=1, delay=3600))
    run = stopped(stage, "a", retried, script={"a": [BOOM]}).run()
    assert [call.attempt for call in run.calls] == [1]
    assert [(event.step, event.status, event.attempt) for event in run.hears(StepFailed)] == [("a", "failed", 1)]
    assert run.timeouts == [None]
