"""How many running steps may share a tag (`tag_concurrency_limits` of the multiprocess executor), or a pool.

A pool is shared with other runs: who asks for a slot of it gets yes or no, and is told nothing when another run gives one
back. So a step that got no is parked at its pool, and the first one of each pool asks again from time to time, or at once
when a step of this run gives a slot back.

A step over a limit is passed over and parked at the limit that held it up; when a step of that limit ends, those parked
there come back to the queue: one, or all where several limits act together.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from dagjob.record import Record

QueuePosition = tuple[int, int, str]
"""Where a step stands in the queue of ready steps: smaller comes first."""


class TagLimit(Record):
    """At most `limit` running steps with tag `key`: any value, this `value`, or each distinct value (`per_value`)."""

    key: str
    limit: int
    value: str | None = None
    per_value: bool = False

    def bucket(self, tags: Mapping[str, str]) -> tuple[TagLimit, str | None] | None:
        """Where a step with these tags is counted; None: not at all."""
        tag = tags.get(self.key)
        if tag is None or (self.value is not None and tag != self.value):
            return None
        return self, tag if self.per_value else None


class TagLimits:
    """The limits of a run and what is running under each."""

    def __init__(self, limits: Sequence[TagLimit]) -> None:
        self._limits = tuple(limits)
        self._running: dict[object, int] = {}
        self._parked: dict[object, list[QueuePosition]] = {}

    def admit(self, tags: Mapping[str, str], position: QueuePosition) -> bool:
        """Count a step in if no limit holds it up; else park it."""
        buckets = list(self._buckets(tags))
        for bucket in buckets:
            if self._running.get(bucket, 0) >= bucket[0].limit:
                heapq.heappush(self._parked.setdefault(bucket, []), position)
                return False
        for bucket in buckets:
            self._running[bucket] = self._running.get(bucket, 0) + 1
        return True

    def release(self, tags: Mapping[str, str]) -> list[QueuePosition]:
        """A step has ended: the positions of those that may now be asked about again.

        With one limit they are as many as there is room for, so a long queue costs nothing; with several, all that
        are parked come back, since the first of them may be held up by another limit.
        """
        back: list[QueuePosition] = []
        for bucket in self._buckets(tags):
            self._running[bucket] -= 1
            parked = self._parked.pop(bucket, [])
            free = bucket[0].limit - self._running[bucket]
            if len(self._limits) > 1:
                back += parked
            else:
                back += [heapq.heappop(parked) for _ in range(min(free, len(parked)))]
                if parked:
                    self._parked[bucket] = parked
        return back

    def clear(self) -> None:
        """Forget what is parked."""
        self._parked.clear()

    def _buckets(self, tags: Mapping[str, str]) -> Iterator[tuple[TagLimit, str | None]]:
        for limit in self._limits:
            bucket = limit.bucket(tags)
            if bucket is not None:
                yield bucket


class Pools(Protocol):
    """Slots that this run shares with others."""

    def take(self, pool: str, step: str) -> bool:
        """A slot for a step; False: none is free. A pool without a limit always has one."""

    def give_back(self, pool: str) -> None:
        """A step that had got one has ended."""


class NoPools:
    """No pool has a limit."""

    def take(self, pool: str, step: str) -> bool:
        """There is always a slot."""
        return True

    def give_back(self, pool: str) -> None:
        """Nothing was taken."""


class PoolQueues:
    """The steps of a run that wait for a slot of a pool, each pool in its own queue."""

    ask_again = 0.1
    """Seconds between two questions whether other runs have given a slot back."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools
        self._parked: dict[str, list[QueuePosition]] = {}
        self._due = 0.0

    def admit(self, pool: str | None, position: QueuePosition, now: float) -> bool:
        """Take a slot for a step; where none is free, park it."""
        if pool is None or self._pools.take(pool, position[2]):
            return True
        if not self._parked:
            self._due = now + self.ask_again
        heapq.heappush(self._parked.setdefault(pool, []), position)
        return False

    def release(self, pool: str | None) -> None:
        """A step of this pool has ended; who waits for it may ask at once."""
        if pool is not None:
            self._pools.give_back(pool)
            if pool in self._parked:
                self._due = 0.0

    def may_ask(self, now: float) -> list[QueuePosition]:
        """The first of each queue, when it is time to ask."""
        if not self._parked or now < self._due:
            return []
        self._due = now + self.ask_again
        return [position for pool in list(self._parked) for position in self.following(pool)]

    def following(self, pool: str | None) -> list[QueuePosition]:
        """The first of one queue: it may ask as well, when the one before it got a slot."""
        parked = self._parked.get(pool) if pool is not None else None
        if not parked:
            return []
        first = heapq.heappop(parked)
        if not parked and pool is not None:
            del self._parked[pool]
        return [first]

    @property
    def due(self) -> float | None:
        """When to ask next, on the monotonic clock; None: nobody waits."""
        return self._due if self._parked else None

    def clear(self) -> None:
        """Forget who waits."""
        self._parked.clear()
