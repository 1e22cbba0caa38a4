"""The windows before and after a moment, and the key of the one that holds it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dagjob import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    TimeWindow,
    TimeWindowPartitionsDefinition,
    partition_loading_context,
)

DAYS = DailyPartitionsDefinition("2024-01-01")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def day(*parts: int) -> TimeWindow:
    begin = at(*parts)
    return TimeWindow(begin, datetime.fromtimestamp(begin.timestamp() + 86400, UTC))


def test_the_window_after_a_moment() -> None:
    assert DAYS.get_next_partition_window(at(2024, 1, 3)) == day(2024, 1, 3)
    assert DAYS.get_next_partition_window(at(2024, 1, 3, 5)) == day(2024, 1, 4)
    with partition_loading_context(effective_dt=at(2024, 3, 15, 10)):
        assert DAYS.get_next_partition_window(at(2024, 3, 14)) == day(2024, 3, 14)
        assert DAYS.get_next_partition_window(at(2024, 3, 15)) is None


def test_the_window_before_a_moment() -> None:
    assert DAYS.get_prev_partition_window(at(2024, 1, 3)) == day(2024, 1, 2)
    assert DAYS.get_prev_partition_window(at(2024, 1, 3, 5)) == day(2024, 1, 2)
    assert DAYS.get_prev_partition_window(at(2024, 1, 1)) is None


def test_the_bounds_may_be_left_out() -> None:
    ended = DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
    assert ended.get_next_partition_window(at(2024, 2, 1)) is None
    assert ended.get_next_partition_window(at(2024, 2, 1), respect_bounds=False) == day(2024, 2, 1)
    assert ended.get_prev_partition_window(at(2024, 1, 1), respect_bounds=False) == day(2023, 12, 31)


def test_excluded_windows_are_passed_over() -> None:
    some = TimeWindowPartitionsDefinition(
        start=at(2024, 1, 1), cron_schedule="0 0 * * *", fmt="%Y-%m-%d", exclusions=[at(2024, 1, 3)]
    )
    assert some.get_next_partition_window(at(2024, 1, 3)) == day(2024, 1, 4)
    assert some.get_prev_partition_window(at(2024, 1, 4)) == day(2024, 1, 2)


@pytest.mark.parametrize(
    ("moment", "end_closed", "key"),
    [
        (at(2024, 1, 3, 5), False, "2024-01-03"),
        (at(2024, 1, 3), False, "2024-01-03"),
        (at(2024, 1, 3), True, "2024-01-02"),
        (at(2024, 1, 3, 5), True, "2024-01-03"),
    ],
)
def test_the_key_of_a_moment(moment: datetime, end_closed: bool, key: str) -> None:
    assert DAYS.get_partition_key_for_timestamp(moment.timestamp(), end_closed) == key


def test_the_key_of_a_moment_in_another_zone() -> None:
    hours = HourlyPartitionsDefinition("2024-01-01-00:00", timezone="US/Eastern")
    assert hours.get_partition_key_for_timestamp(at(2024, 7, 3, 5, 20).timestamp()) == "2024-07-03-01:00"
