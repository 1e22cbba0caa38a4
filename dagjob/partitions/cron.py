"""Cron strings, read into the lists of numbers that `ticks.py` goes by."""

from __future__ import annotations

from datetime import tzinfo

from dagjob.partitions.base import no_schedule
from dagjob.partitions.ticks import EVERY_HOUR, EVERY_MINUTE, LAST_OF_MONTH, Ticks
from dagjob.values.checks import brief

_LAST_DAY = "l"
FIXED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def cron_ticks(text: str, zone: tzinfo, what: str) -> Ticks:
    """The ticks of a cron string. Raises `DagjobInvalidDefinitionError` for one that is none, or never fires."""
    from croniter import croniter

    fields = FIXED.get(text, text).split()
    refusal = f"{what}: {brief(text)} is no cron schedule"
    if len(fields) != 5:
        raise no_schedule(f"{refusal}: it must have five fields (minute, hour, day, month, weekday).")
    try:
        expanded, nth_weekdays = croniter.expand(" ".join(fields))
    except (ValueError, KeyError) as error:
        raise no_schedule(f"{refusal}: {error}.") from None
    if nth_weekdays:
        raise no_schedule(f"{refusal}: a weekday is a number or a name, no more.")
    lists = [None if "*" in field else [_number(value) for value in field] for field in expanded]
    minutes, hours, days, months, weekdays = lists
    if days and weekdays is None and not _ever(days, months or range(1, 13)):
        raise no_schedule(f"{refusal} that ever fires: no such month has such a day.")
    return Ticks(zone, EVERY_MINUTE if minutes is None else minutes, EVERY_HOUR if hours is None else hours, *lists[2:])


def _number(value: int | str) -> int:
    return LAST_OF_MONTH if value == _LAST_DAY else int(value)


def _ever(days: list[int], months: list[int] | range) -> bool:
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
    return any(day <= longest.get(month, 31) for day in days for month in months)
