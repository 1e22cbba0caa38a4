"""How jobs and their ops usually go: how many ran, failed, needed another attempt; how long, and whether that changes.

Of the latest runs that have ended. Times are those of what ended well; the copies of a mapped op count together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.record import Record
from dagjob.run_view import BAD

if TYPE_CHECKING:
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow

FEWEST_FOR_TREND = 6
MOST_OF_LATE = 10
"""Of so many of the latest the median is compared with that of those before: of a third of them, if these are fewer."""


class Times(Record):
    """How long something took, in seconds. `trend` is by how much it takes longer lately: 0.25 is a quarter."""

    median: float | None = None
    p95: float | None = None
    trend: float | None = None

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        """Of durations in the order in which they were taken."""
        if not seconds:
            return cls()
        ordered = sorted(seconds)
        rank = -(-95 * len(ordered) // 100)  # the least value that 95 % do not exceed
        return cls(median(ordered), ordered[rank - 1], _trend(seconds))

    def to_json(self) -> dict[str, float | None]:
        """For `--format json`."""
        return {name: _rounded(getattr(self, name)) for name in ("median", "p95", "trend")}


class OpStats(Record):
    """An op: how often it ran to an end, failed at last, or succeeded at a later attempt."""

    op: str
    count: int
    failed: int
    flaky: int
    times: Times

    @property
    def failure_rate(self) -> float:
        """The share of those that failed."""
        return self.failed / self.count if self.count else 0.0

    @property
    def flaky_rate(self) -> float:
        """The share of those that succeeded at a later attempt."""
        return self.flaky / self.count if self.count else 0.0

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "op": self.op,
            "count": self.count,
            "failed": self.failed,
            "failure_rate": _rounded(self.failure_rate),
            "flaky": self.flaky,
            "flaky_rate": _rounded(self.flaky_rate),
            **self.times.to_json(),
        }


class JobStats(Record):
    """A job: its runs by status, and its ops in the order of the latest plan."""

    job: str
    runs: int
    statuses: Mapping[str, int]
    times: Times
    ops: tuple[OpStats, ...]

    @property
    def failed(self) -> int:
        """Runs that did not end well by themselves; those that somebody has stopped are none of them."""
        return sum(many for status, many in self.statuses.items() if status not in ("success", "canceled"))

    @property
    def failure_rate(self) -> float:
        """The share of those."""
        return self.failed / self.runs if self.runs else 0.0

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "job": self.job,
            "runs": self.runs,
            "statuses": dict(self.statuses),
            "failed": self.failed,
            "failure_rate": _rounded(self.failure_rate),
            **self.times.to_json(),
            "ops": [op.to_json() for op in self.ops],
        }


def job_stats(history: History, job: str, limit: int, since: float | None = None) -> JobStats:
    """The statistics of the latest runs of a job, named by its name or target."""
    ended = [
        run for run in history.runs(limit=None if since else limit + 1, job=job, since=since) if run.ended is not None
    ]
    runs = ended[:limit][::-1]
    statuses: dict[str, int] = {}
    for run in runs:
        statuses[run.status] = statuses.get(run.status, 0) + 1
    seconds = [run.seconds for run in runs if run.status == "success" and run.seconds is not None]
    name = runs[-1].job if runs else job
    return JobStats(name, len(runs), statuses, Times.of(seconds), tuple(_ops(history, runs)))


def _ops(history: History, runs: Iterable[RunRow]) -> Iterator[OpStats]:
    counts: dict[str, list[int]] = {}
    times: dict[str, list[float]] = {}
    latest: dict[str, None] = {}
    for run in runs:
        here: dict[str, None] = {}
        for key, status, attempts, seconds in history.step_ends(run.number):
            op = f"{key.partition('[')[0]}[*]" if "[" in key else key
            here[op] = None
            if status != "success" and status not in BAD:
                continue
            counted = counts.setdefault(op, [0, 0, 0])
            counted[0] += 1
            counted[1] += status != "success"
            counted[2] += status == "success" and attempts > 1
            if status == "success" and seconds is not None:
                times.setdefault(op, []).append(seconds)
        latest = here or latest
    for op in dict.fromkeys([*latest, *counts]):
        count, failed, flaky = counts.get(op, (0, 0, 0))
        yield OpStats(op, count, failed, flaky, Times.of(times.get(op, ())))


def median(ordered: Sequence[float]) -> float:
    """The middle of sorted values."""
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _trend(seconds: Sequence[float]) -> float | None:
    if len(seconds) < FEWEST_FOR_TREND:
        return None
    late = min(MOST_OF_LATE, len(seconds) // 3)
    before, after = median(sorted(seconds[:-late])), median(sorted(seconds[-late:]))
    return after / before - 1 if before > 0 else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
