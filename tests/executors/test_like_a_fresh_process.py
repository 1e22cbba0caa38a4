"""A worker behaves like a process that was just started, whichever way it was."""

from __future__ import annotations

import os
import random

import pytest
from conftest import Make, Stage


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


def test_descriptors_of_ours_are_closed_and_those_of_the_user_stay(open_stage: Make, tmp_path):
    with open(tmp_path / "users", "w") as file:
        stage = open_stage("preloaded", slots=4)
        stage.play("open_descriptors")
        texts = stage.texts()[0].split(",")
    assert file.name in texts
    pipes = [text for text in texts if text.startswith("pipe:")]
    own = {os.readlink(f"/proc/self/fd/{fd}") for fd in stage.executor.descriptors}
    assert len(own.intersection(pipes)) == 1, "only the pipe of its own slot"
