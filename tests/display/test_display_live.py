from __future__ import annotations

import pytest
from scripted_runs import START, Script, daily_sales, error, known, many_files, twelve_running

from dagjob import events as ev
from dagjob.display.live import LiveView
from dagjob.display.rows import how_far
from dagjob.display.time_left import TimeLeft, estimate
from dagjob.display.watched import note


def folded(script: Script, **more) -> LiveView:
    state = LiveView(**more)
    for event in script.events:
        state(event)
    return state


def test_counts_follow_every_change_of_status(tmp_path):
    state = folded(daily_sales(tmp_path))
    assert {s: state.count(s) for s in ("success", "failed", "not_run", "waiting")} == {
        "success": 8,
        "failed": 1,
        "not_run": 2,
        "waiting": 0,
    }
    assert state.flaky == 1
    assert round(state.op("fetch_fx_rates").span(), 3) == 10.7


def test_copies_take_the_place_of_their_template():
    state = folded(many_files(copies=3, until=0))
    assert [op.key for op in state.in_order()] == [
        "list_files",
        *(f"parse[2026_01_0{n}]" for n in (1, 2, 3)),
        *(f"upload[2026_01_0{n}]" for n in (1, 2, 3)),
        "merge",
    ]
    assert state.waits_for(state.op("upload[2026_01_02]")) == ["parse[2026_01_02]"]
    assert state.waits_for(state.op("merge")) == ["upload[*]"]


def test_groups_count_what_their_members_do():
    state = folded(many_files(copies=40, until=60))
    groups = {group.name: group for group in state.groups.by_urgency()}
    assert set(groups) == {"list_files", "parse[*]", "upload[*]", "merge"}
    for name, group in groups.items():
        members = [op for op in state.in_order() if state.groups.name_of(op.key) == name]
        assert group.total == len(members)
        for status in ("waiting", "running", "success", "failed", "retrying"):
            assert group.count(status) == sum(op.status == status for op in members)


def test_three_ops_of_one_prefix_are_a_group_two_are_not():
    state = folded(Script().begin().plan(load_a="", load_b="", load_c="", make_a="", make_b=""))
    assert {group.name for group in state.groups.by_urgency()} == {"load_*", "make_a", "make_b"}


def test_an_op_that_no_plan_has_named_is_taken_in():
    state = folded(Script().begin().starts(1.0, "surprise").ends(2.0, "surprise"))
    assert state.op("surprise").status == "success"


def test_what_waited_for_a_retry_when_the_run_was_stopped_is_canceled():
    script = Script().begin().plan(a="", b="a").starts(0, "a").retries(1, "a", error("E", ""), 1, 5, 2)
    state = folded(script.not_run(2, "a", canceled=True).not_run(2, "b").finish(2, "canceled"))
    assert (state.op("a").status, state.op("b").status) == ("canceled", "not_run")


def test_the_last_progress_text_wins_over_metadata():
    script = Script().begin().plan(a="").starts(0, "a").progresses(1, "a", 1, None, text="page 1")
    assert note(folded(script.notes(2, "a", {"rows": 5})).op("a")) == "page 1"
    other = Script().begin().plan(a="").starts(0, "a").notes(2, "a", {"rows": 5, "dagjob/note": "fine"})
    assert note(folded(other).op("a")) == "fine"


def test_the_time_left_is_played_through_the_graph_with_the_real_workers():
    usual = {"a": 10.0, "b": 4.0, "c": 4.0, "d": 4.0}
    script = Script().plan(a="", b="a", c="a", d="a").starts(0, "a")
    for slots, seconds in ((3, 11.0), (1, 19.0)):
        script.events = [*Script().begin(slots=slots).events, *script.events[-2:]]
        assert estimate(folded(script, usual=known(usual, 3)), START + 3) == seconds


def test_nothing_is_said_about_the_time_left_where_too_few_runs_are_known():
    usual = {"a": 10.0}
    script = Script().begin().plan(a="").starts(0, "a")
    assert TimeLeft(folded(script)).words(START) == ""
    assert TimeLeft(folded(script, usual=known(usual, 3))).words(START) == "about 10s left"
    assert TimeLeft(folded(script, usual=known(usual, 3))).words(START + 60) == ""


def test_an_op_is_slow_only_against_a_known_usual_time():
    assert folded(twelve_running()).slow(folded(twelve_running()).op("clean_orders")) is None
    state = folded(twelve_running(), usual=known({"clean_orders": 3.1}, 3))
    assert round(state.slow(state.op("clean_orders")), 1) == 2.8


@pytest.mark.parametrize(
    ("done", "total", "unit", "shown"),
    [
        (520, 1000, "chunks", "520/1000 chunks"),
        (12000, None, "rows", "12,000 rows"),
        (3, 10, "", "3/10"),
        (1_234_567, 4_000_000, "B", "1.2 MB/4.0 MB"),
        (999.0, None, "bytes", "999 B"),
    ],
)
def test_how_far_an_op_is(done, total, unit, shown):
    assert how_far(ev.Progressed(START, "a", 1, done, total, unit)) == shown
