"""How often an op may say how far it is, and what of it is told."""

from __future__ import annotations

from decimal import Decimal
from time import monotonic

import pytest

from dagjob import CheckError, build_op_context
from dagjob.engine.progress import PER_SECOND, Progress, ProgressReports


def test_of_a_million_turns_ten_reports_a_second_are_told_and_the_last_one() -> None:
    told: list[Progress] = []
    reports, began = ProgressReports(told.append), monotonic()
    for turn in range(100_001):
        reports.say(turn, 100_001, "rows", "")
    reports.end()
    assert told[0] == (0, 100_001, "rows", "")
    assert told[-1] == (100_000, 100_001, "rows", "")
    assert len(told) <= PER_SECOND + PER_SECOND * (monotonic() - began) + 1


def test_that_all_is_done_is_told_at_once() -> None:
    told: list[Progress] = []
    reports = ProgressReports(told.append)
    for turn in range(101):
        reports.say(turn, 100, "", "")
    assert told[-1] == (100, 100, "", "")
    for _ in range(1000):
        reports.say(100, 100, "", "")
    assert told.count(Progress(100, 100)) == 1


def test_what_a_bar_shows_counts_only_where_the_op_says_nothing_itself() -> None:
    told: list[Progress] = []
    reports = ProgressReports(told.append)
    reports.show(Progress(1, 10, text="of a bar"))
    reports.say(5, 10, "rows", "of the op")
    reports.show(Progress(2, 10, text="of a bar"))
    reports.end()
    assert told == [(1, 10, "", "of a bar"), (5, 10, "rows", "of the op")]


@pytest.mark.parametrize(
    ("done", "total", "told"),
    [
        (Decimal("1.5"), Decimal(3), Progress(1.5, 3)),
        (True, None, Progress(1)),
        (1, float("inf"), Progress(1)),
        (1, float("nan"), Progress(1)),
        (float("nan"), 2, None),
        (-1, 2, Progress(-1, 2)),
        (5, 2, Progress(5, 2)),
        (1, 0, Progress(1, 0)),
    ],
)
def test_numbers_of_all_kinds_are_told_as_numbers_of_python(done: float, total: float, told: Progress | None) -> None:
    heard: list[Progress] = []
    ProgressReports(heard.append).say(done, total, "", "")
    assert heard == ([] if told is None else [told])
    assert all(type(number) in (int, float, type(None)) for one in heard for number in one[:2])


@pytest.mark.parametrize(("done", "total", "named"), [("5", 10, "done"), (5, "ten", "total"), (None, 1, "done")])
def test_what_is_no_number_is_a_mistake_of_the_op(done: float, total: float, named: str) -> None:
    with pytest.raises(CheckError, match=f"{named} must be a number"):
        ProgressReports(lambda progress: None).say(done, total, "", "")
    with pytest.raises(CheckError, match=f"{named} must be a number"):
        build_op_context().progress(done, total)
