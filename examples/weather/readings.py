"""From lines of a CSV file to days that can be trusted. Knows the columns and their units; computes no statistics.

A line that cannot be right is not mended and not dropped in silence: it is handed back with the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

COLUMNS = {"date", "precipitation", "temp_max", "temp_min", "wind"}

Row = dict[str, str]


class Day(NamedTuple):
    """One day at one station."""

    date: date
    rain: float
    """Precipitation in mm; snow counts as the water that it melts to."""
    high: float
    """Highest temperature in °C."""
    low: float
    """Lowest temperature in °C."""
    wind: float
    """Mean wind speed in m/s."""

    @property
    def mean(self) -> float:
        """The middle of high and low, which is what climatologists call the daily mean."""
        return (self.high + self.low) / 2


class Rejected(NamedTuple):
    """A line of the file that is no day, and why."""

    line: int
    reason: str
    text: str


class Limits(NamedTuple):
    """What a thermometer, a rain gauge and an anemometer can plausibly show at the station."""

    coldest: float
    hottest: float
    rain: float
    wind: float


def read_rows(path: Path) -> list[Row]:
    """The lines of the file by column name, still text."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := COLUMNS - set(rows.fieldnames or ()):
            raise ValueError(f"{path.name} lacks the column(s) {', '.join(sorted(missing))}")
        return list(rows)


def clean(rows: Iterable[Row], years: range, limits: Limits) -> tuple[list[Day], list[Rejected]]:
    """The days of those years in order of time, and every line that had to be left out."""
    days: dict[date, Day] = {}
    rejected: list[Rejected] = []
    for line, row in enumerate(rows, start=2):  # line 1 is the header
        try:
            day = parse_day(row)
            if day.date.year not in years:
                continue
            if day.date in days:
                raise ValueError(f"{day.date} is there twice")
            check_day(day, limits)
        except ValueError as error:
            rejected.append(Rejected(line, str(error), ",".join(str(value) for value in row.values())))
        else:
            days[day.date] = day
    return [days[key] for key in sorted(days)], rejected


def parse_day(row: Mapping[str, str]) -> Day:
    """A day from its text; dates are written 2012/01/31."""
    return Day(
        date=date.fromisoformat(row["date"].replace("/", "-")),
        rain=float(row["precipitation"]),
        high=float(row["temp_max"]),
        low=float(row["temp_min"]),
        wind=float(row["wind"]),
    )


def check_day(day: Day, limits: Limits) -> None:
    """Raise ValueError, naming the first thing about the day that cannot be."""
    if day.low > day.high:
        raise ValueError(f"the low of {day.low} °C is above the high of {day.high} °C")
    if day.low < limits.coldest or day.high > limits.hottest:
        raise ValueError(f"{day.low} to {day.high} °C lies outside {limits.coldest} to {limits.hottest} °C")
    if not 0 <= day.rain <= limits.rain:
        raise ValueError(f"{day.rain} mm of rain is not between 0 and {limits.rain}")
    if not 0 <= day.wind <= limits.wind:
        raise ValueError(f"wind of {day.wind} m/s is not between 0 and {limits.wind}")


def missing_days(days: list[Day]) -> Iterator[date]:
    """The dates between the first and the last day that have no reading."""
    there = {day.date for day in days}
    one = days[0].date
    while one < days[-1].date:
        if one not in there:
            yield one
        one += timedelta(days=1)
