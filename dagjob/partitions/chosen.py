"""The partitions that a text names, as a person writes it: a key, `latest`, `dim=key,dim=key`, a range `A...B`."""

from __future__ import annotations

from datetime import datetime

from dagjob.errors import DagjobPartitionError
from dagjob.partitions.base import PartitionKeyRange, PartitionsDefinition, unknown_partition
from dagjob.partitions.multi import MultiPartitionsDefinition
from dagjob.values.checks import brief

LATEST, RANGE = "latest", "..."


def chosen_key(partitions: PartitionsDefinition, text: str, now: datetime, job: str = "") -> str:
    """The key that the text names. Raises `DagjobUnknownPartitionError` where there is none."""
    key = _named(partitions, text, now)
    if key is None:
        raise unknown_partition(partitions, text, now, job and f'job "{job}"')
    return partitions.parse(key)


def chosen_range(partitions: PartitionsDefinition, text: str, now: datetime, job: str = "") -> PartitionKeyRange:
    """The range that the text names. Raises for an unknown end, and `DagjobPartitionError` for a text that is no range."""
    start, between, end = text.partition(RANGE)
    if not (start and between and end):
        raise DagjobPartitionError(
            f"{brief(text, 80)} is no range of partitions: write the first and the last key as A...B"
        )
    named = PartitionKeyRange(*(chosen_key(partitions, each, now, job) for each in (start, end)))
    check_order(partitions, named, now)
    return named


def check_order(partitions: PartitionsDefinition, named: PartitionKeyRange, now: datetime) -> None:
    """Raise `DagjobPartitionError` for a range that has nothing in it, as one that is reversed."""
    if next(iter(partitions.between(*named, now)), None) is None:
        start, end = named
        raise DagjobPartitionError(f"the range {start}...{end} is reversed: {end!r} comes before {start!r}").noting(
            f"did you mean {end}...{start}?"
        )


def _named(partitions: PartitionsDefinition, text: str, now: datetime) -> str | None:
    if partitions.has(text, now):
        return text
    if text == LATEST:
        return partitions.last(now)
    if not isinstance(partitions, MultiPartitionsDefinition):
        return None
    parts = _by_dimension(partitions, text)
    if parts is None:
        return None
    found = [_named(partitions.get_partitions_def_for_dimension(name), part, now) for name, part in parts]
    joined = "|".join(each for each in found if each is not None)
    return joined if None not in found and partitions.has(joined, now) else None


def _by_dimension(partitions: MultiPartitionsDefinition, text: str) -> list[tuple[str, str]] | None:
    """`dim=key,dim=key` or `key|key`, as the key of each dimension in their order."""
    names = partitions.partition_dimension_names
    pairs = [part.strip().partition("=") for part in text.split(",")]
    given = {name.strip(): key.strip() for name, equals, key in pairs if equals}
    if len(pairs) == len(names) and given.keys() == set(names):
        return [(name, given[name]) for name in names]
    parts = text.split("|")
    return list(zip(names, parts, strict=True)) if len(parts) == len(names) else None
