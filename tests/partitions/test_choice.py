"""Which partitions a backfill takes, and how partitions stand: by ranges, numbers, lists and the runs that there were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagjob import (
    DagjobUnknownPartitionError,
    DailyPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from dagjob.errors import DagjobNoPartitionError, DagjobPartitionError
from dagjob.partitions.base import PartitionsDefinition
from dagjob.partitions.choice import Wish, as_they_stand, in_range
from dagjob.partitions.progress import STATUSES, PartitionRun, standing, usual_seconds

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
LETTERS = StaticPartitionsDefinition(list("abcdef"))
DAYS = DailyPartitionsDefinition("2024-01-01")
WEEKS = WeeklyPartitionsDefinition("2024-01-01")  # Sundays: 2024-01-07, 01-14, ..., 02-18
PAIRS = MultiPartitionsDefinition(
    {"region": StaticPartitionsDefinition(["eu", "us"]), "x": StaticPartitionsDefinition(["1", "2"])}
)


@pytest.mark.parametrize(
    ("partitions", "wish", "expected"),
    [
        (LETTERS, Wish(), "a b c d e f"),
        (LETTERS, Wish("b", "d"), "b c d"),
        (LETTERS, Wish("e"), "e f"),
        (LETTERS, Wish(end="b"), "a b"),
        (LETTERS, Wish(last=2), "e f"),
        (LETTERS, Wish(last=99), "a b c d e f"),
        (LETTERS, Wish(keys=("d", "a", "d")), "a d"),
        (DAYS, Wish("2024-02-28"), "2024-02-28 2024-02-29"),
        (DAYS, Wish("2024-02-28", "2030-01-01"), "2024-02-28 2024-02-29"),
        (DAYS, Wish("2020-01-01", "2024-01-02"), "2024-01-01 2024-01-02"),
        (DAYS, Wish(last=2), "2024-02-28 2024-02-29"),
        (WEEKS, Wish("2024-01-08", "2024-01-22"), "2024-01-14 2024-01-21"),
        (WEEKS, Wish("2024-01-14", "2024-01-21"), "2024-01-14 2024-01-21"),
        (DAYS, Wish("latest"), "2024-02-29"),
        (LETTERS, Wish(keys=("b, latest",)), "b f"),
        (PAIRS, Wish("eu|2"), "eu|2 us|1 us|2"),
        (PAIRS, Wish("eu|2", "us|2"), "eu|2 us|2"),
        (PAIRS, Wish(keys=("x=1,region=us", "eu|1")), "eu|1 us|1"),
    ],
)
def test_a_range_a_number_and_a_list_name_partitions(
    partitions: PartitionsDefinition, wish: Wish, expected: str
) -> None:
    assert in_range(partitions, wish, NOW) == expected.split()


@pytest.mark.parametrize(
    ("partitions", "wish", "error", "words"),
    [
        (LETTERS, Wish("b", "zz"), DagjobUnknownPartitionError, "'zz'"),
        (LETTERS, Wish(keys=("a", "x")), DagjobUnknownPartitionError, "'x'"),
        (LETTERS, Wish("d", "b"), DagjobPartitionError, "'d' comes after 'b'"),
        (DAYS, Wish("2024-02-28", "2024-01-02"), DagjobPartitionError, "goes backwards"),
        (DAYS, Wish("2024-1-x"), DagjobUnknownPartitionError, "2024-1-x"),
        (DAYS, Wish("2030-01-01"), DagjobNoPartitionError, "2024-02-29"),
        (WEEKS, Wish("2024-01-08", "2024-01-09"), DagjobNoPartitionError, "no partition lies in the range"),
        (PAIRS, Wish("eu"), DagjobUnknownPartitionError, "'eu'"),
        (StaticPartitionsDefinition([]), Wish(), DagjobNoPartitionError, "there is none"),
    ],
)
def test_what_is_no_range_is_refused(
    partitions: PartitionsDefinition, wish: Wish, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refused:
        in_range(partitions, wish, NOW)
    assert words in str(refused.value)


keys = st.lists(st.text("abcdefgh", min_size=1, max_size=3), min_size=1, max_size=12, unique=True)


@given(keys, st.data())
def test_a_range_is_what_lies_between_its_ends(names: list[str], data: st.DataObject) -> None:
    partitions = StaticPartitionsDefinition(names)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(names) - 1)] * 2)))
    assert in_range(partitions, Wish(names[first], names[last]), NOW) == names[first : last + 1]
    assert in_range(partitions, Wish(names[first]), NOW) == names[first:]
    assert in_range(partitions, Wish(end=names[last]), NOW) == names[: last + 1]
    assert in_range(partitions, Wish(last=last + 1), NOW) == names[-last - 1 :]


statuses = st.sampled_from(["success", "failed", "timeout", "crashed", "canceled", "running"])


@given(keys, st.lists(st.tuples(st.integers(0, 11), statuses, st.booleans()), max_size=30), st.booleans())
def test_missing_and_failed_and_the_rest_are_all(
    names: list[str], history: list[tuple[int, str, bool]], reverse: bool
) -> None:
    runs = [
        PartitionRun(str(n), names[at % len(names)], status, whole) for n, (at, status, whole) in enumerate(history)
    ]
    stand = standing(names, runs)
    missing = as_they_stand(names, Wish(missing=True, reverse=reverse), stand)
    failed = as_they_stand(names, Wish(failed=True, reverse=reverse), stand)
    both = as_they_stand(names, Wish(missing=True, failed=True, reverse=reverse), stand)
    assert not set(missing) & set(failed)
    assert set(missing) | set(failed) == set(both)
    assert both == [key for key in (names[::-1] if reverse else names) if stand[key] in ("missing", "failed")]
    assert set(stand) == set(names)
    assert set(stand.values()) <= set(STATUSES)
    for key in names:  # the last run that says anything
        said = [run.status for run in runs if run.key == key and run.whole and run.status != "canceled"]
        last = said[-1] if said else "missing"
        assert stand[key] == {"timeout": "failed", "crashed": "failed"}.get(last, last)


def test_a_run_of_a_range_stands_for_all_of_its_partitions() -> None:
    runs = [
        PartitionRun("1", "b", "success", until="d"),
        PartitionRun("2", "c", "failed"),
        PartitionRun("3", "x", "success"),
    ]
    stand = standing(list("abcde"), runs)
    assert stand == {"a": "missing", "b": "success", "c": "failed", "d": "success", "e": "missing"}


def test_a_stopped_run_and_one_of_some_ops_say_nothing() -> None:
    runs = [
        PartitionRun("1", "a", "success"),
        PartitionRun("2", "a", "canceled"),
        PartitionRun("3", "b", "success", False),
    ]
    assert standing(["a", "b"], runs) == {"a": "success", "b": "missing"}


def test_the_usual_time_is_the_median_of_the_last_good_runs() -> None:
    runs = [PartitionRun(str(n), "a", "success", seconds=float(n)) for n in range(100)]
    assert usual_seconds(runs) == 90.0
    assert usual_seconds([PartitionRun("1", "a", "failed", seconds=1.0)]) is None
