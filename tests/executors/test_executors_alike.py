"""What every executor does alike: one suite, run against each kind and each way to start a process."""

from __future__ import annotations

import gc
import os

import pytest
from stages import Stage, names

from dagjob.plan.steps import Failed, Port, Succeeded


@pytest.fixture(params=["in_process", "preloaded", "lean", "spawn", "warm preloaded", "warm spawn", "dask"])
def stage(request, open_stage):
    return open_stage(request.param)


def test_an_op_that_ends_well_succeeds_with_its_outputs(stage: Stage):
    outcome = stage.play("fine")["fine"]
    assert isinstance(outcome, Succeeded)
    assert outcome.made == (Port("fine"),)
    assert names(stage.heard, "fine") == ["StepStarted"]


def test_events_arrive_in_order_and_before_the_outcome(stage: Stage):
    stage.play("counts")
    assert stage.texts() == [str(number) for number in range(500)]


def test_an_op_that_raises_fails_with_its_exception(stage: Stage):
    failed = stage.failure("raises")
    assert (failed.error.type, failed.error.message) == ("ValueError", "no such orders")
    assert failed.status == "failed"
    assert failed.retryable


def test_sys_exit_in_an_op_is_an_ordinary_failure_without_a_retry(stage: Stage):
    failed = stage.failure("leaves_by_sys_exit")
    assert failed.error.type == "SystemExit"
    assert not failed.retryable


def test_a_failed_op_does_not_disturb_the_others(stage: Stage):
    outcomes = stage.play("raises", "fine")
    assert isinstance(outcomes["raises"], Failed)
    assert isinstance(outcomes["fine"], Succeeded)


def test_more_calls_than_slots_all_run(stage: Stage):
    keys = [f"fine[{number}]" for number in range(12)]
    assert all(isinstance(outcome, Succeeded) for outcome in stage.play(*keys).values())


def test_the_hook_runs_after_the_outcome_is_known_and_before_close_returns(stage: Stage):
    stage.play("hooked")
    stage.executor.close()
    assert names(stage.heard, "hooked") == ["StepStarted", "EngineNoted"]


def test_close_may_be_called_again(stage: Stage):
    stage.play("fine")
    stage.executor.close()
    stage.executor.close()


def test_output_goes_to_the_log_in_the_order_in_which_it_was_written(stage: Stage, tmp_path, capfd):
    log = tmp_path / "not" / "there" / "yet.out"
    with capfd.disabled():  # So that `sys.stdout` is what it is outside of tests.
        stage.play("prints", log=str(log))
    assert log.read_text() == "to stdout\nto stderr\nfrom a program\nto stdout again\n"


def test_a_log_is_appended_to(stage: Stage, tmp_path, capfd):
    log = tmp_path / "log.out"
    log.write_text("before\n")
    with capfd.disabled():
        stage.play("prints", log=str(log))
    assert log.read_text().startswith("before\nto stdout\n")


def test_an_op_that_takes_too_long_is_stopped_and_tells_where_it_was(stage: Stage, tmp_path):
    failed = stage.failure("sleeps", timeout=0.3, log=str(tmp_path / "log.out"))
    assert failed.status == "timeout"
    assert failed.error.code == "DJ403"
    assert "in sleeps" in failed.error.text
    assert "0.3" in failed.error.message
    assert isinstance(stage.play("fine")["fine"], Succeeded)


def test_a_timeout_breaks_a_loop_that_never_sleeps(stage: Stage):
    assert stage.failure("busy_loop", timeout=0.2).status == "timeout"


def test_a_quick_op_does_not_notice_its_timeout(stage: Stage):
    assert isinstance(stage.play("fine", timeout=30.0)["fine"], Succeeded)


def test_nothing_that_is_queued_begins_after_an_interrupt(stage: Stage):
    stage.executor.interrupt(1.0)
    stage.submit("fine[1]", "fine[2]")
    outcomes = stage.outcomes(2)
    assert [outcome.status for outcome in outcomes.values()] == ["canceled", "canceled"]
    assert not any(outcome.retryable for outcome in outcomes.values())
    assert not names(stage.heard, "fine[1]")


def test_descriptors_are_all_given_back(request, open_stage):
    open_stage("preloaded").executor.close()
    gc.collect()  # Else what earlier tests have left might be closed in between.
    before = set(os.listdir("/proc/self/fd"))
    for way in ("in_process", "preloaded", "lean", "spawn", "warm preloaded"):
        stage = open_stage(way, slots=3)
        stage.play("fine", "raises")
        stage.executor.close()
    assert set(os.listdir("/proc/self/fd")) <= before
