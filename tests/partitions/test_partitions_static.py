"""Partitions that are a list of keys, and what every kind answers through Dagster's methods."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dagjob import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobUnknownPartitionError,
    PartitionKeyRange,
    StaticPartitionsDefinition,
    job,
    op,
    partition_loading_context,
)
from dagjob.partitions.base import loading

ABC = StaticPartitionsDefinition(["b", "a", "c"])


def test_the_keys_stay_in_their_order() -> None:
    assert ABC.get_partition_keys() == ["b", "a", "c"]
    assert (ABC.get_first_partition_key(), ABC.get_last_partition_key(), ABC.get_num_partitions()) == ("b", "c", 3)
    assert (ABC.has_partition_key("a"), ABC.has_partition_key("z"), ABC.has_partition_key("")) == (True, False, False)
    assert ABC.get_tags_for_partition_key("a") == {"dagster/partition": "a"}


@pytest.mark.parametrize(
    ("start", "end", "keys"), [("b", "a", ["b", "a"]), ("a", "a", ["a"]), ("c", "b", []), ("b", "c", ["b", "a", "c"])]
)
def test_a_range_is_by_position(start: str, end: str, keys: list[str]) -> None:
    assert ABC.get_partition_keys_in_range(PartitionKeyRange(start, end)) == keys


def test_a_range_with_an_unknown_end_is_refused() -> None:
    with pytest.raises(DagjobInvalidInvocationError, match="'z'"):
        ABC.get_partition_keys_in_range(PartitionKeyRange("a", "z"))


def test_definitions_are_equal_by_value() -> None:
    same = StaticPartitionsDefinition(("b", "a", "c"))
    assert same == ABC and hash(same) == hash(ABC)
    assert StaticPartitionsDefinition(["a", "b", "c"]) != ABC


def test_no_keys_at_all_are_a_definition_too() -> None:
    none = StaticPartitionsDefinition([])
    assert (none.get_first_partition_key(), none.get_last_partition_key(), none.get_num_partitions()) == (None, None, 0)


@pytest.mark.parametrize(("keys", "named"), [(["a", "b", "a"], "'a'"), (["a...b"], "a...b"), (["a\nb"], r"a\\nb")])
def test_keys_that_cannot_be_told_apart_or_typed_are_refused(keys: list[str], named: str) -> None:
    with pytest.raises(DagjobInvalidDefinitionError, match=named):
        StaticPartitionsDefinition(keys)


@pytest.mark.parametrize("keys", ["abc", 5, None, ["a", 5]])
def test_what_is_no_list_of_strings_is_refused(keys: object) -> None:
    with pytest.raises(CheckError):
        StaticPartitionsDefinition(keys)  # type: ignore[arg-type]


def test_an_unknown_key_is_told_with_the_nearest_and_the_ends() -> None:
    with pytest.raises(DagjobUnknownPartitionError, match=r"'aple'.*'apple'.*'pear'") as info:
        StaticPartitionsDefinition(["apple", "kiwi", "pear"]).validate_partition_key("aple")
    assert info.value.notes == ("did you mean 'apple'?",)


def test_a_loading_context_says_what_time_it_is_and_the_inner_one_counts() -> None:
    early, late = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    with partition_loading_context(early):
        with partition_loading_context(late) as inner:
            assert inner.effective_dt == loading().effective_dt == late
        assert loading().effective_dt == early
    assert loading().effective_dt > late


def test_a_job_takes_partitions_and_nothing_else_for_them() -> None:
    @op
    def load() -> None: ...

    @job(partitions_def=ABC)
    def by_letter() -> None:
        load()

    assert by_letter.partitions_def == ABC == by_letter.get_subset(op_selection=["load"]).partitions_def
    with pytest.raises(CheckError, match="partitions_def"):
        job(name="bad", partitions_def=["a"])(lambda: None)  # type: ignore[arg-type]
