"""How long steps will take, played through their graph with so many workers, and which chain of them decides that.

Pure: what each step needs and how many seconds it takes come in. Where the history knows a job, that is its `Usual`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence

from dagjob.record import Record

NONE: Collection[str] = ()


FEWEST_RUNS, MOST_RUNS = 3, 20
"""Of so many runs that went well something is learnt: from fewer nothing, and of more only from the latest."""


class Usual(Record):
    """What a job's runs usually take, learnt from `runs` of them.

    `steps` are the seconds of a step by its key, of mapped copies by that of their template (`parse[?]`); `seconds` are those of
    a whole run (None: too few were whole). `flaky` counts by the same keys the runs in which a step needed another attempt;
    `copies` says how many copies a template usually has, `skipped` which steps hardly ever run, as their inputs are not there.
    """

    steps: Mapping[str, float] = {}
    runs: int = 0
    seconds: float | None = None
    flaky: Mapping[str, int] = {}
    copies: Mapping[str, int] = {}
    skipped: frozenset[str] = frozenset()

    def of(self, key: str) -> float | None:
        """The seconds of a step, if enough runs are known."""
        found = self.steps.get(key)
        return found if found is not None or "[" not in key else self.steps.get(template_of(key))

    def expected(self, key: str) -> float | None:
        """The same, and nothing for a step that is skipped as a rule."""
        found = self.of(key)
        return 0.0 if found is None and template_of(key) in self.skipped else found


def template_of(key: str) -> str:
    """`parse[?]` for `parse[a]`; of a step that is no copy, its own key."""
    head, bracket, _ = key.partition("[")
    return f"{head}[?]" if bracket else key


class Sharing(Record):
    """What decides beside the workers which step starts: the `priority` of steps, the highest first, and their `pool`,
    of which only so many may be at work as it has `slots`."""

    priority: Mapping[str, int] = {}
    pool: Mapping[str, str] = {}
    slots: Mapping[str, int] = {}


NO_SHARING = Sharing()


class Forecast(Record):
    """`seconds` until the last step ends; `critical_path` are the steps of the longest chain, the first one first.

    No number of workers makes a run shorter than that chain, whose length is `least`.
    """

    seconds: float
    least: float
    critical_path: tuple[str, ...]


def forecast(
    needs: Mapping[str, Iterable[str]], seconds: Mapping[str, float], workers: int, running: Collection[str] = NONE
) -> Forecast:
    """Play the steps of `needs`, which are in plan order and each have their `seconds`.

    What is needed and no step itself is there already. Steps start in plan order as soon as they may; those that are `running`
    have a worker from the start, and their seconds are what is left of them.
    """
    least, path = critical_path(needs, seconds)
    return Forecast(play(needs, seconds, workers, running), least, path)


def play(
    needs: Mapping[str, Iterable[str]],
    seconds: Mapping[str, float],
    workers: int,
    running: Collection[str] = NONE,
    sharing: Sharing = NO_SHARING,
) -> float:
    """The seconds until the last step ends."""
    keys = list(needs)
    place = {key: number for number, key in enumerate(keys)}
    missing = [0] * len(keys)
    below: list[list[int]] = [[] for _ in keys]
    for number, key in enumerate(keys):
        for above in needs[key]:
            if above in place:
                missing[number] += 1
                below[place[above]].append(number)
    busy = [(seconds[key], place[key]) for key in running]
    heapq.heapify(busy)
    started = set(running)
    queue = _Queue(keys, sharing)
    for number, key in enumerate(keys):
        if key not in started and not missing[number]:
            queue.add(number)
    now, workers = 0.0, max(1, workers)
    while True:
        while len(busy) < workers and (next_one := queue.take()) is not None:
            heapq.heappush(busy, (now + seconds[keys[next_one]], next_one))
        if not busy:
            return now
        now, ended = heapq.heappop(busy)
        queue.give_back(ended)
        for number in below[ended]:
            missing[number] -= 1
            if not missing[number] and keys[number] not in started:
                queue.add(number)


class _Queue:
    """The steps that may start, as far as their pools have room."""

    def __init__(self, keys: Sequence[str], sharing: Sharing) -> None:
        self._keys = keys
        self._sharing = sharing
        self._ready: list[tuple[int, int]] = []
        self._full: dict[str, list[tuple[int, int]]] = {}
        self._free = dict(sharing.slots)

    def add(self, number: int) -> None:
        heapq.heappush(self._ready, (-self._sharing.priority.get(self._keys[number], 0), number))

    def take(self) -> int | None:
        while self._ready:
            one = heapq.heappop(self._ready)
            pool = self._pool(one[1])
            if pool is None:
                return one[1]
            if self._free[pool] > 0:
                self._free[pool] -= 1
                return one[1]
            heapq.heappush(self._full.setdefault(pool, []), one)
        return None

    def give_back(self, number: int) -> None:
        pool = self._pool(number)
        if pool is not None:
            self._free[pool] += 1
            if self._full.get(pool):
                heapq.heappush(self._ready, heapq.heappop(self._full[pool]))

    def _pool(self, number: int) -> str | None:
        return self._sharing.pool.get(self._keys[number]) if self._free else None


def critical_path(needs: Mapping[str, Iterable[str]], seconds: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """The longest chain of steps that need each other: its seconds, and its steps."""
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for key, above in needs.items():
        longest = max((one for one in above if one in ends), key=ends.__getitem__, default=None)
        before[key] = longest
        ends[key] = seconds[key] + (ends[longest] if longest is not None else 0.0)
    if not ends:
        return 0.0, ()
    last: str | None = max(ends, key=ends.__getitem__)
    total = ends[last] if last is not None else 0.0
    path = []
    while last is not None:
        path.append(last)
        last = before[last]
    return total, tuple(reversed(path))
