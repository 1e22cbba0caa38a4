from __future__ import annotations

import pytest
from recorded_runs import START, error, planned, started, step

from dagjob import events as ev
from dagjob.storage.runs import RunStore


def run(
    number, *, job="daily", status="success", seconds=1.0, attempts=1, fails=False, mapped=False, reused=False, **more
):
    """A run in which `load` takes so long, and `parse` as many times as it is mapped."""
    key = "parse[a]" if mapped else "load"
    stream = [
        started(f"{job}-{number}", job, START + number, **more),
        planned("parse[?]" if mapped else "load", "last"),
    ]
    if mapped:
        stream.append(ev.StepsMapped(START, "parse[?]", ("parse[a]",)))
    if reused:
        stream.append(ev.StepReused(START, key))
    else:
        stream += step(key, attempts, seconds)
    stream += (
        [ev.StepStarted(START, "last", 1, 1), ev.StepFailed(START, "last", 1, error(), 9.0)]
        if fails
        else step("last", seconds=2.0)
    )
    return [*stream, ev.RunEnded(START + number + 9, status, 10.0 + seconds, {})]


@pytest.fixture
def usual():
    """What the store knows after these runs, asked by one that has just begun."""
    stores = []

    def ask(*streams, job="daily"):
        store = RunStore.in_memory()
        stores.append(store)
        for stream in (*streams, [started(f"{job}-now", job), planned("load"), *step("load", seconds=99.0)]):
            for event in stream:
                store(event)
        store.flush()
        return store.usual(job)

    yield ask
    for store in stores:
        store.close()


def test_it_is_the_median_of_the_latest_twenty_runs_of_an_op(usual):
    found = usual(*(run(n, seconds=float(n)) for n in range(30)))
    assert (found.runs, found.of("load"), found.of("last")) == (20, 19.5, 2.0)
    assert found.seconds == 29.5
    assert found.of("other") is None


def test_nothing_is_known_before_three_runs(usual):
    assert usual(run(1), run(2)) is None
    assert usual(run(1), run(2), run(3)).runs == 3
    assert usual(run(1), run(2), run(3, job="another")) is None


def test_what_went_well_in_a_failed_run_counts_what_failed_or_was_reused_does_not(usual):
    found = usual(
        run(1, seconds=3.0, fails=True, status="failed"),
        run(2, seconds=4.0, fails=True, status="failed"),
        run(3, seconds=5.0),
        run(4, reused=True, parent_run_id="daily-2"),
        run(5, reused=True, parent_run_id="daily-2"),
    )
    assert (found.of("load"), found.of("last")) == (4.0, 2.0)
    assert found.seconds is None  # Only one run was whole and went well.


def test_copies_count_together_and_stand_for_others(usual):
    found = usual(*(run(n, mapped=True, seconds=float(n)) for n in (1, 2, 6)))
    assert found.of("parse[?]") == found.of("parse[never seen]") == 2.0


def test_runs_of_a_selection_say_nothing_about_the_whole(usual):
    found = usual(*(run(n, selection=("load",), selected=("load",)) for n in range(4)))
    assert (found.of("load"), found.seconds) == (1.0, None)


def test_how_often_an_op_needed_another_attempt_is_known(usual):
    found = usual(*(run(n, attempts=1 + (n == 2)) for n in range(5)))
    assert found.flaky == {"load": 1}


def test_what_is_skipped_as_a_rule_is_known(usual):
    def skipping(number):
        first, _, *middle, last = run(number)
        return [first, planned("load", "last", "extra"), *middle, ev.StepSkipped(START, "extra", ("load.x",)), last]

    found = usual(*map(skipping, range(3)))
    assert (found.of("extra"), found.expected("extra")) == (None, 0.0)
    assert usual(*map(skipping, range(2)), run(2)).expected("extra") is None
