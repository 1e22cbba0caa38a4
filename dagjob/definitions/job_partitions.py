"""What a job says about its partitions, under Dagster's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagjob.errors import CheckError, DagjobPartitionError
from dagjob.record import Record
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from datetime import datetime

    from dagjob.definitions.partitioned_config import PartitionedConfig
    from dagjob.partitions.base import PartitionsDefinition, PartitionStore


class JobPartitions:
    """The part of a job that its partitions are: `partitions_def`, and the config of each."""

    name: str
    config: Any
    partitions_def: PartitionsDefinition | None

    @property
    def partitioned_config(self) -> PartitionedConfig | None:
        """The config by partition key of a job with partitions; one config for all where it is a dict, or empty."""
        if self.partitions_def is None:
            return None
        from dagjob.definitions.partitioned_config import PartitionedConfig

        if isinstance(self.config, PartitionedConfig):
            return self.config
        same = self.config or {}
        return PartitionedConfig(self.partitions_def, run_config_for_partition_key_fn=lambda _: same)

    def partitions(self) -> PartitionsDefinition:
        """The partitions. Raises `DagjobPartitionError` for a job that has none."""
        if self.partitions_def is None:
            raise DagjobPartitionError(f'the job "{self.name}" has no partitions, so it takes no partition key')
        return self.partitions_def

    def get_partition_keys(self, selected_asset_keys: object = None) -> Sequence[str]:
        """All keys of the job's partitions, by now."""
        return self.partitions().get_partition_keys()

    def validate_partition_key(
        self,
        partition_key: str,
        selected_asset_keys: object = None,
        context: object = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: PartitionStore | None = None,
    ) -> None:
        """Raise `DagjobUnknownPartitionError` for a key that there is not."""
        self.partitions().validate_partition_key(partition_key, current_time, dynamic_partitions_store)

    def run_request_for_partition(
        self,
        partition_key: str,
        run_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_config: Mapping[str, Any] | None = None,
        current_time: datetime | None = None,
        dynamic_partitions_store: PartitionStore | None = None,
    ) -> RunRequest:
        """What a run of this partition would be. Raises `DagjobUnknownPartitionError`."""
        self.partitions().validate_partition_key(partition_key, current_time, dynamic_partitions_store)
        config = self.get_run_config_for_partition_key(partition_key) if run_config is None else run_config
        made = {**(tags or {}), **self.get_tags_for_partition_key(partition_key)}
        return RunRequest(run_key, config, made, self.name, partition_key)

    def get_run_config_for_partition_key(self, partition_key: str) -> Mapping[str, Any]:
        """The run config that a run of this partition gets, where it is given none."""
        config = self.partitioned_config
        self.partitions()
        return config.get_run_config_for_partition_key(partition_key) if config is not None else {}

    def get_tags_for_partition_key(self, partition_key: str, selected_asset_keys: object = None) -> Mapping[str, str]:
        """The tags that a run of this partition gets."""
        config = self.partitioned_config
        self.partitions()
        own = config.get_tags_for_partition_key(partition_key) if config is not None else {}
        return {**own, **partition_set(self.name)}


class RunRequest(Record):
    """What a run of a partition would be, for schedulers that are written by hand; `tags` has those of the partition."""

    run_key: str | None = None
    run_config: Mapping[str, Any] = {}
    tags: Mapping[str, str] = {}
    job_name: str | None = None
    partition_key: str | None = None


def partition_set(job: str) -> dict[str, str]:
    """The tag of all runs of partitions of a job."""
    from dagjob.partitions.base import PARTITION_SET_TAG

    return {PARTITION_SET_TAG: f"{job}_partition_set"}


def checked_partitions(
    partitions_def: PartitionsDefinition | None, config: object, subject: str
) -> PartitionsDefinition | None:
    """The partitions of a job: those that it is given, or those of its config. Raises `CheckError` where these differ."""
    if partitions_def is None and (config is None or isinstance(config, dict)):
        return None  # most jobs, which need load nothing for this
    from dagjob.config.mapping import ConfigMapping
    from dagjob.definitions.partitioned_config import PartitionedConfig
    from dagjob.partitions.base import PartitionsDefinition

    check_kind(partitions_def, (PartitionsDefinition, type(None)), f"{subject}: partitions_def")
    if isinstance(config, PartitionedConfig):
        if partitions_def not in (None, config.partitions_def):
            raise CheckError(
                f"{subject}: its partitions_def differs from that of its partitioned config: leave one of them out."
            )
        return config.partitions_def
    if isinstance(config, ConfigMapping) and partitions_def is not None:
        raise CheckError(
            f"{subject}: a job with a ConfigMapping cannot have a partitions_def: use a PartitionedConfig."
        )
    return partitions_def
