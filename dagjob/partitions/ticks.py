"""The moments at which a schedule ticks, in a time zone: what windows of time are made of.

A schedule is five lists of numbers, as in cron. What a change of the clocks does to it (contract exe-7):

* One that ticks in every hour ticks in every hour that there is: not in one that is left out, twice in one that comes
  twice.
* Any other ticks once. A time that comes twice is its second coming; one that is left out moves to the end of the gap.
  But it stays in its day: in the hour after midnight, or where the gap ends on the next day, it stands as it is; a daily
  one has its first coming there. A day that is left out as a whole has no tick.

Fixed schedules are counted by arithmetic. Moments are seconds since the epoch: datetimes of one zone compare by what the
clock on the wall says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise, takewhile
from typing import NamedTuple

EVERY_MINUTE, EVERY_HOUR = tuple(range(60)), tuple(range(24))
_HOUR, _DAY = 3600, 86400
_STEP = 45 * _DAY
"""How far apart one looks for changes of the offset."""
_EPOCH = datetime(1970, 1, 1)
_LAST_DAY = date.max.toordinal() - 3
LAST_OF_MONTH = 0
"""Among the days of a month: its last one."""


class Tick(NamedTuple):
    """A moment, and what the clock on the wall says then."""

    at: int
    wall: datetime


class Ticks:
    """A schedule in a time zone. `days` of months, `months`, and `weekdays` (0 is Sunday) are None for all."""

    def __init__(
        self,
        zone: tzinfo,
        minutes: Sequence[int] = (0,),
        hours: Sequence[int] = (0,),
        days: Sequence[int] | None = None,
        months: Sequence[int] | None = None,
        weekdays: Sequence[int] | None = None,
    ) -> None:
        self.zone = zone
        self.every_hour = len(hours) == len(EVERY_HOUR)
        self._minutes, self._times = minutes, [timedelta(hours=h, minutes=m) for h in hours for m in minutes]
        self._days = None if days is None else frozenset(days)
        self._months = None if months is None else frozenset(months)
        self._weekdays = None if weekdays is None else frozenset(day % 7 for day in weekdays)
        self._every_day = days is None and months is None and weekdays is None

    # -- in order --------------------------------------------------------------------------------------------------

    def since(self, at: float) -> Iterator[Tick]:
        """The ticks at or after a moment, on and on."""
        last = at - 1
        for day in range(self._day_of(at) - 1, _LAST_DAY):
            for tick in self._of_day(day):
                if tick.at >= at and tick.at > last:
                    last = tick.at
                    yield tick

    def before(self, at: float) -> Iterator[Tick]:
        """The ticks before a moment, back and back."""
        first = at
        for day in range(self._day_of(at) + 1, 3, -1):
            for tick in reversed(self._of_day(day)):
                if tick.at < first:
                    first = tick.at
                    yield tick

    def ticks_at(self, at: float) -> bool:
        """Is there a tick at this very moment?"""
        day = datetime.fromtimestamp(at, self.zone).toordinal()
        # One that stands where the clocks leave it out belongs to the day before.
        return any(tick.at == at for number in (day, day - 1) for tick in self._of_day(number))

    def count(self, start: float, end: float) -> int:
        """How many ticks there are from `start` on and before `end`."""
        if end <= start:
            return 0
        if self.every_hour and self._every_day:
            return sum(self._count_hours(start, end, minute) for minute in self._minutes)
        near, far = self._day_of(start) + 3, self._day_of(end) - 3
        if far - near < 30:
            return sum(1 for _ in takewhile(lambda tick: tick.at < end, self.since(start)))
        near_at, far_at = self._midnight(near), self._midnight(far)
        return self._in_days(near, far) + self.count(start, near_at) + self.count(far_at, end)

    def moment(self, wall: datetime) -> int:
        """When a wall clock of the zone says this; for one that is left out or comes twice, `fold` counts."""
        offset = self.zone.utcoffset(wall) or timedelta()
        return int((wall.replace(tzinfo=None, fold=0) - _EPOCH - offset).total_seconds() // 1)

    # -- days ------------------------------------------------------------------------------------------------------

    def _day_of(self, at: float) -> int:
        """The number of the day, by UTC: the zone's is at most one off."""
        return min(max(int(at // _DAY) + _EPOCH.toordinal(), 4), _LAST_DAY - 1)

    @staticmethod
    def _midnight(day: int) -> int:
        return (day - _EPOCH.toordinal()) * _DAY

    def _fits(self, day: date) -> bool:
        if self._months is not None and day.month not in self._months:
            return False
        if self._days is None and self._weekdays is None:
            return True
        of_month = self._days is not None and (
            day.day in self._days or (LAST_OF_MONTH in self._days and (day + timedelta(1)).day == 1)
        )
        return of_month or (self._weekdays is not None and day.isoweekday() % 7 in self._weekdays)

    def _of_day(self, number: int) -> list[Tick]:
        day = date.fromordinal(number)
        if not self._every_day and not self._fits(day):
            return []
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        if self._is_even(midnight):
            at = self.moment(midnight)
            return [Tick(at + time.days * _DAY + time.seconds, midnight + time) for time in self._times]
        found: dict[int, Tick] = {}
        for time in self._times:
            for tick in self._of_wall(midnight + time):
                found.setdefault(tick.at, tick)
        return sorted(found.values())

    @staticmethod
    def _is_even(midnight: datetime) -> bool:
        """Does the offset stay the same from this midnight to the next?"""
        ends = (midnight, midnight + timedelta(1))
        offsets = {end.replace(fold=fold).utcoffset() for end in ends for fold in (0, 1)}
        return len(offsets) == 1

    def _of_wall(self, wall: datetime) -> tuple[Tick, ...]:
        second = wall.replace(fold=1)
        earlier, later = wall.utcoffset(), second.utcoffset()
        if earlier == later:
            return (Tick(self.moment(wall), wall),)
        assert earlier is not None and later is not None
        if earlier > later:  # it comes twice
            both = (Tick(self.moment(wall), wall), Tick(self.moment(second), second))
            first = wall.hour == 0 and len(self._times) == 1
            return both if self.every_hour else both[:1] if first else both[1:]
        if self.every_hour:
            return ()
        at = self.moment(wall)
        if self._is_left_out(wall):
            return ()
        if wall.hour == 0:
            return (Tick(at, wall),)
        gap_end = self._gap_end(self.moment(second), at)
        moved = datetime.fromtimestamp(gap_end, self.zone)
        return (Tick(gap_end, moved if moved.date() == wall.date() else wall),)

    def _is_left_out(self, wall: datetime) -> bool:
        """Is the whole day left out?"""
        ends = (wall.replace(hour=0, minute=0), wall.replace(hour=23, minute=59, second=59))
        return all(datetime.fromtimestamp(self.moment(end), self.zone).date() != wall.date() for end in ends)

    def _gap_end(self, before: int, after: int) -> int:
        """The moment of the change between two moments."""
        offset = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self._offset(middle) == offset else (before, middle)
        return after

    def _offset(self, at: int) -> int:
        offset = datetime.fromtimestamp(at, self.zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    # -- counting --------------------------------------------------------------------------------------------------

    def _in_days(self, near: int, far: int) -> int:
        """How many ticks there are between the UTC midnights of two days."""
        start, end = self._midnight(near), self._midnight(far)
        edges = sum(1 for tick in self._of_days(near - 2, near + 2) if tick.at >= start)
        edges += sum(1 for tick in self._of_days(far - 2, far + 2) if tick.at < end)
        first, last = near + 2, far - 2
        if len(self._times) == 1 and not self.every_hour:
            return edges + self._count_days(first, last)
        return edges + sum(self._count_of_day(day) for day in range(first, last))

    def _of_days(self, first: int, last: int) -> Iterator[Tick]:
        for day in range(first, last):
            yield from self._of_day(day)

    def _count_days(self, first: int, last: int) -> int:
        """How many days fit, from `first` on and before `last`: one tick for each."""
        if self._days is None and self._months is None:
            weekdays = range(7) if self._weekdays is None else self._weekdays
            every = sum((last - 1 - day) // 7 - (first - 1 - day) // 7 for day in weekdays)
        else:
            every = sum(1 for day in range(first, last) if self._fits(date.fromordinal(day)))
        return every - sum(1 for day in self._missing_days(first, last) if self._fits(date.fromordinal(day)))

    def _missing_days(self, first: int, last: int) -> Iterator[int]:
        """The days that are left out: where the offset leaps by about a day."""
        for at in range(self._midnight(first), self._midnight(last), _STEP):
            if self._offset(at + _STEP) - self._offset(at) > 20 * _HOUR:
                change = datetime.fromtimestamp(self._gap_end(at, at + _STEP), self.zone).toordinal()
                for day in range(max(first, change - 1), min(last, change + 1)):
                    if self._is_left_out(datetime.combine(date.fromordinal(day), datetime.min.time(), self.zone)):
                        yield day

    def _count_of_day(self, day: int) -> int:
        if not self._every_day and not self._fits(date.fromordinal(day)):
            return 0
        midnight = self._midnight(day)
        changes = self._offset(midnight - _DAY) != self._offset(midnight + 2 * _DAY)
        return len(self._of_day(day)) if changes else len(self._times)

    def _count_hours(self, start: float, end: float, minute: int) -> int:
        """How often the wall clock shows this minute: once in each hour, whose place moves with the offset."""
        first, last = -int(-start // 1), -int(-end // 1)
        parts = [first, *self._odd_changes(first, last), last]
        total = 0
        for begin, until in pairwise(parts):
            place = (60 * minute - self._offset(begin)) % _HOUR
            total += (until - 1 - place) // _HOUR - (begin - 1 - place) // _HOUR
        return total

    def _odd_changes(self, start: int, end: int) -> Iterator[int]:
        """The changes of the offset by another time than whole hours; they are months apart."""
        for at in range(start, end, _STEP):
            following = min(at + _STEP, end)
            if (self._offset(following) - self._offset(at)) % _HOUR:
                yield self._gap_end(at, following)
