"""Partitions with two dimensions: one for each pair of keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product

from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
)
from dagjob.partitions.base import (
    PARTITION_TAG,
    Ends,
    PartitionsDefinition,
    PartitionStore,
    TimeWindow,
    counted,
    partition_loading_context,
)
from dagjob.partitions.dynamic import DynamicPartitionsDefinition
from dagjob.partitions.static import StaticPartitionsDefinition
from dagjob.partitions.window import TimeWindowPartitionsDefinition
from dagjob.record import Record
from dagjob.values.checks import brief, check_kind

BETWEEN = "|"
_FORBIDDEN = (BETWEEN, ",", "[", "]")


class MultiPartitionKey(str):
    """The key of a partition with dimensions: a text, and the key in each dimension."""

    __slots__ = ("_keys_by_dimension",)
    _keys_by_dimension: dict[str, str]

    def __new__(cls, keys_by_dimension: Mapping[str, str]) -> MultiPartitionKey:
        check_kind(keys_by_dimension, Mapping, "MultiPartitionKey: keys_by_dimension")
        made = super().__new__(cls, BETWEEN.join(keys_by_dimension[name] for name in sorted(keys_by_dimension)))
        made._keys_by_dimension = dict(keys_by_dimension)
        return made

    @property
    def keys_by_dimension(self) -> Mapping[str, str]:
        """The key in each dimension, by its name."""
        return self._keys_by_dimension

    def __reduce__(self) -> tuple[object, ...]:
        return MultiPartitionKey, (self._keys_by_dimension,)


class PartitionDimensionDefinition(Record):
    """One dimension: its name and its partitions."""

    name: str
    partitions_def: PartitionsDefinition


class MultiPartitionsDefinition(PartitionsDefinition):
    """Partitions with two dimensions; a key joins those of both, in the order of the names of the dimensions."""

    kind = "multi"

    def __init__(self, partitions_defs: Mapping[str, PartitionsDefinition]) -> None:
        what = "MultiPartitionsDefinition"
        check_kind(partitions_defs, Mapping, f"{what}: partitions_defs")
        if len(partitions_defs) != 2:
            raise DagjobInvalidInvocationError(f"{what}: give two dimensions, not {len(partitions_defs)}.")
        self.partitions_defs = [
            PartitionDimensionDefinition(name, _checked(name, partitions_defs[name], what))
            for name in sorted(partitions_defs)
        ]
        self._parts = {one.name: one.partitions_def for one in self.partitions_defs}

    # -- keys ------------------------------------------------------------------------------------------------------

    def _joined(self, keys: tuple[str, ...]) -> MultiPartitionKey:
        return MultiPartitionKey(dict(zip(self._parts, keys, strict=True)))

    def _split(self, key: str) -> tuple[str, ...] | None:
        """The key in each dimension. A key of time may contain the sign between: then what exists counts."""
        parts = tuple(key.split(BETWEEN))
        return parts if len(parts) == len(self._parts) else None

    def keys(self, now: datetime) -> Iterator[str]:
        """All pairs, the first dimension outermost."""
        first, second = self._parts.values()
        inner = list(second.keys(now))
        return (self._joined(pair) for pair in product(first.keys(now), inner))

    def has(self, key: str, now: datetime) -> bool:
        """Does each dimension have its part?"""
        if isinstance(key, MultiPartitionKey) and key.keys_by_dimension.keys() != self._parts.keys():
            return False
        parts = self._split(key)
        return parts is not None and all(
            dimension.has(part, now) for part, dimension in zip(parts, self._parts.values(), strict=True)
        )

    def count(self, now: datetime) -> int:
        """The product of the counts."""
        first, second = (dimension.count(now) for dimension in self._parts.values())
        return first * second

    def first(self, now: datetime) -> str | None:
        """The pair of the first keys."""
        return self._pair(*(dimension.first(now) for dimension in self._parts.values()))

    def last(self, now: datetime) -> str | None:
        """The pair of the last keys."""
        return self._pair(*(dimension.last(now) for dimension in self._parts.values()))

    def _pair(self, first: str | None, second: str | None) -> str | None:
        return None if first is None or second is None else self._joined((first, second))

    def between(self, start: str, end: str, now: datetime) -> Iterator[str]:
        """The product of the ranges of the dimensions."""
        starts, ends = self._split(start), self._split(end)
        if starts is None or ends is None:
            wrong = start if starts is None else end
            raise CheckError(f"{brief(wrong)} is no key of these partitions; one looks like {self.form()}.")
        ranges = [
            list(dimension.between(*pair, now))
            for dimension, pair in zip(self._parts.values(), zip(starts, ends, strict=True), strict=True)
        ]
        return map(self._joined, product(*ranges))

    def parse(self, key: str) -> str:
        """The key with its dimensions."""
        if isinstance(key, MultiPartitionKey):
            return key
        parts = self._split(key)
        return key if parts is None else self._joined(parts)

    def form(self) -> str:
        """How a key is put together: `DATE|REGION`."""
        return BETWEEN.join(name.upper() for name in self._parts)

    def get_partition_key_from_str(self, partition_key_str: str) -> MultiPartitionKey:
        """The key with its dimensions. Raises `CheckError` for a text with another number of parts."""
        parts = self._split(check_kind(partition_key_str, str, "partition_key_str"))
        if parts is None:
            raise CheckError(f"{brief(partition_key_str)} is no key of these partitions; one looks like {self.form()}.")
        return self._joined(parts)

    def get_multipartition_keys_with_dimension_value(
        self,
        dimension_name: str,
        dimension_partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: PartitionStore | None = None,
    ) -> Sequence[MultiPartitionKey]:
        """All keys that have this key in this dimension."""
        if dimension_name not in self._parts:
            raise CheckError(f"there is no dimension {brief(dimension_name)}; there are {', '.join(self._parts)}.")
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            lists = [
                [dimension_partition_key] if name == dimension_name else list(dimension.keys(asked.effective_dt))
                for name, dimension in self._parts.items()
            ]
        return [self._joined(pair) for pair in product(*lists)]

    def get_tags_for_partition_key(self, partition_key: str) -> Mapping[str, str]:
        """A tag for the key, and one for its key in each dimension."""
        key = self.get_partition_key_from_str(partition_key)
        by_dimension = {f"{PARTITION_TAG}/{name}": part for name, part in key.keys_by_dimension.items()}
        return {PARTITION_TAG: str(key), **by_dimension}

    # -- dimensions ------------------------------------------------------------------------------------------------

    @property
    def partition_dimension_names(self) -> list[str]:
        """The names of the dimensions, in order."""
        return list(self._parts)

    def get_partitions_def_for_dimension(self, dimension_name: str) -> PartitionsDefinition:
        """The partitions of one dimension."""
        return self._parts[dimension_name]

    @property
    def _of_time(self) -> list[PartitionDimensionDefinition]:
        return [one for one in self.partitions_defs if isinstance(one.partitions_def, TimeWindowPartitionsDefinition)]

    @property
    def has_time_window_dimension(self) -> bool:
        """Is exactly one dimension windows of time?"""
        return len(self._of_time) == 1

    @property
    def time_window_dimension(self) -> PartitionDimensionDefinition:
        """The dimension that is windows of time. Raises `CheckError` where not exactly one is."""
        if not self.has_time_window_dimension:
            raise CheckError("these partitions have not exactly one dimension of time.")
        return self._of_time[0]

    @property
    def time_window_partitions_def(self) -> PartitionsDefinition:
        """The partitions of the dimension that is windows of time."""
        return self.time_window_dimension.partitions_def

    @property
    def primary_dimension(self) -> PartitionDimensionDefinition:
        """The dimension of time, if there is one; else the first by name."""
        return self._of_time[0] if self._of_time else self.partitions_defs[0]

    @property
    def secondary_dimension(self) -> PartitionDimensionDefinition:
        """The other one."""
        return next(one for one in self.partitions_defs if one is not self.primary_dimension)

    def window(self, key: str) -> TimeWindow | None:
        """The window in the dimension of time, where exactly one is."""
        if not self.has_time_window_dimension:
            return None
        name = self.time_window_dimension.name
        return self._parts[name].window(self.get_partition_key_from_str(key).keys_by_dimension[name])

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The window of a key in the dimension of time."""
        found = self.window(partition_key)
        if found is None:
            raise DagjobInvariantViolationError("these partitions have not exactly one dimension of time.")
        return found

    # -- words -----------------------------------------------------------------------------------------------------

    def describe(self) -> str:
        """The dimensions."""
        return "; ".join(f"{name}: {dimension.describe()}" for name, dimension in self._parts.items())

    def ends(self, now: datetime) -> Ends | None:
        """Those of the dimensions, where both know them."""
        ends = [dimension.ends(now) for dimension in self._parts.values()]
        first, second = ends
        if first is None or second is None:
            return None
        return Ends(
            self._pair(first.first, second.first), self._pair(first.last, second.last), first.total * second.total
        )

    def overview(self, now: datetime) -> str:
        """The names of the dimensions and the count, where it is known."""
        ends = self.ends(now)
        return self.describe() if ends is None else counted(" x ".join(self._parts), ends.total)

    def identity(self) -> object:
        """The dimensions."""
        return ("multi", *((name, dimension.identity()) for name, dimension in self._parts.items()))

    def __repr__(self) -> str:
        return f"MultiPartitionsDefinition({self._parts!r})"


def _checked(name: str, partitions: PartitionsDefinition, what: str) -> PartitionsDefinition:
    kinds = (StaticPartitionsDefinition, TimeWindowPartitionsDefinition, DynamicPartitionsDefinition)
    if not isinstance(partitions, kinds) or (
        isinstance(partitions, DynamicPartitionsDefinition) and not partitions.name
    ):
        raise DagjobInvalidDefinitionError(
            f'{what}: the dimension "{name}" must be static, windows of time, or dynamic with a name, not {brief(partitions)}.'
        )
    if isinstance(partitions, StaticPartitionsDefinition):
        for key in partitions.get_partition_keys():
            for text in _FORBIDDEN:
                if text in key:
                    raise DagjobInvalidDefinitionError(
                        f'{what}: the key {brief(key)} of the dimension "{name}" contains {text!r}, which no key of a '
                        "dimension may."
                    )
    return partitions
