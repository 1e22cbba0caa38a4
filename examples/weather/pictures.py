"""The pictures: numbers in, SVG text out. Colours are CSS classes, so that the page decides between light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import cos, pi, sin

from weather.climate import Interval, Month
from weather.readings import Day

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WARMTH = (0, 4, 8, 12, 16, 20, 24, 28)
"""Where one colour of the temperature scale ends and the next begins, in °C; classes t0 to t8."""


def years_picture(days: Iterable[Day]) -> str:
    """One wheel for each year: a stroke from low to high for every day, and its rain outside the rim."""
    wheels = [_wheel(year, list(group)) for year, group in groupby(days, key=lambda day: day.date.year)]
    columns = 2 if len(wheels) > 1 else 1
    rows = -(-len(wheels) // columns)
    placed = "".join(
        f'<g transform="translate({180 + 360 * (i % columns)} {176 + 352 * (i // columns)})">{wheel}</g>'
        for i, wheel in enumerate(wheels)
    )
    return _svg(360 * columns, 352 * rows, "Every day of every year: temperature and rain", placed)


def months_picture(months: Sequence[Month], rain: Sequence[Interval]) -> str:
    """The average year: mean highs and lows as a band, rain as bars with their 95 % interval."""
    width, height, left, right, top, middle, bottom = 720, 400, 44, 704, 16, 220, 366
    step = (right - left) / 12
    warmest = max(m.high for m in months) + 2
    coldest = min(0.0, min(m.low for m in months)) - 1
    wettest = max(i.high for i in rain) * 1.05

    def x(index: int) -> float:
        return left + step * (index + 0.5)

    def y_warm(value: float) -> float:
        return middle - (value - coldest) / (warmest - coldest) * (middle - top)

    def y_rain(value: float) -> float:
        return bottom - value / wettest * (bottom - middle - 24)

    parts = []
    for value in range(0, int(warmest) + 1, 10):
        parts.append(_line(left, y_warm(value), right, y_warm(value), "grid"))
        parts.append(_text(left - 8, y_warm(value) + 4, f"{value}°", "label end"))
    for value in range(0, int(wettest) + 1, 100):
        parts.append(_line(left, y_rain(value), right, y_rain(value), "grid"))
        parts.append(_text(left - 8, y_rain(value) + 4, f"{value}", "label end"))
    highs = [(x(i), y_warm(m.high)) for i, m in enumerate(months)]
    lows = [(x(i), y_warm(m.low)) for i, m in enumerate(months)]
    parts.append(f'<path class="band" d="M{_points(highs)}L{_points(reversed(lows))}Z"/>')
    parts.append(f'<path class="high" d="M{_points(highs)}"/><path class="low" d="M{_points(lows)}"/>')
    for i, (month, interval) in enumerate(zip(months, rain, strict=True)):
        tip = (
            f"{MONTHS[month.number - 1]}: {month.low:.1f} to {month.high:.1f} °C, {month.rain:.0f} mm "
            f"({interval.low:.0f} to {interval.high:.0f}), {month.wet_days:.0f} wet days"
        )
        parts.append(
            f"<g><title>{tip}</title>"
            f'<rect class="rain" x="{x(i) - step * 0.34:.1f}" y="{y_rain(month.rain):.1f}" width="{step * 0.68:.1f}"'
            f' height="{bottom - y_rain(month.rain):.1f}" rx="2"/>'
            + _line(x(i), y_rain(interval.low), x(i), y_rain(interval.high), "whisker")
            + f'<circle class="high dot" cx="{x(i):.1f}" cy="{y_warm(month.high):.1f}" r="3"/>'
            f'<circle class="low dot" cx="{x(i):.1f}" cy="{y_warm(month.low):.1f}" r="3"/></g>'
        )
        parts.append(_text(x(i), bottom + 20, MONTHS[month.number - 1], "label mid"))
    parts.append(_text(right, y_warm(warmest) + 10, "°C, mean high and low", "label end"))
    parts.append(_text(right, middle + 14, "mm of rain in the month, with its 95 % interval", "label end"))
    return _svg(width, height, "The average year, month by month", "".join(parts))


def spells_picture(simulated: Sequence[int], seen: Sequence[tuple[int, int]]) -> str:
    """How long the longest dry spell of a year is: in simulated years as bars, in the real ones (`seen`) as marks."""
    width, height, left, right, top, bottom = 720, 280, 44, 704, 86, 240
    last = max(max(simulated), max(days for _, days in seen)) + 1
    counts = Counter(simulated)
    tallest = max(counts.values()) / len(simulated)
    step = (right - left) / last

    def x(value: float) -> float:
        return left + step * value

    def y(share: float) -> float:
        return bottom - share / tallest * (bottom - top)

    bars = "".join(
        f'<rect class="dry" x="{x(length) + 0.5:.1f}" y="{y(count / len(simulated)):.1f}" width="{step - 1:.1f}"'
        f' height="{bottom - y(count / len(simulated)):.1f}"><title>{length} days: {count / len(simulated):.1%} of'
        f" simulated years</title></rect>"
        for length, count in sorted(counts.items())
    )
    parts = [bars, _line(left, bottom, right, bottom, "axis")]
    parts += [_text(x(value + 0.5), bottom + 20, str(value), "label mid") for value in range(0, last, 10)]
    parts.append(_text(right, bottom + 34, "days without rain", "label end"))
    free = [-1e9, -1e9, -1e9]  # how far each row of marks is taken
    for year, days in sorted(seen, key=lambda pair: pair[1]):
        place = x(days + 0.5)
        row = next((i for i, taken in enumerate(free) if taken < place), 0)
        free[row] = place + 112
        mark_y = 22 + 18 * row
        parts.append(_line(place, mark_y - 10, place, bottom, "mark"))
        anchor, shift = ("label", 6) if place < right - 110 else ("label end", -6)
        parts.append(_text(place + shift, mark_y, f"{year}: {days} days", f"{anchor} strong"))
    return _svg(width, height, "Longest dry spell of a year, simulated and observed", "".join(parts))


def _wheel(year: int, days: Sequence[Day]) -> str:
    """A polar year, January at the top; strokes of one colour share one path, which keeps the page small."""
    inner, outer = 34.0, 128.0

    def at(day: float, radius: float) -> str:
        angle = 2 * pi * day / 366 - pi / 2
        return f"{radius * cos(angle):.1f} {radius * sin(angle):.1f}"

    def radius(celsius: float) -> float:
        return inner + (celsius + 8) / 44 * (outer - inner)

    strokes: dict[str, list[str]] = {}
    for day in days:
        place = day.date.timetuple().tm_yday - 0.5
        warmth = f"t{sum(day.mean >= edge for edge in WARMTH)}"
        strokes.setdefault(warmth, []).append(f"M{at(place, radius(day.low))}L{at(place, radius(day.high))}")
        if day.rain:
            rim = f"M{at(place, outer + 3)}L{at(place, outer + 3 + min(day.rain, 60) * 0.4)}"
            strokes.setdefault("drop", []).append(rim)
    rings = "".join(f'<circle class="ring" r="{radius(value):.1f}"/>' for value in (0, 10, 20, 30))
    paths = "".join(f'<path class="day {name}" d="{"".join(lines)}"/>' for name, lines in sorted(strokes.items()))
    names = ""
    for index, name in enumerate(MONTHS):
        x, y = at(30.5 * index + 15, outer + 32).split()
        names += _text(float(x), float(y) + 4, name, "label mid small")
    scale = "".join(_text(3, -radius(value) + 3, f"{value}°", "ringlabel") for value in (0, 20))
    mean = sum(day.mean for day in days) / len(days)
    middle = _text(0, 2, str(year), "year mid") + _text(0, 16, f"{mean:.1f} °C", "label mid small")
    return rings + paths + names + scale + middle


def _svg(width: int, height: int, title: str, body: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}"><title>{title}</title>{body}</svg>'


def _line(x1: float, y1: float, x2: float, y2: float, name: str) -> str:
    return f'<line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, name: str) -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}">{text}</text>'


def _points(points: Iterable[tuple[float, float]]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
