"""What contexts tell about the partition of the run: its key or range of keys, and the time that these stand for.

The tags of the run say which partition it is; the definition of the job, what that means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagjob.errors import DagjobInvariantViolationError

if TYPE_CHECKING:
    from dagjob.engine.facts import OpFacts
    from dagjob.partitions.base import PartitionKeyRange, PartitionsDefinition, TimeWindow


class OfPartition:
    """The part of a context that asks about partitions."""

    _facts: OpFacts

    @property
    def has_partitions(self) -> bool:
        """Is the run for a partition or a range of them?"""
        return self.has_partition_key or self.has_partition_key_range

    @property
    def has_partition_key(self) -> bool:
        """Is the run for one partition?"""
        return self._facts.partition_key is not None

    @property
    def has_partition_key_range(self) -> bool:
        """Is the run for a range of partitions?"""
        return self._facts.partition_key_range is not None

    @property
    def partition_key(self) -> str:
        """The partition key of the run; of a run over two dimensions a `MultiPartitionKey`."""
        key, keys = self._facts.partition_key, self._facts.partition_key_range
        if key is not None:
            return key
        if keys is None:
            raise self._unpartitioned("partition_key")
        if keys.start != keys.end:
            raise DagjobInvariantViolationError(
                f"there is no one partition_key: {self._facts.source} is for the range {keys.start}...{keys.end}; "
                "ask for partition_key_range or partition_keys"
            )
        return keys.start

    @property
    def partition_keys(self) -> list[str]:
        """The keys of the run's partitions."""
        scope = self._facts.in_run("partition_keys")
        if scope.partition_key is not None:
            return [scope.partition_key]
        if scope.partition_key_range is None:
            raise self._unpartitioned("partition_keys")
        from dagjob.partitions.base import partition_loading_context

        with partition_loading_context(dynamic_partitions_store=_KeysOfRun(scope)) as asked:
            return list(self._definition("partition_keys").between(*scope.partition_key_range, asked.effective_dt))

    @property
    def partition_key_range(self) -> PartitionKeyRange:
        """The range of keys of the run; of a run for one key, from that to that."""
        keys, key = self._facts.partition_key_range, self._facts.partition_key
        if keys is not None:
            return keys
        if key is None:
            raise self._unpartitioned("partition_key_range")
        from dagjob.partitions.base import PartitionKeyRange

        return PartitionKeyRange(key, key)

    @property
    def multi_partition_key(self) -> str:
        """The key of a run over two dimensions."""
        key = self._facts.partition_key
        if key is None:
            raise self._unpartitioned("multi_partition_key")
        from dagjob.partitions.multi import MultiPartitionKey

        if not isinstance(key, MultiPartitionKey):
            raise DagjobInvariantViolationError(f"the partition key {key!r} of {self._facts.source} has no dimensions")
        return key

    @property
    def partition_time_window(self) -> TimeWindow:
        """The time that the run's partition stands for: of a range, from the first start to the last end."""
        self._facts.in_run("partition_time_window")
        start, end = self.partition_key_range if self.has_partitions else (None, None)
        if start is None or end is None:
            raise self._unpartitioned("partition_time_window")
        partitions = self._definition("partition_time_window")
        first, last = partitions.window(start), partitions.window(end)
        if first is None or last is None:
            raise DagjobInvariantViolationError(
                f"there is no partition_time_window: the partitions of {self._facts.source} are no windows of time, but "
                f"{partitions.describe()}"
            )
        return first._replace(end=last.end)

    def _definition(self, asked: str) -> PartitionsDefinition:
        job = self._facts.in_run(asked).job
        if job.partitions_def is None:
            raise DagjobInvariantViolationError(f'there is no {asked}: the job "{job.name}" has no partitions_def')
        return job.partitions_def

    def _unpartitioned(self, name: str) -> DagjobInvariantViolationError:
        return DagjobInvariantViolationError(f"there is no {name}: {self._facts.source} has no partition")


class _KeysOfRun:
    """The keys of dynamic partitions, in the instance of the run, which is opened when they are asked for."""

    def __init__(self, facts: OpFacts) -> None:
        self._facts = facts

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """All of that name."""
        return self._facts.open_instance().get_dynamic_partitions(partitions_def_name)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Is there such a one?"""
        return self._facts.open_instance().has_dynamic_partition(partitions_def_name, partition_key)
