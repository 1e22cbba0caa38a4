"""How partitions stand, from what is known of their runs. Pure.

What the latest run says counts: it is `running`, or ended as `success` or `failed` (as also when its time was over or its
process died). A run that somebody has stopped says nothing, and neither does one of some ops only: what was before stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from dagjob.record import Record

PartitionStatus = Literal["success", "failed", "running", "missing"]
STATUSES: tuple[PartitionStatus, ...] = ("success", "failed", "running", "missing")

_SAID_BY: Mapping[str, PartitionStatus] = {
    "success": "success",
    "failed": "failed",
    "timeout": "failed",
    "crashed": "failed",
    "running": "running",
}


class PartitionRun(Record):
    """A run of one partition, or with `until` of all from `key` to that one. `status` is one of runs; `whole`: of all ops."""

    id: str
    key: str
    status: str
    whole: bool = True
    until: str | None = None
    seconds: float | None = None


def standing(keys: Sequence[str], runs: Iterable[PartitionRun]) -> dict[str, PartitionStatus]:
    """How each of the keys stands; the runs come in the order of their start."""
    found: dict[str, PartitionStatus] = dict.fromkeys(keys, "missing")
    place = {key: number for number, key in enumerate(keys)}
    for run in runs:
        says = _SAID_BY.get(run.status)
        if says is None or not run.whole:
            continue
        for key in keys_of(run, keys, place):
            found[key] = says
    return found


def latest_runs(keys: Sequence[str], runs: Iterable[PartitionRun]) -> dict[str, str]:
    """The id of the latest run of each of the keys that has had one, whatever became of it."""
    place = {key: number for number, key in enumerate(keys)}
    return {key: run.id for run in runs for key in keys_of(run, keys, place)}


def keys_of(run: PartitionRun, keys: Sequence[str], place: Mapping[str, int]) -> Sequence[str]:
    """Which of the keys a run was for; `place` is where each of them stands."""
    first = place.get(run.key)
    if run.until is None:
        return () if first is None else (run.key,)
    last = place.get(run.until)
    return () if first is None or last is None else keys[first : last + 1]


def usual_seconds(runs: Sequence[PartitionRun], most: int = 20) -> float | None:
    """The median time of the last successful whole runs of one partition; None where there is none."""
    taken = [
        run.seconds
        for run in runs
        if run.status == "success" and run.whole and run.until is None and run.seconds is not None
    ][-most:]
    return sorted(taken)[len(taken) // 2] if taken else None
