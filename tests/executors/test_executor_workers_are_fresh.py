"""A worker behaves like a process that was just started, whichever way it was."""

from __future__ import annotations

import atexit
import os
import random

import pytest
from stages import Make, Stage

from dagjob.events import StepStarted
from dagjob.plan.steps import Succeeded


def test_workers_draw_different_random_numbers(stage: Stage):
    random.random()
    stage.play("draws[1]", "draws[2]", "draws[3]")
    assert len(set(stage.texts())) == 3


def test_workers_draw_different_random_numbers_from_numpy(open_stage: Make, way: str):
    numpy = pytest.importorskip("numpy")
    numpy.random.random()
    stage = open_stage(way)
    stage.play("draws_numpy[1]", "draws_numpy[2]", "draws_numpy[3]")
    assert len(set(stage.texts())) == 3


def test_stdin_is_empty(stage: Stage):
    stage.play("reads_stdin")
    assert stage.texts() == ["''"]


def test_a_worker_leads_a_group_and_knows_its_op(stage: Stage):
    stage.play("looks_around[1]")
    assert stage.texts() == ["looks_around[1] 1 True"]


def test_signals_and_children_work_as_usual(stage: Stage):
    stage.play("default_signals")
    assert stage.texts() == ["True", "7"]


def test_an_op_that_forks_and_returns_twice_ends_once(stage: Stage):
    assert isinstance(stage.play("forks_and_both_return")["forks_and_both_return"], Succeeded)
    assert stage.texts() == ["from the fork"]
    stage.executor.close()
    assert len([event for event in stage.heard if isinstance(event, StepStarted)]) == 1


def test_exit_handlers_of_the_op_run_and_those_it_inherits_do_not(way: str, open_stage: Make, tmp_path):
    mark = tmp_path / "mark"
    atexit.register(mark.write_text, "the handler of the main process")
    try:
        stage = open_stage(way)
        stage.play("registers_exit_handler", log=str(tmp_path / "log.out"))
        stage.executor.close()
    finally:
        atexit.unregister(mark.write_text)
    assert "left by its own exit handler" in (tmp_path / "log.out").read_text()
    assert not mark.exists()


def test_threads_of_an_op_may_talk_at_the_same_time(stage: Stage):
    stage.play("threads_talk")
    said = [text.split()[:2] for text in stage.texts()]
    for name in "0123":
        assert [int(number) for who, number in said if who == name] == list(range(200))


def test_descriptors_of_ours_are_closed_and_those_of_the_user_stay(open_stage: Make, tmp_path):
    with open(tmp_path / "users", "w") as file:
        stage = open_stage("preloaded", slots=4)
        stage.play("open_descriptors")
        texts = stage.texts()[0].split(",")
    assert file.name in texts
    pipes = [text for text in texts if text.startswith("pipe:")]
    own = {os.readlink(f"/proc/self/fd/{fd}") for fd in stage.executor.descriptors}
    assert len(own.intersection(pipes)) == 1, "only the pipe of its own slot"
