"""How many running steps may share a tag (`tag_concurrency_limits` of the multiprocess executor), or a pool.

A pool is shared with other runs: who asks for a slot of it gets yes or no, and is told nothing when another run gives one
back. So a step that got no is parked at its pool, and the first one of each pool asks again from time to time, or at once
when a step of this run gives a slot back.

A step over a limit is passed over and parked at the limit that held it up, in one queue with all that are counted by the
same limits: what holds up the first of them holds up the others. When a step of that limit ends, as many come back to the
queue of ready steps as there is room for; one that is then held up by another limit takes its whole queue along.
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

    def bucket(self, tags: Mapping[str, str]) -> Bucket | None:
        """Where a step with these tags is counted; None: not at all."""
        tag = tags.get(self.key)
        if tag is None or (self.value is not None and tag != self.value):
            return None
        return self, tag if self.per_value else None


Bucket = tuple[TagLimit, str | None]


class TagLimits:
    """The limits of a run and what is running under each."""

    def __init__(self, limits: Sequence[TagLimit]) -> None:
        self._limits = tuple(limits)
        self._running: dict[Bucket, int] = {}
        self._queues: dict[tuple[Bucket, ...], list[QueuePosition]] = {}
        """What is parked, by all buckets that it is counted in."""
        self._held_at: dict[tuple[Bucket, ...], Bucket] = {}
        """The full bucket that holds up a queue."""
        self._firsts: dict[Bucket, list[tuple[QueuePosition, int, tuple[Bucket, ...]]]] = {}
        """The first of each queue that a bucket holds up. Some are no longer true, and are dropped when they are met."""
        self._number = 0

    def admit(self, tags: Mapping[str, str], position: QueuePosition) -> bool:
        """Count a step in if no limit holds it up; else park it, and ask who is `following`."""
        buckets = self._buckets(tags)
        for bucket in buckets:
            if self._room(bucket) <= 0:
                self._held_at[buckets] = bucket
                heapq.heappush(self._queues.setdefault(buckets, []), position)
                self._note_first(buckets)
                return False
        for bucket in buckets:
            self._running[bucket] = self._running.get(bucket, 0) + 1
        return True

    def release(self, tags: Mapping[str, str]) -> list[QueuePosition]:
        """A step has ended: the positions of those that may now be asked about again."""
        buckets = self._buckets(tags)
        for bucket in buckets:
            self._running[bucket] -= 1
        return [place for bucket in buckets for place in self._first(bucket, self._room(bucket))]

    def following(self, tags: Mapping[str, str]) -> list[QueuePosition]:
        """A step like this was held up: the positions of those that may have the room that it leaves elsewhere."""
        return [place for bucket in self._buckets(tags) for place in self._first(bucket, min(1, self._room(bucket)))]

    def clear(self) -> None:
        """Forget what is parked."""
        self._queues.clear()
        self._held_at.clear()
        self._firsts.clear()

    def _first(self, bucket: Bucket, count: int) -> Iterator[QueuePosition]:
        """Take up to `count` of what a bucket holds up out of its queues."""
        firsts = self._firsts.get(bucket)
        while firsts and count > 0:
            position, _, buckets = heapq.heappop(firsts)
            queue = self._queues.get(buckets)
            if queue and queue[0] == position and self._held_at[buckets] == bucket:
                heapq.heappop(queue)
                self._note_first(buckets)
                count -= 1
                yield position

    def _note_first(self, buckets: tuple[Bucket, ...]) -> None:
        queue = self._queues[buckets]
        if queue:
            self._number += 1
            firsts = self._firsts.setdefault(self._held_at[buckets], [])
            heapq.heappush(firsts, (queue[0], self._number, buckets))
        else:
            del self._queues[buckets], self._held_at[buckets]

    def _room(self, bucket: Bucket) -> int:
        return bucket[0].limit - self._running.get(bucket, 0)

    def _buckets(self, tags: Mapping[str, str]) -> tuple[Bucket, ...]:
        if not self._limits:
            return ()
        return tuple(bucket for limit in self._limits if (bucket := limit.bucket(tags)) is not None)


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
