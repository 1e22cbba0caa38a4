"""The "Errors" table of contract exe-7: what partitions refuse, by which class, and what the message tells."""

from __future__ import annotations

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
    ("a forbidden character", lambda: S(["a\tb"]), WRONG, [r"\t"]),
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
    (
        "a dimension key with |",
        lambda: dj.MultiPartitionsDefinition({"a": DAYS, "b": S(["x|y"])}),
        WRONG,
        ["'|'", "x|y"],
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
