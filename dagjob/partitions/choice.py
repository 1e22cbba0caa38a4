"""Which partitions are meant: by a range, a number, a list, and by how they stand. Pure: what there is comes in.

An end of a range is a key or, where partitions are windows of time, any moment in the format of the keys: the range then
has the windows that begin in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from dagjob.errors import CheckError, DagjobNoPartitionError, DagjobPartitionError, DagjobUnknownPartitionError
from dagjob.partitions.base import PartitionsDefinition, unknown_partition
from dagjob.partitions.chosen import LATEST, chosen_key, chosen_range
from dagjob.partitions.multi import MultiPartitionsDefinition
from dagjob.record import Record
from dagjob.values.checks import brief

if TYPE_CHECKING:
    from dagjob.partitions.progress import PartitionStatus


class Wish(Record):
    """What is asked for: a range (an end that is None is open), the `last` so many, or `keys`, each text one or several with
    commas between; nothing of these: all.

    `missing` and `failed` keep only those of it that stand so; `reverse` begins with the last.
    """

    start: str | None = None
    end: str | None = None
    last: int | None = None
    keys: tuple[str, ...] | None = None
    missing: bool = False
    failed: bool = False
    reverse: bool = False

    @property
    def by_status(self) -> bool:
        """Whether it matters how partitions stand."""
        return self.missing or self.failed


def in_range(partitions: PartitionsDefinition, wish: Wish, now: datetime) -> list[str]:
    """The keys of the range, number or list that is asked for, in the order of the partitions.

    Raises `DagjobUnknownPartitionError` for an end or a key that there is not, `DagjobPartitionError` for a range that
    goes backwards, `DagjobNoPartitionError` where nothing is in it.
    """
    if wish.keys is not None:
        meant = {key for text in wish.keys for key in _listed(partitions, text, now)}
        found = [key for key in partitions.keys(now) if key in meant] if len(meant) > 1 else list(meant)
    elif wish.start is not None or wish.end is not None:
        found = _between(partitions, wish.start, wish.end, now)
    elif wish.last is not None:
        found = partitions.latest(wish.last, now)
    else:
        found = list(partitions.keys(now))
    if found:
        return found
    first, last = partitions.first(now), partitions.last(now)
    there = (
        f"the keys go from {first!r} to {last!r}"
        if first is not None
        else f"there is none by now: {partitions.describe()}"
    )
    raise DagjobNoPartitionError(f"no partition lies in the range; {there}")


def as_they_stand(keys: Sequence[str], wish: Wish, standing: Mapping[str, PartitionStatus]) -> list[str]:
    """Those of the keys that stand as is asked for, in the order in which they are to be done."""
    kept = list(keys)
    if wish.by_status:
        wanted = {status for status, asked in (("missing", wish.missing), ("failed", wish.failed)) if asked}
        kept = [key for key in kept if standing.get(key, "missing") in wanted]
    return kept[::-1] if wish.reverse else kept


def _listed(partitions: PartitionsDefinition, text: str, now: datetime) -> list[str]:
    """The keys of a list with commas; what is one key although it has commas, as `dim=key,dim=key`, is one."""
    if "," in text and "=" in text:
        with suppress(DagjobUnknownPartitionError):
            return [chosen_key(partitions, text, now)]
    return [chosen_key(partitions, key.strip(), now) for key in text.split(",")]


def _between(partitions: PartitionsDefinition, start: str | None, end: str | None, now: datetime) -> list[str]:
    if isinstance(partitions, MultiPartitionsDefinition) and start is not None and end is not None:
        named = chosen_range(partitions, f"{start}...{end}", now)
        return [key for key in partitions.between(*named, now) if partitions.has(key, now)]
    keys = list(partitions.keys(now))
    position = _Positions(partitions, keys, now)
    first = 0 if start is None else position.of(start, bisect_left)
    beyond = len(keys) if end is None else position.of(end, bisect_right)
    if start is not None and end is not None and first >= beyond and position.is_later(start, end):
        raise DagjobPartitionError(f"the range goes backwards: {brief(start)} comes after {brief(end)}").noting(
            "write the first one first;  --reverse  runs a range from its end"
        )
    return keys[first:beyond]


class _Positions:
    """Where the ends of a range stand among the keys."""

    def __init__(self, partitions: PartitionsDefinition, keys: list[str], now: datetime) -> None:
        self._partitions = partitions
        self._keys = keys
        self._now = now
        self._place = {key: place for place, key in enumerate(keys)}

    def of(self, end: str, bisect: Callable[..., int]) -> int:
        """The place before (`bisect_left`) or behind (`bisect_right`) the end. Raises `DagjobUnknownPartitionError`."""
        place = self._place.get(end)
        if place is None and end == LATEST and self._keys:
            place = len(self._keys) - 1
        if place is not None:
            return place + (bisect is bisect_right)
        at = self._moment(end)
        # A moment that is no key is before the window that begins next.
        return bisect_left(self._keys, at, key=self._start)

    def is_later(self, one: str, other: str) -> bool:
        """Whether an end stands behind another."""
        if one in self._place and other in self._place:
            return self._place[one] > self._place[other]
        return self._moment(one) > self._moment(other)

    def _start(self, key: str) -> float:
        window = self._partitions.window(key)
        assert window is not None
        return window.start.timestamp()

    def _moment(self, end: str) -> float:
        try:
            window = self._partitions.window(end)
        except (ValueError, OverflowError, CheckError):
            window = None
        if window is None:
            raise unknown_partition(self._partitions, end, self._now)
        return window.start.timestamp()
