from __future__ import annotations

import pytest

from dagjob.plan.forecast import Forecast, forecast, play

DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("a",), "end": ("b", "c", "d")}
SECONDS = {"a": 10.0, "b": 4.0, "c": 4.0, "d": 5.0, "end": 1.0}


@pytest.mark.parametrize(("workers", "seconds"), [(1, 24.0), (2, 20.0), (3, 16.0), (0, 24.0)])
def test_steps_are_played_through_the_graph_with_so_many_workers(workers, seconds):
    assert forecast(DIAMOND, SECONDS, workers) == Forecast(seconds, 16.0, ("a", "d", "end"))


def test_what_runs_has_a_worker_already_and_takes_only_its_rest():
    assert play({"x": (), "y": (), "z": ("x",)}, {"x": 1.0, "y": 5.0, "z": 2.0}, 1, running=["y"]) == 8.0


def test_what_is_needed_and_no_step_is_there_already():
    assert forecast({"b": ("a",)}, {"b": 3.0}, 4) == Forecast(3.0, 3.0, ("b",))


def test_steps_start_in_plan_order():
    # With one worker for three, the long one last is what a run of that plan would do.
    assert play({"s": (), "t": (), "long": ()}, {"s": 1.0, "t": 1.0, "long": 9.0}, 2) == 10.0


def test_nothing_takes_no_time():
    assert forecast({}, {}, 4) == Forecast(0.0, 0.0, ())
