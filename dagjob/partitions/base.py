"""What is asked of the partitions of a job, whatever kind they are. A kind is a file beside this one.

A kind answers for a time that it is given. Where nobody gives one (the public methods may be called without) it is that
of the `partition_loading_context` around, else the clock's; keys that live in a store come from the one that is given or
stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple, Protocol

from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobUnknownPartitionError,
    ExitCode,
    ParameterCheckError,
)
from dagjob.record import Record
from dagjob.values.checks import brief, check_kind

PARTITION_TAG = "dagster/partition"
PARTITION_SET_TAG = "dagster/partition_set"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


class TimeWindow(NamedTuple):
    """From `start` on, up to but not including `end`."""

    start: datetime
    end: datetime


class PartitionKeyRange(NamedTuple):
    """The keys from `start` to `end`, both included, in the order of the partitions."""

    start: str
    end: str


class Ends(NamedTuple):
    """The first and the last key, and how many there are."""

    first: str | None
    last: str | None
    total: int


class PartitionStore(Protocol):
    """Who keeps the keys of dynamic partitions: an instance."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of these partitions, in the order in which they were added."""
        ...

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Is there such a key?"""
        ...


class PartitionMapping:
    """How the partitions of two assets correspond. Jobs of ops have none; the name is here for those who import it."""


class PartitionLoadingContext(Record):
    """The time and the store that partitions are asked for, where a call names none."""

    effective_dt: datetime
    dynamic_partitions_store: PartitionStore | None = None


_around: ContextVar[PartitionLoadingContext | None] = ContextVar("partition_loading_context", default=None)


def loading() -> PartitionLoadingContext:
    """What stands around: the innermost `partition_loading_context`, else the clock and no store."""
    return _around.get() or PartitionLoadingContext(_clock())


def _clock() -> datetime:
    from dagjob import clock

    return datetime.fromtimestamp(clock.time(), UTC)


@contextmanager
def partition_loading_context(
    effective_dt: datetime | None = None, dynamic_partitions_store: PartitionStore | None = None
) -> Iterator[PartitionLoadingContext]:
    """While it is open, partitions are asked for this time, and for the keys in this store; None leaves it as it is."""
    outer = loading()
    inner = PartitionLoadingContext(
        effective_dt or outer.effective_dt, dynamic_partitions_store or outer.dynamic_partitions_store
    )
    token = _around.set(inner)
    try:
        yield inner
    finally:
        _around.reset(token)


class PartitionsDefinition:
    """The partitions of a job: keys in an order, each perhaps with a window of time.

    A kind of your own writes `keys`, `has` and `describe`, and whatever it can tell in a better way than by going
    through all keys. `now` is the time of the question.
    """

    kind = "custom"
    """One word for lists: `daily`, `static`."""

    # -- what a kind tells -----------------------------------------------------------------------------------------

    def keys(self, now: datetime) -> Iterator[str]:
        """The keys that exist, in order, made as they are asked for: there may be very many."""
        if type(self).get_partition_keys is PartitionsDefinition.get_partition_keys:
            raise NotImplementedError(f"{type(self).__name__} has no method keys(now)")
        return iter(self.get_partition_keys(now))  # a class that was written for Dagster

    def has(self, key: str, now: datetime) -> bool:
        """Whether there is such a partition; answered without listing all."""
        return any(key == one for one in self.keys(now))

    def describe(self) -> str:
        """What the partitions are, in a few words: `daily since 2024-01-01`."""
        return type(self).__name__

    def window(self, key: str) -> TimeWindow | None:
        """The time that a key stands for; None where partitions have none. Raises `ValueError` for what is no key."""
        return None

    def count(self, now: datetime) -> int:
        """How many partitions there are."""
        return sum(1 for _ in self.keys(now))

    def first(self, now: datetime) -> str | None:
        """The first key; None where there is none."""
        return next(self.keys(now), None)

    def last(self, now: datetime) -> str | None:
        """The last key; None where there is none."""
        return next(iter(self.latest(1, now)), None)

    def latest(self, count: int, now: datetime) -> list[str]:
        """The last `count` keys, in order."""
        from collections import deque

        return list(deque(self.keys(now), count)) if count > 0 else []

    def between(self, start: str, end: str, now: datetime) -> Iterator[str]:
        """The keys from `start` to `end`, both included. Raises `DagjobInvalidInvocationError` for an unknown end."""
        keys = list(self.keys(now))
        for key in (start, end):
            if key not in keys:
                raise DagjobInvalidInvocationError(f"there is no partition {brief(key)}: {self.describe()}")
        return islice(keys, keys.index(start), keys.index(end) + 1)

    def meant_by(self, key: str, now: datetime) -> str | None:
        """The key that was meant by one that there is not, where a kind can tell."""
        return None

    def parse(self, key: str) -> str:
        """A key as the runs of its partition see it: with the parts of a multi key."""
        return key

    def ends(self, now: datetime) -> Ends | None:
        """First key, last key and count; None where only going through all keys, or asking somebody, would tell."""
        return None

    def overview(self, now: datetime) -> str:
        """What a list says: `daily, 325 keys`."""
        ends = self.ends(now)
        return self.describe() if ends is None else counted(self.kind, ends.total)

    # -- what Dagster's API asks -----------------------------------------------------------------------------------

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: PartitionStore | None = None
    ) -> Sequence[str]:
        """All keys, in order."""
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            return list(self.keys(asked.effective_dt))

    def get_first_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: PartitionStore | None = None
    ) -> str | None:
        """The first key; None where there is none."""
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            return self.first(asked.effective_dt)

    def get_last_partition_key(
        self, current_time: datetime | None = None, dynamic_partitions_store: PartitionStore | None = None
    ) -> str | None:
        """The last key; None where there is none."""
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            return self.last(asked.effective_dt)

    def get_num_partitions(
        self, current_time: datetime | None = None, dynamic_partitions_store: PartitionStore | None = None
    ) -> int:
        """How many partitions there are."""
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            return self.count(asked.effective_dt)

    def has_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: PartitionStore | None = None,
    ) -> bool:
        """Is there exactly this key?"""
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            return self.has(partition_key, asked.effective_dt)

    def get_partition_keys_in_range(
        self, partition_key_range: PartitionKeyRange, dynamic_partitions_store: PartitionStore | None = None
    ) -> Sequence[str]:
        """The keys of a range, both ends included; none for a range that is reversed."""
        check_kind(partition_key_range, PartitionKeyRange, "get_partition_keys_in_range: partition_key_range")
        with partition_loading_context(None, dynamic_partitions_store) as asked:
            return list(self.between(*partition_key_range, asked.effective_dt))

    def validate_partition_key(
        self,
        partition_key: str,
        current_time: datetime | None = None,
        dynamic_partitions_store: PartitionStore | None = None,
    ) -> None:
        """Raise `DagjobUnknownPartitionError` where there is no such key."""
        with partition_loading_context(current_time, dynamic_partitions_store) as asked:
            if not self.has(partition_key, asked.effective_dt):
                raise unknown_partition(self, partition_key, asked.effective_dt)

    def get_tags_for_partition_key(self, partition_key: str) -> Mapping[str, str]:
        """The tags that a partition gives to its runs."""
        return {PARTITION_TAG: partition_key}

    def identity(self) -> object:
        """What equal definitions have in common."""
        return id(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartitionsDefinition) and self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash(self.identity())

    def __str__(self) -> str:
        return self.describe()


def unknown_partition(
    partitions: PartitionsDefinition, key: str, now: datetime, whose: str = ""
) -> DagjobUnknownPartitionError:
    """The error that tells of a key that there is not, with the nearest that there are."""
    shown = brief(key, 80)
    error = DagjobUnknownPartitionError(
        f"there is no partition {shown}{whose and f' of {whose}'}: {_keys(partitions, now)}"
    )
    near = nearest(partitions, key, now)
    return error.noting(f"did you mean {' or '.join(map(repr, near))}?") if near else error


def _keys(partitions: PartitionsDefinition, now: datetime) -> str:
    first, last = partitions.first(now), partitions.last(now)
    if first is None or last is None:
        return "there is none by now"
    return f"the keys go from {first!r} to {last!r}" if first != last else f"the only key is {first!r}"


def nearest(partitions: PartitionsDefinition, key: str, now: datetime) -> list[str]:
    """At most three keys that look like this one, of the first and the last of very many."""
    from difflib import get_close_matches

    meant = partitions.meant_by(key, now)
    if meant is not None:
        return [meant]
    known = list(islice(partitions.keys(now), _LOOKED_AT))
    if len(known) == _LOOKED_AT:
        known += partitions.latest(_LOOKED_AT, now)
    return get_close_matches(key[:200], list(dict.fromkeys(known)), 3, 0.75)


_LOOKED_AT = 500


def counted(kind: str, count: int) -> str:
    """`daily, 325 keys`."""
    return f"{kind}, {count:,} {'key' if count == 1 else 'keys'}"


def no_schedule(message: str) -> DagjobInvalidDefinitionError:
    """What cannot be the schedule of partitions. A command ends as for any other partition that cannot be."""
    error = DagjobInvalidDefinitionError(message)
    error.exit_code = ExitCode.CONFIG
    return error


def check_key_list(keys: object, what: str) -> tuple[str, ...]:
    """A list of distinct strings, as a tuple."""
    if isinstance(keys, str) or not isinstance(keys, Sequence):
        raise ParameterCheckError(f"{what} must be a list of strings, not {brief(keys)}.")
    for key in keys:
        if not isinstance(key, str):
            raise CheckError(f"{what} must be strings, not {brief(key)} ({type(key).__name__}).")
    return tuple(keys)
