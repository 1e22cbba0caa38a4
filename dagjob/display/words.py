"""How numbers, times and long names are written on a screen. Pure functions; the time of day is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagjob.display.style import UNICODE

_NARROW = str.maketrans("", "", "".join(UNICODE.values()))
"""Our own signs take one column each: nobody has to be asked."""


def duration(seconds: float) -> str:
    """A measured time: `8.7s`, `1m58s`, `1h02m`, `2d03h`."""
    seconds = max(0.0, seconds)
    return f"{seconds:.1f}s" if seconds < 59.95 else _long(round(seconds))


def brief(seconds: float) -> str:
    """A time in whole seconds, for estimates and countdowns: `3s`, `1m20s`."""
    whole = round(max(0.0, seconds))
    return f"{whole}s" if whole < 60 else _long(whole)


def usual_time(seconds: float) -> str:
    """A time that was learnt from others: tenths only where they matter, `1.9s`, `50s`, `1m20s`."""
    return duration(seconds) if seconds < 9.95 else brief(seconds)


def _long(whole: int) -> str:
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02d}h"


def selection_text(clauses: Sequence[str], excluded: Sequence[str] = ()) -> str:
    """What of a job was asked for, in the words of the command line: `-s *load --exclude check`."""
    parts = [("-s", clauses), ("--exclude", excluded)]
    return " ".join(f"{option} {','.join(given)}" for option, given in parts if given)


def about(seconds: float) -> str:
    """An estimate, rounded so that it does not pretend: to 5 s below 1 min, 15 s below 10 min, else to minutes."""
    step = 5 if seconds < 60 else 15 if seconds < 600 else 60
    told = brief(max(step, round(seconds / step) * step))
    return told[: -len("00s")] if told.endswith(("m00s", "h00m")) else told


def ago(seconds: float) -> str:
    """How long ago: `just now`, `3m ago`, `1h ago`, `2d ago`."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit} ago"
    return "just now"


def moment(at: float, now: float) -> str:
    """When, in local time and as short as can be told apart: `today 13:15`, `Fri 09:02`, `2026-11-03`."""
    from time import localtime, strftime

    then, today = localtime(at), localtime(now)
    if then[:3] == today[:3]:
        return strftime("today %H:%M", then)
    if 0 <= now - at < 6 * 86400:
        return strftime("%a %H:%M", then)
    return strftime("%Y-%m-%d", then)


def number(value: float) -> str:
    """With thousands: `48,201`; fractions only where there are any."""
    if isinstance(value, float) and value == value and abs(value) < 1e15 and value == int(value):
        value = int(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def size(how_many: int) -> str:
    """Bytes: `812 B`, `1.3 kB`, `2.0 GB`."""
    for unit, each in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if how_many >= each:
            return f"{how_many / each:.1f} {unit}"
    return f"{how_many} B"


def count(how_many: int, noun: str) -> str:
    """`1 op`, `12 ops`; the plural takes an s."""
    return f"{how_many:,} {noun}" if how_many == 1 else f"{how_many:,} {noun}s"


def listing(names: Sequence[str], most: int = 3) -> str:
    """`a, b, c`, and beyond `most` how many there are: `a, b and 7 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def shell_word(text: str) -> str:
    """The text as one word of a command line: mapped keys have brackets, which shells take for a pattern."""
    if text and all(c.isalnum() or c in "_-.:/" for c in text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def width(text: str) -> int:
    """Columns that a text takes on the screen."""
    if text.isascii():
        return len(text)
    known = _WIDTHS.get(text)
    if known is None:
        if text.translate(_NARROW).isascii():
            known = len(text)
        else:
            from rich.cells import cell_len

            known = cell_len(text)
        if len(_WIDTHS) >= _MOST_WIDTHS:
            _WIDTHS.clear()
        if len(text) <= _LONGEST_KEPT:
            _WIDTHS[text] = known
    return known


_WIDTHS: dict[str, int] = {}
"""What was found for short texts: those of a board come again with each frame."""
_MOST_WIDTHS, _LONGEST_KEPT = 1000, 200


def cut(text: str, room: int, mark: str = "…") -> str:
    """The text, or its beginning and a mark where it is wider than `room` columns."""
    if len(text) <= room and (text.isascii() or width(text) <= room):
        return text
    if room <= len(mark):
        return mark[: max(0, room)]
    if text.isascii():
        return text[: room - len(mark)] + mark
    from rich.cells import set_cell_size

    return set_cell_size(text, room - len(mark)).rstrip() + mark


def middle_cut(text: str, room: int, mark: str = "…") -> str:
    """A name that is too long loses its middle, so that mapped keys stay readable: `aggregate_reg…_daily`."""
    if len(text) <= room and (text.isascii() or width(text) <= room):
        return text
    if not text.isascii() and width(text) > len(text):
        return cut(text, room, mark)  # Wide characters: where to cut in the middle is not worth finding out.
    if room <= len(mark) + 2:
        return text[: max(0, room)]
    tail = (room - len(mark)) // 3
    return text[: room - len(mark) - tail] + mark + text[len(text) - tail :]


def pad(text: str, columns: int) -> str:
    """The text, filled up with blanks to so many columns."""
    return text.ljust(columns) if text.isascii() else text + " " * (columns - width(text))


def widest(texts: Iterable[str], least: int, most: int) -> int:
    """Room for all of them, within bounds."""
    return max(least, min(most, max(map(len, texts), default=0)))
