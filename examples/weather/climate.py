"""The statistics: pure functions from days to numbers. Knows nothing of jobs, files or pictures.

Where chance is needed it comes in as a seeded generator, so that the same days always give the same report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from itertools import groupby, pairwise
from random import Random
from statistics import fmean
from typing import NamedTuple

from weather.readings import Day

DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Month(NamedTuple):
    """A month of the average year."""

    number: int
    high: float
    low: float
    rain: float
    """Mean total of the month in mm."""
    wet_days: float


class Interval(NamedTuple):
    """Between `low` and `high` the true mean lies in 19 of 20 cases."""

    low: float
    high: float


class Year(NamedTuple):
    year: int
    mean: float
    rain: float
    wet_days: int
    frost_days: int
    hot_days: int


class Ranking(NamedTuple):
    """The most extreme days by one measure, the most extreme first."""

    title: str
    unit: str
    days: list[tuple[date, float]]


class Spell(NamedTuple):
    """Days in a row that were all wet, or all dry."""

    wet: bool
    start: date
    days: int


class RainChance(NamedTuple):
    """How likely rain is tomorrow, given today. One for each month."""

    after_dry: float
    after_wet: float


def monthly_normals(days: Iterable[Day], wet_mm: float) -> list[Month]:
    """The average year, month by month."""
    return [
        Month(
            number=number,
            high=fmean(day.high for day in group),
            low=fmean(day.low for day in group),
            rain=fmean(day.rain for day in group) * DAYS_IN_MONTH[number - 1],
            wet_days=fmean(day.rain >= wet_mm for day in group) * DAYS_IN_MONTH[number - 1],
        )
        for number, group in by_month(days)
    ]


def rain_intervals(
    days: Iterable[Day], resamples: int, chance: Random, progress: Callable[[int, int], None]
) -> list[Interval]:
    """How sure the mean rain of each month is: a bootstrap of blocks of five days.

    Blocks, not single days, because rain comes in weather systems: days drawn one by one would pretend to know more
    than there is to know.
    """
    intervals = []
    for number, group in by_month(days):
        blocks = [sum(day.rain for day in group[i : i + 5]) for i in range(len(group) - 4)]
        draws = len(group) // 5
        scale = DAYS_IN_MONTH[number - 1] / (5 * draws)
        totals = sorted(sum(chance.choices(blocks, k=draws)) * scale for _ in range(resamples))
        intervals.append(Interval(totals[resamples // 40], totals[-1 - resamples // 40]))
        progress(number, 12)
    return intervals


def yearly_totals(days: Iterable[Day], wet_mm: float, hot: float) -> list[Year]:
    """One line for each year."""
    years = []
    for year, group in groupby(days, key=lambda day: day.date.year):
        of_year = list(group)
        years.append(
            Year(
                year=year,
                mean=fmean(day.mean for day in of_year),
                rain=sum(day.rain for day in of_year),
                wet_days=sum(day.rain >= wet_mm for day in of_year),
                frost_days=sum(day.low < 0 for day in of_year),
                hot_days=sum(day.high >= hot for day in of_year),
            )
        )
    return years


def find_spells(days: Iterable[Day], wet_mm: float) -> list[Spell]:
    """Every run of wet and of dry days, in order of time."""
    spells = []
    for wet, group in groupby(days, key=lambda day: day.rain >= wet_mm):
        run = list(group)
        spells.append(Spell(wet, run[0].date, len(run)))
    return spells


def longest_spell(spells: Iterable[Spell], year: int, wet: bool) -> Spell:
    """The longest spell that began in that year; the first of several."""
    return max((s for s in spells if s.wet is wet and s.start.year == year), key=lambda s: s.days)


def rain_chances(days: list[Day], wet_mm: float) -> list[RainChance]:
    """The simplest model of rain: tomorrow depends on today and on the month, and on nothing else."""
    seen: dict[tuple[int, bool], list[bool]] = defaultdict(list)
    for today, tomorrow in pairwise(days):
        seen[today.date.month, today.rain >= wet_mm].append(tomorrow.rain >= wet_mm)
    return [RainChance(fmean(seen[month, False] or [0]), fmean(seen[month, True] or [0])) for month in range(1, 13)]


def simulate_dry_spells(
    chances: list[RainChance], years: int, chance: Random, progress: Callable[[int, int], None]
) -> list[int]:
    """The longest dry spell of each of so many years in which only the model made the weather."""
    calendar = [chances[month] for month, length in enumerate(DAYS_IN_MONTH) for _ in range(length)]
    longest = []
    wet, draw = True, chance.random
    for year in range(years):
        run = best = 0
        for after_dry, after_wet in calendar:
            wet = draw() < (after_wet if wet else after_dry)
            run = 0 if wet else run + 1
            if run > best:
                best = run
        longest.append(best)
        if year % 500 == 499:
            progress(year + 1, years)
    return longest


def by_month(days: Iterable[Day]) -> list[tuple[int, list[Day]]]:
    """The days of all Januaries, of all Februaries, and so on."""
    months: dict[int, list[Day]] = defaultdict(list)
    for day in days:
        months[day.date.month].append(day)
    return sorted(months.items())
