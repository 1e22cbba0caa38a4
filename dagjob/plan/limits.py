"""How many running steps may share a tag: the `tag_concurrency_limits` of the multiprocess executor.

A step over a limit is passed over and parked at the limit that held it up; when a step of that limit ends, those parked
there come back to the queue: one, or all where several limits act together.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence

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
