"""Contract exe-7, row by row: what partitions refuse, by which class and in which words; which keys they have."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

import dagjob as dj

S, DAYS = dj.StaticPartitionsDefinition, dj.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")


@dj.op
def look(context: Any) -> str:
    key: str = context.partition_key
    return key


@dj.graph
def looking() -> None:
    look()


def run(key: str | None = None, **more: Any) -> Any:
    return looking.to_job(**more).execute_in_process(partition_key=key)


def config_that(**functions: Any) -> dj.PartitionedConfig:
    return dj.PartitionedConfig(S(["a"]), **functions)


def cron(text: str, **more: Any) -> Any:
    return dj.TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d", cron_schedule=text, **more)


WRONG = dj.DagjobInvalidDefinitionError
ROWS: list[tuple[str, Any, type[Exception], list[str]]] = [
    ("a static key twice", lambda: S(["a", "a"]), WRONG, ["'a'"]),
    ("a forbidden text", lambda: S(["a...b"]), WRONG, ["a...b", "three dots"]),
    *(
        (f"a forbidden character {ord(character)}", partial(S, [f"a{character}b"]), WRONG, [repr(character)[1:-1]])
        for character in "\a\b\f\n\r\t\v\0"
    ),
    (
        "an unknown key",
        lambda: run("2024-03-01", partitions_def=DAYS),
        dj.DagjobUnknownPartitionError,
        ["2024-03-01", "2024-01-01", "2024-01-31"],
    ),
    ("no key at all", lambda: run("soon", partitions_def=DAYS), dj.DagjobUnknownPartitionError, ["soon"]),
    ("a key and no partitions", lambda: run("a"), dj.DagjobInvariantViolationError, ["looking"]),
    ("a start in another format", lambda: dj.DailyPartitionsDefinition("1/2/24"), ValueError, ["1/2/24", "%Y-%m-%d"]),
    (
        "a moment outside",
        lambda: DAYS.get_partition_key("2025-01-01"),
        ValueError,
        ["2025-01-01", "2024-01-01", "2024-02-01"],
    ),
    ("a cron that is none", lambda: cron("nope"), WRONG, ["nope"]),
    ("a cron that never fires", lambda: cron("0 0 31 2 *"), WRONG, ["0 0 31 2 *", "fires"]),
    ("an exclusion that is none", lambda: cron("0 0 * * *", exclusions=["x"]), WRONG, ["exclusions", "x"]),
    ("a minute", lambda: dj.HourlyPartitionsDefinition("2024-01-01-00:00", minute_offset=60), WRONG, ["minute", "60"]),
    ("an hour", lambda: dj.DailyPartitionsDefinition("2024-01-01", hour_offset=24), WRONG, ["hour_offset", "24"]),
    ("a weekday", lambda: dj.WeeklyPartitionsDefinition("2024-01-01", day_offset=8), WRONG, ["day_offset", "8"]),
    ("a day", lambda: dj.MonthlyPartitionsDefinition("2024-01-01", day_offset=32), WRONG, ["day_offset", "32"]),
    (
        "neither type nor cron",
        lambda: dj.TimeWindowPartitionsDefinition("2024-01-01", "%Y-%m-%d"),
        dj.CheckError,
        ["schedule_type", "cron_schedule"],
    ),
    ("a cron with an offset", lambda: cron("0 0 * * *", hour_offset=1), dj.CheckError, ["cron_schedule", "offset"]),
    (
        "an unknown zone",
        lambda: dj.DailyPartitionsDefinition("2024-01-01", timezone="Mars/X"),
        ZoneInfoNotFoundError,
        ["Mars/X"],
    ),
    ("one dimension", lambda: dj.MultiPartitionsDefinition({"a": DAYS}), dj.DagjobInvalidInvocationError, ["two", "1"]),
    (
        "three dimensions",
        lambda: dj.MultiPartitionsDefinition({"a": DAYS, "b": S(["x"]), "c": S(["y"])}),
        dj.DagjobInvalidInvocationError,
        ["3"],
    ),
    *(
        (
            f"a dimension key with {character}",
            partial(dj.MultiPartitionsDefinition, {"a": DAYS, "b": S([f"x{character}y"])}),
            WRONG,
            [f"'{character}'", f"x{character}y"],
        )
        for character in "|,[]"
    ),
    ("a dynamic one without a name", lambda: dj.DynamicPartitionsDefinition(), WRONG, ["name", "partition_fn"]),
    ("a dynamic one with both", lambda: dj.DynamicPartitionsDefinition(lambda _: ["a"], "n"), WRONG, ["name"]),
    (
        "dynamic keys without an instance",
        lambda: dj.DynamicPartitionsDefinition(name="n").get_partition_keys(),
        dj.CheckError,
        ["instance", '"n"'],
    ),
    (
        "a range with an unknown end",
        lambda: S(["a"]).get_partition_keys_in_range(dj.PartitionKeyRange("a", "z")),
        dj.DagjobInvalidInvocationError,
        ["'z'"],
    ),
    ("no config function", config_that, dj.CheckError, ["exactly one"]),
    (
        "two config functions",
        lambda: config_that(run_config_for_partition_fn=str, run_config_for_partition_key_fn=str),
        dj.CheckError,
        ["exactly one"],
    ),
    (
        "config of other partitions",
        lambda: looking.to_job(config=config_that(run_config_for_partition_key_fn=str), partitions_def=DAYS),
        dj.CheckError,
        ["differs"],
    ),
    (
        "a config that is called",
        lambda: config_that(run_config_for_partition_key_fn=str)("a"),
        dj.DagjobInvalidInvocationError,
        ["decorator"],
    ),
    (
        "a tag of dagster's",
        lambda: run(
            "a",
            config=config_that(
                run_config_for_partition_key_fn=lambda _: {}, tags_for_partition_key_fn=lambda _: {"dagster/x": "1"}
            ),
        ),
        WRONG,
        ["dagster/x"],
    ),
    (
        "a config function that raises",
        lambda: run("a", config=config_that(run_config_for_partition_key_fn=lambda key: {}[key])),
        KeyError,
        ["'a'"],
    ),
    ("no key in the run", lambda: run(partitions_def=DAYS), dj.DagjobInvariantViolationError, ["no partition"]),
]


@pytest.mark.parametrize(("make", "error", "told"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_partitions_refuse(make: Any, error: type[Exception], told: list[str]) -> None:
    with pytest.raises(error) as info:
        make()
    assert all(text in str(info.value) for text in told), str(info.value)


def test_a_config_function_that_raises_does_so_before_there_is_a_run() -> None:
    broken = config_that(run_config_for_partition_key_fn=lambda key: {}[key])
    with dj.instance_for_test() as instance, pytest.raises(KeyError):
        looking.to_job(config=broken).execute_in_process(partition_key="a", instance=instance)
    assert not instance.get_runs()


# -- the tables of keys --------------------------------------------------------------------------------------------

Daily, Hourly = partial(dj.DailyPartitionsDefinition, "2024-01-01"), dj.HourlyPartitionsDefinition
Weekly, Monthly = partial(dj.WeeklyPartitionsDefinition, "2024-01-01"), dj.MonthlyPartitionsDefinition
PLAIN: list[tuple[Any, str, int, str]] = [
    (Daily(), "2024-01-01T23:59:59.999999", 0, ""),
    (Daily(), "2024-01-02T00:00", 1, "2024-01-01"),
    (Daily(end_offset=1), "2024-01-01T00:00", 1, "2024-01-01"),
    (Daily(end_offset=2), "2024-01-04T06:00", 5, "2024-01-01 ... 2024-01-05"),
    (Daily(end_offset=-2), "2024-01-04T06:00", 1, "2024-01-01"),
    (Daily(end_offset=-5), "2024-01-04T06:00", 0, ""),
    (Daily(end_date="2024-01-05", end_offset=5), "2024-02-01", 4, "2024-01-01 ... 2024-01-04"),
    (Daily(hour_offset=6), "2024-06-01T00:00", 151, "2024-01-01 ... 2024-05-30"),
    (Hourly("2024-01-01-00:00", minute_offset=30), "2024-06-01", 3647, "2024-01-01-00:30 ... 2024-05-31-22:30"),
    (Weekly(), "2024-06-01", 20, "2024-01-07 2024-01-14 ... 2024-05-19"),
    (Weekly(day_offset=1), "2024-06-01", 21, "2024-01-01 2024-01-08 ... 2024-05-20"),
    (Monthly("2024-01-02"), "2024-06-01", 4, "2024-02-01 ... 2024-05-01"),
    (Monthly("2024-01-01", day_offset=31), "2024-06-01", 2, "2024-01-31 2024-03-31"),
    (cron("0 9 * * 1-5"), "2024-01-12T12:00", 9, "2024-01-01 ... 2024-01-08 2024-01-09 2024-01-10 2024-01-11"),
    (cron("0 0 1 */3 *"), "2025-05-03T02:00", 5, "2024-01-01 2024-04-01 2024-07-01 2024-10-01 2025-01-01"),
    (cron("0 0 L * *"), "2024-05-05T12:00", 3, "2024-01-31 2024-02-29 2024-03-31"),
    (
        cron("0 0 13 * 5"),
        "2024-02-20T12:00",
        8,
        "2024-01-05 2024-01-12 2024-01-13 2024-01-19 2024-01-26 2024-02-02 2024-02-09 2024-02-13",
    ),
    (
        dj.TimeWindowPartitionsDefinition("2018", "%Y", cron_schedule="@yearly"),
        "2024-05-05",
        6,
        "2018 2019 2020 2021 2022 2023",
    ),
    (Daily(exclusions=["0 0 * * 6", "0 0 * * 0"]), "2024-01-10T06:00", 7, "2024-01-01 ... 2024-01-08 2024-01-09"),
]


@pytest.mark.parametrize(("partitions", "now", "count", "keys"), PLAIN)
def test_the_keys_of_plain_cases(partitions: Any, now: str, count: int, keys: str) -> None:
    with dj.partition_loading_context(datetime.fromisoformat(now).replace(tzinfo=UTC)):
        found = partitions.get_partition_keys()
        assert (partitions.get_num_partitions(), len(found)) == (count, count)
    head, dots, tail = keys.partition("...")
    assert found[: len(head.split())] == head.split()
    assert not dots or found[-len(tail.split()) :] == tail.split()


@pytest.mark.parametrize(
    ("schedule", "day", "keys"),
    [
        ("0 * * * *", "03-10", "00:00 01:00 03:00 04:00"),
        ("0 * * * *", "11-03", "00:00 01:00 01:00-0500 02:00"),
        ("*/30 * * * *", "11-03", "00:00 00:30 01:00 01:30 01:00-0500 01:30-0500 02:00"),
        ("0 */2 * * *", "03-10", "00:00 03:00 04:00 06:00"),
    ],
)
def test_the_keys_when_clocks_change(schedule: str, day: str, keys: str) -> None:
    partitions = dj.TimeWindowPartitionsDefinition(
        f"2024-{day}-00:00", "%Y-%m-%d-%H:%M", cron_schedule=schedule, timezone="America/New_York"
    )
    found = partitions.get_partition_keys(datetime(2024, 12, 1))[: len(keys.split())]
    assert found == [f"2024-{day}-{key}" for key in keys.split()]


@pytest.mark.parametrize(
    ("options", "day", "start", "hours"),
    [
        ({}, "03-10", "2024-03-10T00:00-05:00", 23),
        ({}, "11-03", "2024-11-03T00:00-04:00", 25),
        ({"hour_offset": 2}, "03-10", "2024-03-10T03:00-04:00", 23),
        ({"hour_offset": 2}, "03-09", "2024-03-09T02:00-05:00", 24),
        ({"hour_offset": 1}, "11-03", "2024-11-03T01:00-05:00", 24),
        ({"hour_offset": 1, "minute_offset": 30}, "11-03", "2024-11-03T01:30-05:00", 24),
    ],
)
def test_the_window_of_a_day_when_clocks_change(options: dict[str, int], day: str, start: str, hours: int) -> None:
    window = Daily(timezone="America/New_York", **options).time_window_for_partition_key(f"2024-{day}")
    assert window.start.timestamp() == datetime.fromisoformat(start).timestamp()
    assert window.end.timestamp() - window.start.timestamp() == hours * 3600


def test_a_format_with_the_offset_shows_it_always() -> None:
    keys = dj.HourlyPartitionsDefinition(
        "2024-11-03-00:00-0400", timezone="America/New_York", fmt="%Y-%m-%d-%H:%M%z"
    ).get_partition_keys(datetime(2024, 11, 4))
    assert keys[:3] == ["2024-11-03-00:00-0400", "2024-11-03-01:00-0400", "2024-11-03-01:00-0500"]


def test_membership_ranges_and_windows_are_not_equally_strict() -> None:
    days, weeks = dj.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01"), Weekly()
    assert not days.has_partition_key("2024-1-5")
    assert days.time_window_for_partition_key("2030-01-01").start.year == 2030
    assert weeks.time_window_for_partition_key("2024-01-08").start.day == 14
    with pytest.raises(ValueError):
        days.time_window_for_partition_key("soon")
    for start, end in (("2023-12-31", "2024-01-02"), ("2024-01-30", "2024-02-01")):
        with pytest.raises(dj.CheckError):
            days.get_partition_keys_in_range(dj.PartitionKeyRange(start, end))
    assert Daily().get_partition_keys_in_range(dj.PartitionKeyRange("2040-01-01", "2040-01-02"))[-1] == "2040-01-02"
    assert days.get_partition_keys_in_range(dj.PartitionKeyRange("2024-01-03", "2024-01-01")) == []
    assert weeks.get_partition_keys_in_range(dj.PartitionKeyRange("2024-01-08", "2024-01-15"))[0] == "2024-01-14"
    with pytest.raises(ValueError):
        days.get_partition_keys_in_range(dj.PartitionKeyRange("soon", "2024-01-02"))
