"""What a backfill is to do, and its runs before they begin: prepared together, and taken when their turn comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from dagjob.definitions.partitioned_config import PartitionedConfig
from dagjob.launch.masking import Masking, masking_of
from dagjob.launch.partition import tags_of_key
from dagjob.launch.request import PreparedRun, RunRequest, prepare
from dagjob.plan.secrets import secrets_of
from dagjob.record import Record, asdict, replace
from dagjob.storage.backfills import BackfillRecord
from dagjob.values.names import BACKFILL_TAG

if TYPE_CHECKING:
    from dagjob.launch.registries import SinkRequest

MOST_STEPS_KEPT = 50_000
"""Steps of prepared runs that are kept until their turn comes; beyond that a run is prepared again."""


class BackfillRequest(Record):
    """What is to be done: `run` for each of the `keys`, at most `parallel` at a time.

    `record` is what is kept of it; after `max_failures` partitions that failed no other is begun. `of_each` are sinks that
    every run has for itself.
    """

    run: RunRequest
    record: BackfillRecord
    keys: tuple[str, ...]
    parallel: int = 1
    max_failures: int | None = None
    lock: str | None = None
    of_each: tuple[SinkRequest, ...] = ()
    redact: tuple[str, ...] = ()
    retention: Mapping[str, float] = {}

    def recorded(self, record: BackfillRecord) -> BackfillRequest:
        """The same with another record."""
        return type(self)(**{**asdict(self), "record": record})


class PreparedPartitions:
    """The runs of a backfill before they begin: all were prepared once, so that what is wrong is known before the first.

    `around` is open while one is prepared: it knows the time, and where dynamic partitions are kept.
    """

    def __init__(self, request: BackfillRequest, around: Callable[[], AbstractContextManager[object]]) -> None:
        self._request = request
        self._around = around
        self._tags = {**request.run.tags, BACKFILL_TAG: request.record.id}
        self._kept: dict[str, PreparedRun] = {}
        self.first = self._prepare(request.keys[0])
        """That of the first partition."""
        self.alike = True
        """Whether all want the same executor."""
        self._by_key = isinstance(request.run.job.config, PartitionedConfig)
        """Whether config, tags and so the plan depend on the key. Else one run is like the other."""
        if self._by_key:
            room = MOST_STEPS_KEPT
            for key in request.keys[1:]:
                prepared = self._prepare(key)
                room -= len(prepared.plan.steps)
                if room > 0:
                    self._kept[key] = prepared
                self.alike = self.alike and prepared.executor_config == self.first.executor_config

    def take(self, key: str) -> PreparedRun:
        """The run of a partition, whose turn has come."""
        if key == self._request.keys[0]:
            return self.first
        if self._by_key:
            return self._kept.pop(key, None) or self._prepare(key)
        with self._around():
            request = self._request.run
            key = request.job.partitions().parse(key)
            tags = {**self._tags, **tags_of_key(request.job, key)}
        return replace(self.first, request=replace(request, partition_key=key, tags=tags))

    def _asked(self, key: str) -> RunRequest:
        return replace(self._request.run, partition_key=key, tags=self._tags)

    def _prepare(self, key: str) -> PreparedRun:
        with self._around():
            return prepare(self._asked(key))


class Maskings:
    """What masks each run. Where a job can hold no secret, all that is secret is in the environment, the same for all runs."""

    def __init__(self, first: PreparedRun, redact: Sequence[str]) -> None:
        self._redact = redact
        self._alike = secrets_of(first.job, first.resolved) is None
        self._first = masking_of(first.job, first.resolved, redact)

    def of(self, prepared: PreparedRun) -> Masking | None:
        """That of one run."""
        if self._alike and not prepared.resolved.read:
            return None if self._first is None else self._first.anew()
        return masking_of(prepared.job, prepared.resolved, self._redact)
