"""Warm workers: one process does many ops, as long as nothing of one of them can reach the next."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from stages import Make, Stage

from dagjob.events import StepStarted
from dagjob.plan.steps import Failed, Succeeded


@pytest.fixture(params=["preloaded", "lean", "spawn"])
def warm(request: pytest.FixtureRequest, open_stage: Make) -> Stage:
    """One slot, whose workers stay."""
    return open_stage(f"warm {request.param}", slots=1)


@pytest.fixture
def forked(open_stage: Make) -> Stage:
    """The same for what does not depend on the way in which a worker is started."""
    return open_stage("warm preloaded", slots=1)


def pids(stage: Stage) -> list[int]:
    return [event.pid for event in stage.heard if isinstance(event, StepStarted)]


def test_one_process_does_many_ops(warm: Stage) -> None:
    warm.play(*(f"fine[{n}]" for n in range(20)))
    assert len(pids(warm)) == 20
    assert len(set(pids(warm))) == 1


def test_a_worker_is_replaced_after_so_many_ops(open_stage: Make) -> None:
    stage = open_stage("warm preloaded", slots=1, most=3)
    stage.play(*(f"fine[{n}]" for n in range(7)))
    assert [pids(stage).count(pid) for pid in dict.fromkeys(pids(stage))] == [3, 3, 1]


def test_a_worker_is_replaced_after_a_failure(warm: Stage) -> None:
    warm.play("fine[1]")
    assert isinstance(warm.play("raises")["raises"], Failed)
    warm.play("fine[2]")
    first, second, third = pids(warm)
    assert first == second != third


@pytest.mark.parametrize(
    "leaves", ["leaves_children", "leaves_a_thread", "goes_elsewhere", "sets_a_variable", "extends_the_path"]
)
def test_what_an_op_leaves_behind_does_not_reach_the_next(forked: Stage, leaves: str, tmp_path: Path) -> None:
    forked.play(leaves, log=str(tmp_path / "log"))
    forked.play("fine")
    assert len(set(pids(forked))) == 2


def test_an_op_that_kills_its_process_fails_alone(warm: Stage) -> None:
    warm.play("fine[1]")
    assert isinstance(warm.play("exits_hard")["exits_hard"], Failed)
    assert isinstance(warm.play("fine[2]")["fine[2]"], Succeeded)


def test_a_worker_that_dies_while_it_waits_is_replaced(warm: Stage) -> None:
    warm.play("fine[1]")
    os.kill(pids(warm)[0], signal.SIGKILL)
    assert isinstance(warm.play("fine[2]")["fine[2]"], Succeeded)
    assert len(set(pids(warm))) == 2


def test_each_op_has_its_own_log(warm: Stage, tmp_path: Path) -> None:
    for name in ("prints[1]", "prints[2]"):
        warm.play(name, log=str(tmp_path / name))
        assert (tmp_path / name).read_text().count("to stdout\n") == 1


def test_signals_reach_every_op(forked: Stage) -> None:
    forked.play("unblocked_signals[1]", "unblocked_signals[2]")
    assert forked.texts() == ["False", "False"]


def test_an_op_that_is_too_slow_ends_its_worker_only(forked: Stage) -> None:
    forked.play("fine[1]", timeout=30.0)
    assert forked.failure("sleeps", timeout=0.2).status == "timeout"
    assert isinstance(forked.play("fine[2]", timeout=30.0)["fine[2]"], Succeeded)


def test_exit_handlers_run_when_the_run_is_over(warm: Stage, tmp_path: Path) -> None:
    log = tmp_path / "log.out"
    warm.play("registers_exit_handler", log=str(log))
    warm.executor.close()
    assert log.read_text() == "left by its own exit handler\n"


def test_an_interrupt_ends_those_that_work_and_those_that_wait(open_stage: Make) -> None:
    stage = open_stage("warm preloaded", slots=2)
    stage.play("fine[1]", "fine[2]")
    stage.submit("sleeps")
    stage.pid("sleeps")
    stage.executor.interrupt(1.0)
    outcome = stage.outcomes(3)["sleeps"]
    assert isinstance(outcome, Failed)
    assert outcome.status == "canceled"
    stage.executor.close()
    for pid in set(pids(stage)):
        assert not os.path.exists(f"/proc/{pid}")
