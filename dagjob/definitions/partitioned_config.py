"""A run config that is made from the key of a partition: `PartitionedConfig` and the decorators that make one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from dagjob.config.runconfig import RunConfig
from dagjob.errors import (
    CheckError,
    DagjobInvalidDefinitionError,
    DagjobInvalidInvocationError,
    DagjobPartitionFunctionError,
)
from dagjob.partitions.base import PartitionsDefinition, PartitionStore
from dagjob.partitions.dynamic import DynamicPartitionsDefinition, Partition, PartitionFunction
from dagjob.partitions.fixed import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from dagjob.partitions.static import StaticPartitionsDefinition
from dagjob.partitions.window import TimeWindowPartitionsDefinition
from dagjob.values.checks import brief, check_kind
from dagjob.values.names import normalize_tags

Made: TypeAlias = "RunConfig | Mapping[str, Any]"
OfKey: TypeAlias = Callable[[str], Made]
OfWindow: TypeAlias = Callable[[datetime, datetime], Made]
TagsOfKey: TypeAlias = Callable[[str], Mapping[str, str]]
TagsOfWindow: TypeAlias = Callable[[datetime, datetime], Mapping[str, str]]

_RESERVED = "dagster/"
_FREE = frozenset(
    f"{_RESERVED}{name}"
    for name in (
        *("priority", "max_retries", "retry_strategy", "max_runtime", "isolation"),
        "retry_on_asset_or_op_failure",
    )
)
"""Tags of Dagster's that a function may set after all."""


class PartitionedConfig:
    """The run config of each partition, made by a function of its key, and perhaps tags."""

    def __init__(
        self,
        partitions_def: PartitionsDefinition,
        run_config_for_partition_fn: Callable[[Partition], Made] | None = None,
        decorated_fn: Callable[..., Made] | None = None,
        tags_for_partition_fn: Callable[[Partition], Mapping[str, str]] | None = None,
        run_config_for_partition_key_fn: OfKey | None = None,
        tags_for_partition_key_fn: TagsOfKey | None = None,
    ) -> None:
        self.partitions_def = check_kind(partitions_def, PartitionsDefinition, "PartitionedConfig: partitions_def")
        if (run_config_for_partition_fn is None) == (run_config_for_partition_key_fn is None):
            raise CheckError(
                "PartitionedConfig: give exactly one of run_config_for_partition_key_fn and run_config_for_partition_fn."
            )
        if tags_for_partition_fn is not None and tags_for_partition_key_fn is not None:
            raise CheckError(
                "PartitionedConfig: give at most one of tags_for_partition_key_fn and tags_for_partition_fn."
            )
        self.run_config_for_partition_fn = run_config_for_partition_fn
        self.run_config_for_partition_key_fn = run_config_for_partition_key_fn
        self.tags_for_partition_fn = tags_for_partition_fn
        self.tags_for_partition_key_fn = tags_for_partition_key_fn
        self._decorated = decorated_fn

    @property
    def subject(self) -> str:
        """What messages call it."""
        function = self._decorated or self.run_config_for_partition_key_fn or self.run_config_for_partition_fn
        return f"the partitioned config {getattr(function, '__name__', '')}".rstrip()

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: PartitionStore | None = None
    ) -> Sequence[str]:
        """All keys of the partitions."""
        return self.partitions_def.get_partition_keys(current_time, dynamic_partitions_store)

    def get_run_config_for_partition_key(self, partition_key: str) -> dict[str, Any]:
        """The run config that the function makes for a key, as a plain dict; what the function raises comes out."""
        of_key, of_partition = self.run_config_for_partition_key_fn, self.run_config_for_partition_fn
        if of_key is not None:
            made = of_key(partition_key)
        else:
            assert of_partition is not None
            made = of_partition(Partition(partition_key))
        if isinstance(made, RunConfig):
            return made.to_config_dict()
        if not isinstance(made, Mapping):
            raise DagjobInvalidDefinitionError(
                f"{self.subject} must return a dict or a RunConfig, and returned {brief(made)} for {brief(partition_key)}."
            )
        return dict(made)

    def get_tags_for_partition_key(self, partition_key: str, job_name: str | None = None) -> dict[str, str]:
        """The tags of the partition, and those that the function makes for it."""
        return {**self._own_tags(partition_key), **self.partitions_def.get_tags_for_partition_key(partition_key)}

    def _own_tags(self, partition_key: str) -> dict[str, str]:
        of_key, of_partition = self.tags_for_partition_key_fn, self.tags_for_partition_fn
        made: Mapping[str, str] = {}
        if of_key is not None:
            made = of_key(partition_key)
        elif of_partition is not None:
            made = of_partition(Partition(partition_key))
        for tag in made:
            if isinstance(tag, str) and tag.startswith(_RESERVED) and tag not in _FREE:
                raise DagjobInvalidDefinitionError(
                    f'the tags function of {self.subject} returned the tag "{tag}": those that begin with {_RESERVED} are '
                    "dagjob's own."
                )
        return normalize_tags(made, f"tags that {self.subject} makes for {brief(partition_key)}")

    def __call__(self, *args: Any, **kwargs: Any) -> Made:
        """What the decorated function returns."""
        if self._decorated is None:
            raise DagjobInvalidInvocationError(
                "only a PartitionedConfig that was made by a decorator can be called; ask this one for "
                "get_run_config_for_partition_key(key)."
            )
        return self._decorated(*args, **kwargs)


def config_of_partition(config: PartitionedConfig, key: str) -> dict[str, Any]:
    """What a run of the partition gets. Raises `DagjobPartitionFunctionError` for what the function raises."""
    try:
        return config.get_run_config_for_partition_key(key)
    except Exception as error:
        raise raised_by(config.subject, error, key) from error


def tags_of_partition(config: PartitionedConfig, key: str) -> dict[str, str]:
    """The tags that a run of the partition gets. Raises `DagjobPartitionFunctionError` for what a function raises."""
    try:
        return config.get_tags_for_partition_key(key)
    except DagjobInvalidDefinitionError:
        raise
    except Exception as error:
        raise raised_by(f"the tags function of {config.subject}", error, key) from error


def raised_by(function: str, error: Exception, key: str | None = None) -> DagjobPartitionFunctionError:
    """A function about partitions has raised."""
    of_key = f", for the partition {brief(key, 80)}" if key is not None else ""
    return DagjobPartitionFunctionError(f"{function} raised {type(error).__name__}: {error}{of_key}", error)


# -- decorators ----------------------------------------------------------------------------------------------------


def partitioned_config(
    partitions_def: PartitionsDefinition, tags_for_partition_key_fn: TagsOfKey | None = None
) -> Callable[[OfKey], PartitionedConfig]:
    """Make a function of a key the config of partitions."""
    _check_function(tags_for_partition_key_fn, "partitioned_config: tags_for_partition_key_fn")

    def decorate(function: OfKey) -> PartitionedConfig:
        return PartitionedConfig(
            partitions_def,
            decorated_fn=_checked(function),
            run_config_for_partition_key_fn=function,
            tags_for_partition_key_fn=tags_for_partition_key_fn,
        )

    return decorate


def static_partitioned_config(
    partition_keys: Sequence[str],
    tags_for_partition_fn: TagsOfKey | None = None,
    tags_for_partition_key_fn: TagsOfKey | None = None,
) -> Callable[[OfKey], PartitionedConfig]:
    """Make a function of a key the config of partitions that are a list of keys."""
    return partitioned_config(
        StaticPartitionsDefinition(partition_keys), _one_of(tags_for_partition_fn, tags_for_partition_key_fn)
    )


def dynamic_partitioned_config(
    partition_fn: PartitionFunction,
    tags_for_partition_fn: TagsOfKey | None = None,
    tags_for_partition_key_fn: TagsOfKey | None = None,
) -> Callable[[OfKey], PartitionedConfig]:
    """Make a function of a key the config of partitions whose keys another function returns."""
    return partitioned_config(
        DynamicPartitionsDefinition(partition_fn), _one_of(tags_for_partition_fn, tags_for_partition_key_fn)
    )


def hourly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of start and end the config of hours."""
    hours = HourlyPartitionsDefinition(start_date, None, minute_offset, timezone, fmt, end_offset, exclusions)
    return _of_windows(hours, tags_for_partition_fn)


def daily_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of start and end the config of days."""
    days = DailyPartitionsDefinition(
        start_date, None, minute_offset, hour_offset, timezone, fmt, end_offset, exclusions
    )
    return _of_windows(days, tags_for_partition_fn)


def weekly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 0,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of start and end the config of weeks; `day_offset` 0 is Sunday."""
    offsets = (minute_offset, hour_offset, day_offset)
    weeks = WeeklyPartitionsDefinition(start_date, None, *offsets, timezone, fmt, end_offset, exclusions)
    return _of_windows(weeks, tags_for_partition_fn)


def monthly_partitioned_config(
    start_date: datetime | str,
    minute_offset: int = 0,
    hour_offset: int = 0,
    day_offset: int = 1,
    timezone: str | None = None,
    fmt: str | None = None,
    end_offset: int = 0,
    tags_for_partition_fn: TagsOfWindow | None = None,
    exclusions: Sequence[str | datetime] | None = None,
) -> Callable[[OfWindow], PartitionedConfig]:
    """Make a function of start and end the config of months; `day_offset` is the day of the month."""
    offsets = (minute_offset, hour_offset, day_offset)
    months = MonthlyPartitionsDefinition(start_date, None, *offsets, timezone, fmt, end_offset, exclusions)
    return _of_windows(months, tags_for_partition_fn)


def _of_windows(
    windows: TimeWindowPartitionsDefinition, tags_fn: TagsOfWindow | None
) -> Callable[[OfWindow], PartitionedConfig]:
    _check_function(tags_fn, "tags_for_partition_fn")

    def decorate(function: OfWindow) -> PartitionedConfig:
        return PartitionedConfig(
            windows,
            decorated_fn=_checked(function),
            run_config_for_partition_key_fn=lambda key: function(*windows.window(key)),
            tags_for_partition_key_fn=None if tags_fn is None else lambda key: tags_fn(*windows.window(key)),
        )

    return decorate


def _one_of(first: TagsOfKey | None, second: TagsOfKey | None) -> TagsOfKey | None:
    if first is not None and second is not None:
        raise CheckError("give at most one of tags_for_partition_key_fn and tags_for_partition_fn.")
    return first if second is None else second


def _checked(function: Callable[..., Made]) -> Callable[..., Made]:
    _check_function(function, "the decorated object")
    return function


def _check_function(function: object, what: str) -> None:
    if function is not None and not callable(function):
        raise CheckError(f"{what} must be a function, not {brief(function)}.")
