"""What is asked of the partitions of a job, whatever kind they are. A kind is a file beside this one.

Nothing here reads a clock: which partitions exist by now is asked with the time that it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from dagjob.record import Record

if TYPE_CHECKING:
    from datetime import datetime


class TimeWindow(Record):
    """From `start` on, up to but not including `end`."""

    start: datetime
    end: datetime


class PartitionKeyRange(Record):
    """The keys from `start` to `end`, both included, in the order of the partitions."""

    start: str
    end: str


class PartitionsDefinition(Protocol):
    """The partitions of a job: keys in an order, each perhaps with a window of time. `now` is the time of the question."""

    def keys(self, now: datetime) -> Iterator[str]:
        """The keys that exist, in order, made as they are asked for: there may be very many."""
        ...

    def has(self, key: str, now: datetime) -> bool:
        """Whether there is such a partition; answered without listing all."""
        ...

    def describe(self) -> str:
        """What the partitions are, in a few words: `daily since 2024-01-01`."""
        ...

    def window(self, key: str) -> TimeWindow | None:
        """The time that a key stands for; None where partitions have none. Raises `ValueError` for what is no key."""
        return None
