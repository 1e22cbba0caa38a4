"""Windows that come hourly, daily, weekly or monthly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dagjob.partitions.window import DATE, MINUTE, ScheduleType, TimeWindowPartitionsDefinition


class HourlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """One partition for each hour since `start_date`."""

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or MINUTE,
            end_date,
            ScheduleType.HOURLY,
            timezone,
            end_offset,
            minute_offset,
            exclusions=exclusions,
        )


class DailyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """One partition for each day since `start_date`."""

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DATE,
            end_date,
            ScheduleType.DAILY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            exclusions=exclusions,
        )


class WeeklyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """One partition for each week since `start_date`; `day_offset` 0 is Sunday."""

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DATE,
            end_date,
            ScheduleType.WEEKLY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
            exclusions=exclusions,
        )


class MonthlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """One partition for each month since `start_date`; `day_offset` is the day of the month."""

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int = 1,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        super().__init__(
            start_date,
            fmt or DATE,
            end_date,
            ScheduleType.MONTHLY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
            exclusions=exclusions,
        )
