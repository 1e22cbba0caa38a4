"""The partition that a command line names, and what is said about the partitions of a job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagjob.cli import registry
from dagjob.cli.entries import Option
from dagjob.errors import DagjobError, DagjobPartitionError, DagjobUsageError
from dagjob.launch.partition import OF_PARTITION
from dagjob.partitions.base import PartitionsDefinition, loading, partition_loading_context
from dagjob.partitions.chosen import LATEST, chosen_key, chosen_range
from dagjob.record import replace
from dagjob.storage.dynamic_keys import StoredKeys

if TYPE_CHECKING:
    from datetime import datetime

    from dagjob.cli.session import Session
    from dagjob.definitions.jobs import JobDefinition
    from dagjob.launch.request import RunRequest


@contextmanager
def asking(session: Session) -> Iterator[datetime]:
    """While it is open, partitions are asked for now, and dynamic ones have the keys that the state directory keeps."""
    with partition_loading_context(dynamic_partitions_store=StoredKeys(session.state)) as asked:
        yield asked.effective_dt


def of_partition(request: RunRequest, key: str | None, keys: str | None) -> RunRequest:
    """The request for the partition, or the range of them, that `-p` or `--partition-range` names.

    Raises what ends with exit 6: `DagjobUnknownPartitionError`, `DagjobPartitionError` for a job that has none or needs
    one, `DagjobPartitionFunctionError` for a function of the user that raises.
    """
    if key is not None and keys is not None:
        options = f"{registry.PARTITION.long} and {registry.PARTITION_RANGE.long}"
        raise DagjobUsageError(f"{options} contradict each other: leave one out")
    job, now = request.job, loading().effective_dt
    with telling(job):
        partitions = _partitions(job, registry.PARTITION if keys is None else registry.PARTITION_RANGE)
        if keys is not None:
            return replace(request, partition_range=chosen_range(partitions, keys, now, job.name))
        if key is not None:
            return replace(request, partition_key=chosen_key(partitions, key, now, job.name))
        if not any(tag in request.tags for tag in OF_PARTITION):
            raise required(job, partitions, now)
    return request


def key_of(job: JobDefinition, text: str) -> str:
    """The key that `-p` names. Raises like `of_partition`."""
    with telling(job):
        return chosen_key(_partitions(job, registry.PARTITION), text, loading().effective_dt, job.name)


def last_key(job: JobDefinition) -> str | None:
    """The last partition that there is, which stands for all where none is named."""
    with telling(job):
        return job.partitions().last(loading().effective_dt)


def required(job: JobDefinition, partitions: PartitionsDefinition, now: datetime) -> DagjobPartitionError:
    """A run of the job needs a partition."""
    last = partitions.last(now)
    error = DagjobPartitionError(f'job "{job.name}" is partitioned ({told(partitions, now)}): a run is for one of them')
    if last is None:
        return error
    latest = f"  or  -p {LATEST}" if last == partitions.last(now) and partitions.kind != "static" else ""
    error.noting(f"choose one with -p, for example  -p {quoted(last)}{latest}")
    if registry.ROOT.find("backfill") is not None:
        error.noting(f"many at once:  dagjob backfill {job.name} --last 7")
    return error


def told(partitions: PartitionsDefinition, now: datetime) -> str:
    """Kind, count, first and last key in a few words: `daily, 325 keys, 2026-01-01 to 2026-11-21`."""
    ends = partitions.ends(now)
    if ends is None or ends.first is None or ends.last is None:
        return partitions.overview(now)
    overview = partitions.overview(now)
    return f"{overview}, {ends.first}" + (f" to {ends.last}" if ends.total > 1 else "")


def as_json(partitions: PartitionsDefinition, now: datetime) -> dict[str, Any]:
    """The partitions of a job, as `list` and `show` print them."""
    ends = partitions.ends(now)
    known = dict(zip(("first", "last", "count"), ends or (None, None, None), strict=True))
    return {"kind": partitions.kind, "description": partitions.describe(), **known}


def quoted(key: str) -> str:
    """A key as it is typed in a shell."""
    from shlex import quote

    return quote(key)


def _partitions(job: JobDefinition, option: Option) -> PartitionsDefinition:
    if job.partitions_def is None:
        raise DagjobPartitionError(f'job "{job.name}" has no partitions').noting(f"leave {option.long} out")
    return job.partitions_def


@contextmanager
def telling(job: JobDefinition) -> Iterator[None]:
    """Tell of what a function of the user raises: the one that lists the partitions."""
    try:
        yield
    except DagjobError:
        raise
    except Exception as error:
        from dagjob.definitions.partitioned_config import raised_by

        raise raised_by(f'the function that lists the partitions of job "{job.name}"', error) from error
