"""Windows of time: what arithmetic says is what iteration finds, keys lead back to their windows, and what is refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagjob import (
    CheckError,
    DagjobInvalidDefinitionError,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    PartitionKeyRange,
    TimeWindow,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
    partition_loading_context,
)

UTC = UTC
ZONES = (
    *("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"),
    *("Africa/Casablanca", "America/Scoresbysund", "Africa/Cairo", "Asia/Kathmandu"),
)
MINUTES = st.integers(0, 59)
HOURS = st.integers(0, 23)
starts = st.datetimes(datetime(1986, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def definitions(draw: st.DrawFn) -> TimeWindowPartitionsDefinition:
    zone, start, fmt = draw(st.sampled_from(ZONES)), draw(starts), "%Y-%m-%d-%H:%M"
    kind = draw(st.sampled_from(["hourly", "daily", "weekly", "monthly", "cron"]))
    minute, hour, offset = draw(MINUTES), draw(HOURS), draw(st.sampled_from([0, 0, 1, -2]))
    if kind == "hourly":
        return HourlyPartitionsDefinition(start, minute_offset=minute, timezone=zone, end_offset=offset)
    if kind == "daily":
        return DailyPartitionsDefinition(start, None, minute, hour, timezone=zone, end_offset=offset)
    if kind == "weekly":
        return WeeklyPartitionsDefinition(start, None, minute, hour, draw(st.integers(0, 7)), timezone=zone)
    if kind == "monthly":
        return MonthlyPartitionsDefinition(start, None, minute, hour, draw(st.integers(1, 31)), timezone=zone)
    cron = draw(
        st.sampled_from(["*/20 * * * *", "15 */3 * * *", "0 9 * * 1-5", "30 2 1,15 * *", "0 0 L * *", "5 0,23 * * *"])
    )
    return TimeWindowPartitionsDefinition(start, fmt, timezone=zone, cron_schedule=cron, exclusions=["0 0 * * 6"])


@settings(max_examples=60, deadline=None)
@given(definitions(), st.integers(0, 900))
def test_arithmetic_equals_iteration_and_keys_lead_back(partitions: TimeWindowPartitionsDefinition, days: int) -> None:
    sparse = not partitions._ticks.every_hour and partitions.schedule_type is not None
    now = partitions.start + timedelta(days=days if sparse else days // 12)
    keys = list(partitions.keys(now))
    assert partitions.count(now) == len(keys) == len(set(keys))
    assert (partitions.first(now), partitions.last(now)) == ((keys[0], keys[-1]) if keys else (None, None))
    assert partitions.latest(3, now) == keys[-3:]
    for key in (*keys[:40], *keys[-3:]):
        window = partitions.window(key)
        assert partitions.has(key, now)
        assert partitions.first(now) is not None and partitions._key_at(window.start) == key
        assert window.start.timestamp() < window.end.timestamp()
    windows = [partitions.window(key) for key in keys[:40]]
    assert all(one.end.timestamp() <= next_.start.timestamp() for one, next_ in pairwise(windows))


def test_an_hourly_definition_over_twenty_years_is_told_without_listing_it() -> None:
    partitions = HourlyPartitionsDefinition("2004-01-01-00:00", timezone="America/New_York")
    now = datetime(2024, 5, 6, tzinfo=UTC)
    took = []
    for _ in range(3):
        began = time.process_time()
        told = (partitions.first(now), partitions.last(now), partitions.count(now))
        took.append(time.process_time() - began)
    assert told == ("2004-01-01-00:00", "2024-05-05-19:00", 178339)
    assert min(took) < 0.005
    assert list(islice(partitions.keys(now), 2)) == ["2004-01-01-00:00", "2004-01-01-01:00"]


def test_what_dagster_contradicts_itself_about_is_answered_in_one_way() -> None:
    spring = HourlyPartitionsDefinition("2024-03-10-00:00", timezone="America/New_York")
    with partition_loading_context(datetime(2024, 4, 1, tzinfo=UTC)):
        assert not spring.has_partition_key("2024-03-10-02:00")  # the hour that is left out
    ended = DailyPartitionsDefinition("2024-01-01", end_date=datetime(2024, 1, 1, 12))
    with partition_loading_context(datetime(2024, 2, 1, tzinfo=UTC)):
        assert (list(ended.get_partition_keys()), ended.get_num_partitions()) == ([], 0)  # its only window ends later
    leap = TimeWindowPartitionsDefinition("2010-01-01", "%Y-%m-%d", cron_schedule="0 0 29 2 *")
    with partition_loading_context(datetime(2024, 5, 5, tzinfo=UTC)):
        assert leap.get_partition_keys() == ["2012-02-29", "2016-02-29", "2020-02-29"]
        assert leap.get_num_partitions() == 3
        assert leap.time_window_for_partition_key("2012-02-29").start.date().isoformat() == "2012-02-29"
    apia = DailyPartitionsDefinition("2011-12-27", timezone="Pacific/Apia")
    with partition_loading_context(datetime(2012, 1, 1, 12, tzinfo=UTC)):
        assert apia.get_partition_keys()[2:5] == ["2011-12-29", "2011-12-31", "2012-01-01"]  # there was no 30th
    howe = HourlyPartitionsDefinition("2024-10-05-23:00", timezone="Australia/Lord_Howe")
    with partition_loading_context(datetime(2024, 10, 5, 18, tzinfo=UTC)):
        assert howe.get_partition_keys()[2:5] == ["2024-10-06-01:00", "2024-10-06-03:00", "2024-10-06-04:00"]


@pytest.mark.parametrize("fmt", ["%Y-%m", "%Y", "%m-%d"])
def test_a_format_that_gives_two_windows_one_key_is_refused(fmt: str) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match="does not tell the windows apart"):
        DailyPartitionsDefinition(datetime(2024, 1, 5), fmt=fmt)


def test_a_format_may_leave_out_what_the_schedule_says() -> None:
    six = DailyPartitionsDefinition("2024-01-01", hour_offset=6)
    assert six.time_window_for_partition_key("2024-01-02").start.hour == 6
    by_month = MonthlyPartitionsDefinition("2024-01", fmt="%Y-%m")
    assert by_month.get_partition_keys(datetime(2024, 4, 2)) == ["2024-01", "2024-02", "2024-03"]


def test_a_fixed_schedule_is_equal_to_its_cron_string() -> None:
    daily = DailyPartitionsDefinition("2024-01-01", hour_offset=3)
    cron = TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 3 * * *")
    assert daily == cron and hash(daily) == hash(cron) and {daily: 1}[cron] == 1
    assert (cron.hour_offset, cron.minute_offset, cron.schedule_type) == (3, 0, daily.schedule_type)
    assert daily != DailyPartitionsDefinition("2024-01-02", hour_offset=3)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"minute_offset": 60}, "minute_offset must be from 0 to 59, not 60"),
        ({"hour_offset": 24}, "hour_offset must be from 0 to 23, not 24"),
        ({"exclusions": ["nope"]}, "exclusions"),
    ],
)
def test_offsets_and_exclusions_are_told_by_their_names(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=named):
        DailyPartitionsDefinition("2024-01-01", **arguments)


@pytest.mark.parametrize("cron", ["nope", "* * * *", "0 0 30 2 *", "61 * * * *", "", "0 0 * * 5L", "0 0 * * 5#2"])
def test_a_cron_string_that_is_none_or_never_fires_is_refused_by_name(cron: str) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=r"cron_schedule: .* is no cron schedule"):
        TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule=cron)


def test_a_zone_a_start_and_a_combination_that_cannot_be() -> None:
    with pytest.raises(ZoneInfoNotFoundError, match="Mars/X"):
        DailyPartitionsDefinition("2024-01-01", timezone="Mars/X")
    with pytest.raises(ValueError, match=r"'01/02/2024' does not match the format '%Y-%m-%d'"):
        DailyPartitionsDefinition("01/02/2024")
    with pytest.raises(CheckError, match="either a schedule_type or a cron_schedule"):
        TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d")
    with pytest.raises(CheckError, match="offset"):
        TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule="0 0 * * *", hour_offset=1)


def test_neighbours_and_moments() -> None:
    daily = DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
    with partition_loading_context(datetime(2024, 1, 10, tzinfo=UTC)):
        assert daily.get_next_partition_key("2024-01-05") == "2024-01-06"
        assert daily.get_next_partition_key("2024-01-09") is None
        first = daily.get_first_partition_window()
        assert first == TimeWindow(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC))
    assert daily.get_partition_key(datetime(2024, 1, 5, 17)) == daily.get_partition_key("2024-01-05") == "2024-01-05"
    with pytest.raises(
        ValueError, match="'2024-03-01' is outside of the partitions, which go from 2024-01-01 to 2024-02-01"
    ):
        daily.get_partition_key("2024-03-01")
    with pytest.raises(CheckError, match="2023-12-30"):
        daily.get_partition_keys_in_range(PartitionKeyRange("2023-12-30", "2024-01-02"))
