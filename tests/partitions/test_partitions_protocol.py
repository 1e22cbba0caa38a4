"""What the rest of dagjob asks of partitions: a kind needs these few methods, and its keys are never listed in vain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count, islice

from dagjob import Config, graph, job, op
from dagjob.cli.list import partitions_text
from dagjob.partitions.base import PartitionsDefinition
from dagjob.plan.resolve import resolve


class Numbered(PartitionsDefinition):
    """One partition for each whole number: more than anybody could list."""

    def keys(self, now: datetime) -> Iterator[str]:
        return map(str, count())

    def has(self, key: str, now: datetime) -> bool:
        return key.isdecimal()

    def describe(self) -> str:
        return "one for each number"


class Size(Config):
    rows: int = 1


@op
def load(config: Size): ...


NOW = datetime(2024, 5, 1)


def test_a_kind_has_no_windows_unless_it_says_so():
    assert Numbered().window("3") is None
    assert list(islice(Numbered().keys(NOW), 3)) == ["0", "1", "2"]
    assert (Numbered().has("7", NOW), Numbered().has("x", NOW)) == (True, False)


def test_a_class_that_was_written_for_dagster_lists_its_keys():
    class Letters(PartitionsDefinition):
        def get_partition_keys(self, current_time=None, dynamic_partitions_store=None):
            return ["a", "b", "c"]

    letters = Letters()
    assert (letters.first(NOW), letters.last(NOW), letters.count(NOW), letters.has("b", NOW)) == ("a", "c", 3, True)
    assert list(letters.between("a", "b", NOW)) == ["a", "b"]


def test_a_job_of_any_kind_of_partitions_is_described_in_its_words():
    @job(partitions_def=Numbered())
    def numbered():
        load()

    @graph
    def loading():
        load()

    assert partitions_text(numbered) == "one for each number"
    assert partitions_text(loading.to_job(partitions_def=Numbered())) == "one for each number"
    assert partitions_text(loading.to_job()) is None


def test_the_config_of_a_partitioned_job_is_replaced_as_a_whole_by_that_of_the_run():
    fixed = {"ops": {"load": {"config": {"rows": 5}}}}

    @job(partitions_def=Numbered(), config=fixed)
    def numbered():
        load()

    assert resolve(numbered).op(("load",)).config == {"rows": 5}
    given = {"loggers": {}}
    assert resolve(numbered, given).merged == given
