"""Partitions that are windows of time: what lies between two ticks of a schedule (contract exe-7).

A window exists when it has ended, `end_offset` windows more or fewer. Its key is its start, as the clocks of the
definition's zone show it, in the definition's format. Keys and windows are made as they are asked for; how many there
are, and the first and the last, are worked out without going through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from enum import Enum
from itertools import islice, pairwise, takewhile
from math import inf

from dagjob.errors import CheckError, DagjobInvalidDefinitionError, ExitCode
from dagjob.partitions.base import Ends, PartitionsDefinition, TimeWindow, no_schedule, partition_loading_context
from dagjob.partitions.ticks import EVERY_HOUR, Tick, Ticks
from dagjob.values.checks import brief, check_kind

DATE, MINUTE = "%Y-%m-%d", "%Y-%m-%d-%H:%M"
_YEARS = ("%Y", "%y", "%G", "%c", "%x", "%D", "%F", "%s")
_TEXT, _MOMENT = (str, type(None)), (datetime, str)


class ScheduleType(Enum):
    """How often a fixed window comes."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class TimeWindowPartitionsDefinition(PartitionsDefinition):
    """Windows of time between the ticks of a schedule: hourly, daily, weekly, monthly, or of a cron string."""

    def __init__(
        self,
        start: datetime | str,
        fmt: str,
        end: datetime | str | None = None,
        schedule_type: ScheduleType | None = None,
        timezone: str | None = None,
        end_offset: int = 0,
        minute_offset: int | None = None,
        hour_offset: int | None = None,
        day_offset: int | None = None,
        cron_schedule: str | None = None,
        exclusions: Sequence[str | datetime] | None = None,
    ) -> None:
        what = type(self).__name__
        self.fmt = check_kind(fmt, str, f"{what}: fmt")
        if not any(year in fmt for year in _YEARS):
            raise no_schedule(f"{what}: the format {fmt!r} does not tell the windows apart: it has no year.")
        self.timezone = check_kind(timezone, _TEXT, f"{what}: timezone") or "UTC"
        self.end_offset = check_kind(end_offset, int, f"{what}: end_offset")
        self._zone = zone_named(self.timezone)
        offsets = (minute_offset, hour_offset, day_offset)
        if (schedule_type is None) == (cron_schedule is None):
            raise CheckError(f"{what}: give either a schedule_type or a cron_schedule.")
        if cron_schedule is not None:
            if any(offset is not None for offset in offsets):
                raise CheckError(
                    f"{what}: a cron_schedule has its offsets in itself; minute_offset and kin are for a schedule_type."
                )
            self.cron_schedule = check_kind(cron_schedule, str, f"{what}: cron_schedule")
        else:
            kind = check_kind(schedule_type, ScheduleType, f"{what}: schedule_type")
            assert kind is not None
            self.cron_schedule = _fixed_cron(kind, *offsets, what)
        fields = _plain_fields(self.cron_schedule)
        self._ticks = self._made_ticks(fields, what)
        self.minute_offset, self.hour_offset, self.day_offset, self.schedule_type = _offsets(fields)
        self.kind = self.schedule_type.value.lower() if self.schedule_type is not None else "cron"
        self.start = self._moment_given(start, f"{what}: start")
        self.end = None if end is None else self._moment_given(end, f"{what}: end")
        self.exclusions = list(exclusions) if exclusions else None
        self._excluded_at: set[float] = set()
        self._excluded_by: list[Ticks] = []
        for one in exclusions or ():
            self._exclude(one, f"{what}: exclusions")
        self._begin = _seconds(self.start, self._ticks)
        self._stop = None if self.end is None else _seconds(self.end, self._ticks)
        self._check_keys(what)

    def _made_ticks(self, fields: list[int | None] | None, what: str) -> Ticks:
        if fields is None:
            from dagjob.partitions.cron import cron_ticks

            return cron_ticks(self.cron_schedule, self._zone, f"{what}: cron_schedule")
        minute, hour, day, _, weekday = fields
        assert minute is not None
        return Ticks(
            self._zone,
            (minute,),
            EVERY_HOUR if hour is None else (hour,),
            None if day is None else (day,),
            None,
            None if weekday is None else (weekday,),
        )

    def _exclude(self, one: object, what: str) -> None:
        if isinstance(one, datetime):
            self._excluded_at.add(_seconds(self._moment_given(one, what), self._ticks))
        else:
            from dagjob.partitions.cron import cron_ticks

            self._excluded_by.append(cron_ticks(check_kind(one, str, what), self._zone, what))  # type: ignore[arg-type]

    def _moment_given(self, given: datetime | str, what: str) -> datetime:
        check_kind(given, _MOMENT, what)
        if isinstance(given, datetime):
            return given.replace(tzinfo=self._zone)
        try:
            return self._read(given, self.fmt)
        except ValueError:
            raise ValueError(f"{what} {brief(given)} does not match the format {self.fmt!r}") from None

    def _check_keys(self, what: str) -> None:
        """Each key must lead back to its window: a format that is too coarse gives two windows one key."""
        for tick in islice(self._ticks.since(self._begin), 3):
            key = self._key(tick)
            try:
                back = next(self._ticks.since(self._moment_of(key)), None)
            except ValueError:
                back = None
            if back is None or back.at != tick.at:
                raise no_schedule(
                    f"{what}: the format {self.fmt!r} does not tell the windows apart: the one that begins "
                    f"{tick.wall:%Y-%m-%d %H:%M} has the key {key!r}, which does not say so."
                )

    # -- keys ------------------------------------------------------------------------------------------------------

    def _key(self, tick: Tick) -> str:
        text = tick.wall.strftime(self.fmt)
        second = self._ticks.every_hour and tick.wall.fold and "%z" not in self.fmt
        return text + tick.wall.strftime("%z") if second else text

    def _key_at(self, wall: datetime) -> str:
        return self._key(Tick(0, wall))

    def _read(self, text: str, fmt: str) -> datetime:
        """A text of the format, in the zone. Raises `ValueError`."""
        read = _plain_date(text, fmt)
        if read is None:
            read = datetime.strptime(text, fmt)
        return read.replace(tzinfo=self._zone) if read.tzinfo is None else read.astimezone(self._zone)

    def _moment_of(self, key: str) -> float:
        """When the text of a key stands for. Raises `ValueError`."""
        try:
            return _seconds(self._read(key, self.fmt), self._ticks)
        except ValueError:
            if not self._ticks.every_hour:
                raise ValueError(f"{brief(key)} does not match the format {self.fmt!r}") from None
        try:
            return self._read(key, f"{self.fmt}%z").timestamp()
        except ValueError:
            raise ValueError(f"{brief(key)} does not match the format {self.fmt!r}") from None

    def _is_excluded(self, at: int) -> bool:
        return at in self._excluded_at or any(ticks.ticks_at(at) for ticks in self._excluded_by)

    def _limit(self, now: datetime) -> float:
        """Windows exist that begin before this."""
        limit = self._last_tick(_seconds(now, self._ticks))
        wanted = abs(self.end_offset)
        if self.end_offset < 0:
            for tick in self._ticks.before(limit):
                if not wanted or tick.at < self._begin:
                    break
                limit, wanted = tick.at, wanted - (not self._is_excluded(tick.at))
        elif self.end_offset > 0:
            for begin, end in pairwise(self._ticks.since(limit)):
                if not wanted or (self._stop is not None and end.at > self._stop):
                    break
                limit, wanted = end.at, wanted - (not self._is_excluded(begin.at))
        return limit if self._stop is None else min(limit, self._last_tick(self._stop))

    def _last_tick(self, at: float) -> float:
        """The last tick by then; the start of the definition, where there is none."""
        return next((tick.at for tick in self._ticks.before(at // 1 + 1)), self._begin)

    def _ticks_of(self, begin: float, limit: float) -> Iterator[Tick]:
        for tick in takewhile(lambda tick: tick.at < limit, self._ticks.since(begin)):
            if not self._is_excluded(tick.at):
                yield tick

    def _back_from(self, limit: float) -> Iterator[Tick]:
        for tick in takewhile(lambda tick: tick.at >= self._begin, self._ticks.before(limit)):
            if not self._is_excluded(tick.at):
                yield tick

    def keys(self, now: datetime) -> Iterator[str]:
        """The keys of the windows that have ended."""
        return map(self._key, self._ticks_of(self._begin, self._limit(now)))

    def has(self, key: str, now: datetime) -> bool:
        """Is it exactly the key of a window that exists?"""
        try:
            tick = next(self._ticks.since(self._moment_of(key)), None)
        except (ValueError, OverflowError):
            return False
        return (
            tick is not None
            and tick.at >= self._begin
            and self._key(tick) == key
            and tick.at < self._limit(now)
            and not self._is_excluded(tick.at)
        )

    def meant_by(self, key: str, now: datetime) -> str | None:
        """The same time, written as keys are."""
        try:
            meant = self._key(self._window_at(key)[0])
        except (ValueError, OverflowError):
            return None
        return meant if self.has(meant, now) else None

    def count(self, now: datetime) -> int:
        """How many windows have ended, by arithmetic."""
        limit = self._limit(now)
        excluded = {at for at in self._excluded_at if self._begin <= at < limit and self._ticks.ticks_at(at)}
        for ticks in self._excluded_by:
            inside = takewhile(lambda tick: tick.at < limit, ticks.since(self._begin))
            excluded.update(tick.at for tick in inside if self._ticks.ticks_at(tick.at))
        return self._ticks.count(self._begin, limit) - len(excluded)

    def first(self, now: datetime) -> str | None:
        """The key of the first window that has ended."""
        return next(self.keys(now), None)

    def last(self, now: datetime) -> str | None:
        """The key of the last window that has ended."""
        return next(map(self._key, self._back_from(self._limit(now))), None)

    def latest(self, count: int, now: datetime) -> list[str]:
        """The keys of the last windows."""
        return [self._key(tick) for tick in islice(self._back_from(self._limit(now)), max(count, 0))][::-1]

    def between(self, start: str, end: str, now: datetime) -> Iterator[str]:
        """The keys from one to another; they may lie in the future, not outside the definition."""
        ends = [self._window_at(key) for key in (start, end)]
        for key, (tick, until) in zip((start, end), ends, strict=True):
            if tick.at < self._begin or (self._stop is not None and until.at > self._stop):
                raise CheckError(f"the partition {brief(key)} is not one of these: {self.describe()}.")
        return map(self._key, self._ticks_of(ends[0][0].at, ends[1][0].at + 1))

    # -- windows ---------------------------------------------------------------------------------------------------

    def _window_at(self, key: str) -> tuple[Tick, Tick]:
        """The first and the next tick of the window that begins where a key says, or next after it."""
        coming = self._ticks.since(self._moment_of(key))
        tick = next((tick for tick in coming if not self._is_excluded(tick.at)), None)
        until = next(coming, None)
        if tick is None or until is None:
            raise ValueError(f"there is no window as late as {brief(key)}")
        return tick, until

    def window(self, key: str) -> TimeWindow:
        """The window that begins where the key says, or next after it. Raises `ValueError` for what is no key."""
        tick, until = self._window_at(key)
        return TimeWindow(tick.wall, until.wall)

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """The window of a key. It is not checked that there is such a partition."""
        return self.window(partition_key)

    def start_time_for_partition_key(self, partition_key: str) -> datetime:
        """The start of the window of a key."""
        return self.window(partition_key).start

    def end_time_for_partition_key(self, partition_key: str) -> datetime:
        """The end of the window of a key."""
        return self.window(partition_key).end

    def get_first_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        """The first window; None where none has ended."""
        key = self.get_first_partition_key(current_time)
        return None if key is None else self.window(key)

    def get_last_partition_window(self, current_time: datetime | None = None) -> TimeWindow | None:
        """The last window; None where none has ended."""
        key = self.get_last_partition_key(current_time)
        return None if key is None else self.window(key)

    def get_next_partition_window(self, end_dt: datetime, respect_bounds: bool = True) -> TimeWindow | None:
        """The first window that begins then or later; None where it has not ended, or is outside of the definition."""
        with partition_loading_context() as asked:
            limit = self._limit(asked.effective_dt) if respect_bounds else inf
            tick = next(self._ticks_of(_seconds(end_dt, self._ticks), limit), None)
        return None if tick is None else self.window(self._key(tick))

    def get_prev_partition_window(self, start_dt: datetime, respect_bounds: bool = True) -> TimeWindow | None:
        """The last window that ends then or earlier; None where it begins before the definition does."""
        ends = self._ticks.before(_seconds(start_dt, self._ticks) // 1 + 1)
        for until, tick in pairwise(ends):
            if not self._is_excluded(tick.at):
                inside = tick.at >= self._begin or not respect_bounds
                return TimeWindow(tick.wall, until.wall) if inside else None
        return None

    def get_partition_key_for_timestamp(self, timestamp: float, end_closed: bool = False) -> str:
        """The key of the window that holds a moment; of one where two meet the earlier, if `end_closed`."""
        return self._key(next(self._ticks.before(timestamp if end_closed else timestamp // 1 + 1)))

    def get_partition_key(self, current_date: datetime | str) -> str:
        """The key for a moment. Raises `ValueError` for one outside of the definition."""
        moment = self._moment_given(current_date, "get_partition_key")
        at = _seconds(moment, self._ticks)
        if at < self._begin or (self._stop is not None and at >= self._stop):
            raise ValueError(
                f"{moment.strftime(self.fmt)!r} is outside of the partitions, which go from {self.start.strftime(self.fmt)}"
                + (f" to {self.end.strftime(self.fmt)}" if self.end is not None else " on")
            )
        return moment.strftime(self.fmt)

    def get_next_partition_key(self, partition_key: str) -> str | None:
        """The key after this one; None after the last."""
        with partition_loading_context() as asked:
            _, until = self._window_at(partition_key)
            return next(map(self._key, self._ticks_of(until.at, self._limit(asked.effective_dt))), None)

    def get_partition_keys_in_time_window(self, time_window: TimeWindow) -> Sequence[str]:
        """The keys of the windows that begin in this one."""
        begin, end = (_seconds(moment, self._ticks) for moment in time_window)
        return [self._key(tick) for tick in self._ticks_of(max(begin, self._begin), end)]

    def get_cron_schedule(
        self,
        minute_of_hour: int | None = None,
        hour_of_day: int | None = None,
        day_of_week: int | None = None,
        day_of_month: int | None = None,
    ) -> str:
        """The cron string of the schedule, or of the same with other offsets."""
        given = (minute_of_hour, hour_of_day, day_of_month, None, day_of_week)
        if all(one is None for one in given):
            return self.cron_schedule
        fields = self.cron_schedule.split()
        return " ".join(old if new is None else str(new) for new, old in zip(given, fields, strict=True))

    # -- words -----------------------------------------------------------------------------------------------------

    def describe(self) -> str:
        """How often, since when, and until when."""
        often = self.kind if self.schedule_type is not None else f'cron "{self.cron_schedule}"'
        until = f" until {self.end.strftime(self.fmt)}" if self.end is not None else ""
        zone = "" if self.timezone == "UTC" else f" ({self.timezone})"
        return f"{often} since {self.start.strftime(self.fmt)}{until}{zone}"

    def ends(self, now: datetime) -> Ends:
        """By arithmetic."""
        return Ends(self.first(now), self.last(now), self.count(now))

    def identity(self) -> object:
        """All that makes windows and keys."""
        excluded = tuple(sorted(map(str, self.exclusions or ())))
        end = (self._stop, self.end_offset)
        return ("window", self._begin, *end, self.fmt, self.timezone, self.cron_schedule, excluded)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.describe()!r})"


# -- parts ---------------------------------------------------------------------------------------------------------


def zone_named(name: str) -> tzinfo:
    """The zone of that name. Raises `ZoneInfoNotFoundError`."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise _no_zone(f"there is no time zone {brief(name)}; one is written like Europe/Berlin") from None


def _no_zone(message: str) -> DagjobInvalidDefinitionError:
    """What `zoneinfo` raises, and an error of ours as well: so it is told like one."""
    from zoneinfo import ZoneInfoNotFoundError as NotFound

    class ZoneInfoNotFoundError(DagjobInvalidDefinitionError, NotFound):
        """There is no such time zone."""

        exit_code = ExitCode.CONFIG
        __str__ = Exception.__str__

    return ZoneInfoNotFoundError(message)


def _seconds(moment: datetime, ticks: Ticks) -> float:
    """A moment as a number; a naive one is of the zone of the ticks."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ticks.zone)
    return moment.timestamp()


def _plain_date(text: str, fmt: str) -> datetime | None:
    """A date in one of the usual formats, without what `strptime` loads; None where it must say itself."""
    wanted = {DATE: 10, MINUTE: 16}.get(fmt)
    if len(text) != wanted or not (text[4] == text[7] == "-") or not text.isascii():
        return None
    hour, minute = ("00", "00") if wanted == 10 else (text[11:13], text[14:16])
    parts = (text[:4], text[5:7], text[8:10], hour, minute)
    if not all(map(str.isdigit, parts)) or text[10:] != ("" if wanted == 10 else f"-{hour}:{minute}"):
        return None
    return datetime(*map(int, parts))  # type: ignore[arg-type]


_LIMITS = (("minute_offset", 0, 59), ("hour_offset", 0, 23))
_DAYS = {ScheduleType.WEEKLY: (0, 7), ScheduleType.MONTHLY: (0, 31)}


def _fixed_cron(kind: ScheduleType, minute: int | None, hour: int | None, day: int | None, what: str) -> str:
    """The cron string of a fixed schedule. Raises `DagjobInvalidDefinitionError` for an offset that is out of range."""
    lowest, highest = _DAYS.get(kind, (0, 0))
    for (name, low, high), value in zip((*_LIMITS, ("day_offset", lowest, highest)), (minute, hour, day), strict=True):
        if value is not None and not low <= check_kind(value, int, f"{what}: {name}") <= high:
            if name == "day_offset" and kind not in _DAYS:
                raise CheckError(f"{what}: {kind.value.lower()} windows have no day_offset.")
            raise no_schedule(f"{what}: {name} must be from {low} to {high}, not {value}.")
    if kind is ScheduleType.HOURLY:
        if hour:
            raise CheckError(f"{what}: hourly windows have no hour_offset.")
        return f"{minute or 0} * * * *"
    time = f"{minute or 0} {hour or 0}"
    if kind is ScheduleType.WEEKLY:
        return f"{time} * * {(day or 0) % 7}"
    return f"{time} {day or 1} * *" if kind is ScheduleType.MONTHLY else f"{time} * * *"


def _plain_fields(cron: str) -> list[int | None] | None:
    """The five fields of a cron string that is a fixed schedule, None for each `*`; None for any other string."""
    fields = cron.split()
    if len(fields) != 5 or not all(field == "*" or (field.isascii() and field.isdigit()) for field in fields):
        return None
    minute, hour, day, month, weekday = made = [None if field == "*" else int(field) for field in fields]
    free = [one is None for one in (hour, day, weekday)]
    fixed = free in ([True, True, True], [False, True, True], [False, False, True], [False, True, False])
    if minute is None or month is not None or not fixed:
        return None
    fits = minute < 60 and (hour or 0) < 24 and 0 < (1 if day is None else day) <= 31 and (weekday or 0) <= 7
    return made if fits else None


def _offsets(fields: list[int | None] | None) -> tuple[int, int, int, ScheduleType | None]:
    """Minute, hour and day offset, and the kind, of a fixed schedule."""
    if fields is None:
        return 0, 0, 0, None
    minute, hour, day, _, weekday = fields
    if hour is None:
        return minute or 0, 0, 0, ScheduleType.HOURLY
    if day is not None:
        return minute or 0, hour, day, ScheduleType.MONTHLY
    kind = ScheduleType.DAILY if weekday is None else ScheduleType.WEEKLY
    return minute or 0, hour, (weekday or 0) % 7, kind
