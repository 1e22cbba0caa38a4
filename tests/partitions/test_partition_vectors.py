"""Dagster's answers for 577 definitions, 63 memberships, 30 ranges and 25 keys (tests/vectors/partitions.json).

A case that is marked `quirk` shows where the library contradicts itself; what dagjob answers there is in
docs/differences.md and in `test_partition_windows.py`.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

import dagjob
from dagjob import (
    CheckError,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    MultiPartitionsDefinition,
    PartitionKeyRange,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
    partition_loading_context,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "partitions.json").read_text(encoding="utf-8"))
KINDS: dict[str, Any] = {
    "static": StaticPartitionsDefinition,
    "hourly": HourlyPartitionsDefinition,
    "daily": DailyPartitionsDefinition,
    "weekly": WeeklyPartitionsDefinition,
    "monthly": MonthlyPartitionsDefinition,
    "time_window": TimeWindowPartitionsDefinition,
    "dynamic": DynamicPartitionsDefinition,
    "multi": MultiPartitionsDefinition,
}


def given(value: Any) -> Any:
    if isinstance(value, dict) and "$datetime" in value:
        return datetime.fromisoformat(value["$datetime"])
    if isinstance(value, dict) and "type" in value:
        return made(value)
    if isinstance(value, dict):
        return {name: given(one) for name, one in value.items()}
    return [given(one) for one in value] if isinstance(value, list) else value


def made(definition: dict[str, Any]) -> PartitionsDefinition:
    arguments = {name: given(value) for name, value in definition.items() if name != "type"}
    found: PartitionsDefinition = KINDS[definition["type"]](**arguments)
    return found


def instants(window: Any) -> list[float]:
    return [moment.timestamp() for moment in window]


def expected(texts: list[str]) -> list[float]:
    return [datetime.fromisoformat(text).timestamp() for text in texts]


def error_of(name: str) -> type[Exception]:
    found: type[Exception] = {
        "CheckError": CheckError,
        "ValueError": ValueError,
        "ZoneInfoNotFoundError": ZoneInfoNotFoundError,
    }.get(name) or getattr(dagjob, name)
    return found


def same(case: dict[str, Any], section: str) -> str:
    return f"{section}-{case.get('id') or json.dumps(case['definition'])[:60]}-{case.get('key', case.get('start', ''))}"


TICKS = "Windows are the intervals between consecutive ticks of the cron schedule, in the definition's timezone."
OTHERWISE = {
    "static-str": "A bare string is taken as a list of its characters (dagjob: reject).",
    "tz-hourly-year-Australia/Lord_Howe": TICKS,
    "dst-spring-hourly-m30-Australia/Lord_Howe": TICKS,
    "dst-fall-hourly-m30-Australia/Lord_Howe": TICKS,
    "2024-03-10-02:00": "the nonexistent hour `2024-03-10-02:00` gives True (quirk)",
}
"""Cases and keys that are answered otherwise, and the sentence of contract exe-7 that wants it so (docs/differences.md).

Of Lord Howe, where the clocks change by half an hour, Dagster lists hours from the change on: `30 * * * *` then ticks at
02:00. The same keys of a schedule on the hour are marked as a quirk in these vectors.
"""
SOUND = [case for case in VECTORS["cases"] if "quirk" not in case and case["id"] not in OTHERWISE]
MEMBERS = [case for case in VECTORS["has_key"] if case["key"] not in OTHERWISE]


def test_what_is_answered_otherwise_is_so_on_purpose() -> None:
    cases = {case["id"]: case for case in VECTORS["cases"]}
    with pytest.raises(CheckError, match="'abc'"):
        made(cases["static-str"]["definition"])
    for name in [name for name, sentence in OTHERWISE.items() if sentence is TICKS]:
        partitions = made(cases[name]["definition"])
        keys = partitions.get_partition_keys(datetime.fromisoformat(cases[name]["current_time"]))
        minute = f":{cases[name]['definition'].get('minute_offset', 0):02}"
        assert all(key[:16].endswith(minute) for key in keys)
    (member,) = [case for case in VECTORS["has_key"] if case["key"] in OTHERWISE]
    with partition_loading_context(datetime.fromisoformat(member["current_time"])):
        assert not made(member["definition"]).has_partition_key(member["key"])


@pytest.mark.parametrize("case", [c for c in SOUND if "error" not in c], ids=lambda c: c["id"])
def test_keys_and_windows(case: dict[str, Any]) -> None:
    now = datetime.fromisoformat(case["current_time"])
    partitions = made(case["definition"])
    keys = list(partitions.get_partition_keys(current_time=now))
    assert len(keys) == case["count"]
    if "keys" in case:
        assert keys == case["keys"]
    else:
        assert (keys[:3], keys[-3:]) == (case["head"], case["tail"])
    with partition_loading_context(now):
        assert partitions.get_num_partitions() == len(keys)
        assert partitions.get_first_partition_key() == case["first_key"]
        assert partitions.get_last_partition_key() == case["last_key"]
        assert all(partitions.has_partition_key(key) for key in keys[:50])
    if isinstance(partitions, TimeWindowPartitionsDefinition | MultiPartitionsDefinition):
        windows = case.get("windows", [])
        for key, window in zip(keys, windows, strict=False):
            assert instants(partitions.time_window_for_partition_key(key)) == expected(window)
        if case.get("first_window"):
            assert instants(partitions.time_window_for_partition_key(keys[0])) == expected(case["first_window"])
            assert instants(partitions.time_window_for_partition_key(keys[-1])) == expected(case["last_window"])


@pytest.mark.parametrize("case", [c for c in SOUND if "error" in c], ids=lambda c: c["id"])
def test_definitions_that_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(error_of(case["error"])):
        made(case["definition"]).get_partition_keys(datetime.fromisoformat(case["current_time"]))


@pytest.mark.parametrize("case", MEMBERS, ids=lambda c: same(c, "has"))
def test_membership(case: dict[str, Any]) -> None:
    with partition_loading_context(datetime.fromisoformat(case["current_time"])):
        assert made(case["definition"]).has_partition_key(case["key"]) is case["has_key"]


@pytest.mark.parametrize("case", VECTORS["ranges"], ids=lambda c: same(c, "range"))
def test_ranges(case: dict[str, Any]) -> None:
    wanted = PartitionKeyRange(case["start"], case["end"])
    with partition_loading_context(datetime.fromisoformat(case["current_time"])):
        if "error" in case:
            with pytest.raises(error_of(case["error"])):
                made(case["definition"]).get_partition_keys_in_range(wanted)
        else:
            assert made(case["definition"]).get_partition_keys_in_range(wanted) == case["keys"]


@pytest.mark.parametrize("case", VECTORS["window_for_key"], ids=lambda c: same(c, "window"))
def test_the_window_of_a_key(case: dict[str, Any]) -> None:
    partitions = made(case["definition"])
    assert isinstance(partitions, TimeWindowPartitionsDefinition | MultiPartitionsDefinition)
    if "error" in case:
        with pytest.raises(error_of(case["error"])):
            partitions.time_window_for_partition_key(case["key"])
    else:
        assert instants(partitions.time_window_for_partition_key(case["key"])) == expected(case["window"])


@pytest.mark.parametrize("case", VECTORS["tags"], ids=lambda c: same(c, "tags"))
def test_the_tags_of_a_key(case: dict[str, Any]) -> None:
    assert made(case["definition"]).get_tags_for_partition_key(case["key"]) == case["tags"]
