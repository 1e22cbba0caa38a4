"""The partition of a run: whether there is such a one, and the tags that it gives to the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dagjob.record import replace
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.launch.request import RunRequest
    from dagjob.partitions.base import PartitionKeyRange

PARTITION_TAG, PARTITION_SET_TAG = "dagster/partition", "dagster/partition_set"
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
OF_PARTITION = (PARTITION_TAG, *RANGE_TAGS)
"""By one of these tags a run has a partition, or several; whoever gives them by hand may name what there is not."""


class NoStore:
    """Where no instance keeps keys: there are none."""

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """None."""
        return ()

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """No."""
        return False


def with_partition(request: RunRequest) -> RunRequest:
    """The request with the tags of its partition, or of its range of them.

    Raises `DagjobUnknownPartitionError` for a key that there is not, `DagjobPartitionError` for a job without partitions
    and for a range that is reversed. What a run takes over from an earlier one is not looked at again.
    """
    key, keys = request.partition_key, request.partition_range
    if key is None and keys is None:
        return request
    job = request.job
    partitions = job.partitions()
    from dagjob.partitions.base import loading, unknown_partition

    now = loading().effective_dt
    for each in (key,) if key is not None else keys or ():
        check_kind(each, str, f'partition_key of job "{job.name}"')
        if request.parent_run_id is None and not partitions.has(each, now):
            raise unknown_partition(partitions, each, now, f'job "{job.name}"')
    if key is not None:
        key = partitions.parse(key)
        return replace(request, partition_key=key, tags={**request.tags, **tags_of_key(job, key)})
    assert keys is not None
    _refuse_without_config(request)
    from dagjob.partitions.chosen import check_order

    check_order(partitions, keys, now)
    return replace(request, tags={**request.tags, **_tags_of_range(job, keys)})


def _refuse_without_config(request: RunRequest) -> None:
    from dagjob.config.document import as_document
    from dagjob.definitions.partitioned_config import PartitionedConfig
    from dagjob.errors import DagjobPartitionError

    if isinstance(request.job.config, PartitionedConfig) and not as_document(request.config).value:
        raise DagjobPartitionError(
            f'job "{request.job.name}" has a config for each partition, but none for a range of them'
        ).noting("give one with -c, or run the partitions one by one")


def tags_of_key(job: JobDefinition, key: str) -> Mapping[str, str]:
    """The tags that a run has by its partition."""
    from dagjob.definitions.job_partitions import partition_set
    from dagjob.definitions.partitioned_config import PartitionedConfig, tags_of_partition

    if isinstance(job.config, PartitionedConfig):
        return {**tags_of_partition(job.config, key), **partition_set(job.name)}
    return {**job.partitions().get_tags_for_partition_key(key), **partition_set(job.name)}


def _tags_of_range(job: JobDefinition, keys: PartitionKeyRange) -> Mapping[str, str]:
    from dagjob.definitions.job_partitions import partition_set

    return {**dict(zip(RANGE_TAGS, map(str, keys), strict=True)), **partition_set(job.name)}


def key_in(tags: Mapping[str, str], job: JobDefinition) -> str | None:
    """The partition key that tags say: with its dimensions, where the tags or the partitions of the job tell them."""
    key = tags.get(PARTITION_TAG)
    if key is None:
        return None
    prefix = f"{PARTITION_TAG}/"
    parts = {tag.removeprefix(prefix): value for tag, value in tags.items() if tag.startswith(prefix)}
    if parts:
        from dagjob.partitions.multi import MultiPartitionKey

        return MultiPartitionKey(parts)
    return key if job.partitions_def is None else job.partitions_def.parse(key)


def range_in(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """First and last key of the range that tags say."""
    start, end = (tags.get(tag) for tag in RANGE_TAGS)
    return None if start is None or end is None else (start, end)
