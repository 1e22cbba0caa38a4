"""How the partitions of a job stand, as a picture: a calendar, a grid of two dimensions, ops by keys, or rows of cells.

Pure: keys and how they stand go in, lines come out. A cell is one sign, so that a year fits on a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from dagjob.display.style import Style
from dagjob.display.words import about, count, cut, middle_cut, pad, shell_word, widest, width
from dagjob.record import Record

CELLS: Mapping[str, str] = {"success": "✓", "failed": "✗", "running": "⠹", "missing": "·"}
ASCII_CELLS: Mapping[str, str] = {"success": "+", "failed": "X", "running": ">", "missing": "."}
LOOKS: Mapping[str, str] = {"success": "success", "failed": "failed", "running": "running", "missing": "dim"}
WORDS: Mapping[str, str] = {"success": "done", "failed": "failed", "running": "running", "missing": "missing"}
WIDEST_LABEL = 30
FEW = 12
"""Keys of which each gets a row of its own."""
DAYS, HOURS, MONTHS = 31, 24, 12
BETWEEN = "|"


class Pictured(Record):
    """What is to be seen. `dimensions` has the row and the column of each key of two dimensions, `steps` the ops of each key;
    `usual` is the seconds that a partition takes."""

    job: str
    kind: str
    keys: tuple[str, ...]
    standing: Mapping[str, str]
    dimensions: Mapping[str, tuple[str, str]] = {}
    steps: Mapping[str, Mapping[str, str]] = {}
    usual: float | None = None
    target: str = ""
    """What names the job on a command line."""


def picture(shown: Pictured, style: Style, columns: int) -> list[str]:
    """The lines: a title with the counts, the picture, and the command that does what is missing."""
    cells = _Cells(style)
    if shown.steps:
        body = _matrix(shown, cells, columns)
    elif shown.dimensions:
        body = _grid(shown, cells, columns)
    else:
        shape = _SHAPES.get(shown.kind)
        body = (shape(shown, cells) if shape else None) or _rows(shown, cells, columns)
    return [*_title(shown, cells, columns), "", *body, *_next(shown, columns)]


class _Cells:
    """The signs of one stream."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._signs = CELLS if style.utf8 else ASCII_CELLS

    def of(self, status: str) -> str:
        """One cell."""
        return self.style.paint(self._signs[status], LOOKS[status])


def _title(shown: Pictured, cells: _Cells, columns: int) -> list[str]:
    kind = f"{shown.kind} " if shown.kind not in ("custom", "multi") else ""
    name = f"{shown.job}, {count(len(shown.keys), f'{kind}key')}"
    found = [(status, sum(each == status for each in shown.standing.values())) for status in CELLS]
    told = [(cells.of(status), f" {WORDS[status]} {many:,}") for status, many in found if many]
    line = "   ".join(f"{cell}{text}" for cell, text in told)
    bare = sum(1 + width(text) + 3 for _, text in told) - 3
    room = columns - width(name) - bare
    title = cells.style.paint(cut(name, columns, cells.style.glyph("more")), "strong")
    if room >= 3:
        return [f"{title}{' ' * min(room, 6)}{line}"]
    return [title, f"  {line}"] if bare + 2 <= columns else [title, *(f"  {cell}{text}" for cell, text in told)]


def _next(shown: Pictured, columns: int) -> list[str]:
    """The command that does what is missing or has failed."""
    open_ones = [status for status in ("missing", "failed") if status in shown.standing.values()]
    if not open_ones:
        return []
    many = sum(status in open_ones for status in shown.standing.values())
    took = f", about {about(shown.usual * many)}" if shown.usual is not None else ""
    wanted = " ".join(f"--{status}" for status in open_ones)
    named = f"{shell_word(shown.target)} " if shown.target else ""
    command, much = f" dagjob backfill {named}{wanted}", f"{count(many, 'run')}{took}"
    fits = width(command) + width(much) + 8 <= columns
    return ["", f"{command}        {much}"] if fits else ["", command, f"  {much}"]


# -- calendars -----------------------------------------------------------------------------------------------------


def _calendar(
    shown: Pictured, cells: _Cells, split: Callable[[str], tuple[str, int] | None], many: int
) -> list[str] | None:
    """Rows of `many` places: `split` tells the row of a key and its place in it, from 0. None: a key tells neither."""
    rows: dict[str, dict[int, str]] = {}
    for key in shown.keys:
        place = split(key)
        if place is None or not 0 <= place[1] < many or place[1] in rows.get(place[0], ()):
            return None
        rows.setdefault(place[0], {})[place[1]] = key
    return [
        f"{row:<11}" + "".join(cells.of(shown.standing[by[at]]) if at in by else " " for at in range(max(by) + 1))
        for row, by in rows.items()
    ]


def _digits(text: str, *lengths: int) -> list[str] | None:
    """The groups of digits of a text, if they are of these lengths."""
    groups = "".join(sign if sign.isdecimal() else " " for sign in text).split()
    return groups if [len(group) for group in groups] == list(lengths) else None


def _by_day(shown: Pictured, cells: _Cells) -> list[str] | None:
    def split(key: str) -> tuple[str, int] | None:
        found = _digits(key, 4, 2, 2)
        return (f"{found[0]}-{found[1]}", int(found[2]) - 1) if found else None

    rows = _calendar(shown, cells, split, DAYS)
    return rows and [f"{'':<11}1    5    10   15   20   25   30", *rows]


def _by_hour(shown: Pictured, cells: _Cells) -> list[str] | None:
    def split(key: str) -> tuple[str, int] | None:
        found = _digits(key, 4, 2, 2, 2, 2)
        return (f"{found[0]}-{found[1]}-{found[2]}", int(found[3])) if found else None

    rows = _calendar(shown, cells, split, HOURS)
    return rows and [f"{'':<11}0     6     12    18", *rows]


def _by_month(shown: Pictured, cells: _Cells) -> list[str] | None:
    def split(key: str) -> tuple[str, int] | None:
        found = _digits(key, 4, 2, 2) or _digits(key, 4, 2)
        return (found[0], int(found[1]) - 1) if found else None

    rows = _calendar(shown, cells, split, MONTHS)
    return rows and [f"{'':<11}1  4  7  10", *rows]


_SHAPES: Mapping[str, Callable[[Pictured, _Cells], list[str] | None]] = {
    "daily": _by_day,
    "hourly": _by_hour,
    "monthly": _by_month,
}


# -- other shapes --------------------------------------------------------------------------------------------------


def _rows(shown: Pictured, cells: _Cells, columns: int) -> list[str]:
    """Few keys: a row each. Many: rows of cells, each row named by its first key."""
    more = cells.style.glyph("more")
    if len(shown.keys) <= FEW:
        return [f" {cells.of(shown.standing[key])} {middle_cut(key, columns - 4, more)}" for key in shown.keys]
    label = widest(shown.keys, 8, min(WIDEST_LABEL, columns // 2))
    per_row = max(10, min(50, (columns - label - 3) // 10 * 10))
    lines = []
    for start in range(0, len(shown.keys), per_row):
        row = shown.keys[start : start + per_row]
        name = pad(middle_cut(row[0], label, more), label)
        lines.append(f"{name}   {''.join(cells.of(shown.standing[key]) for key in row)}")
    return lines


def _grid(shown: Pictured, cells: _Cells, columns: int) -> list[str]:
    """Two dimensions: the one with more keys is down."""
    firsts = list(dict.fromkeys(first for first, _ in shown.dimensions.values()))
    seconds = list(dict.fromkeys(second for _, second in shown.dimensions.values()))
    at = {pair: shown.standing[key] for key, pair in shown.dimensions.items()}
    if len(seconds) > len(firsts):
        firsts, seconds = seconds, firsts
        at = {(second, first): status for (first, second), status in at.items()}
    return list(_table(firsts, seconds, at, cells, columns))


def _matrix(shown: Pictured, cells: _Cells, columns: int) -> list[str]:
    """Ops down, keys across: the latest ones, where there is no room for all."""
    ops = list(dict.fromkeys(op for steps in shown.steps.values() for op in steps))
    label = widest(ops, 8, min(WIDEST_LABEL, columns // 2))
    keys = list(shown.keys)[-max(1, columns - label - 3) :]
    at = {(op, key): shown.steps.get(key, {}).get(op, "missing") for op in ops for key in keys}
    lines = list(_table(ops, keys, at, cells, columns))
    if len(keys) < len(shown.keys):
        told = f"the last {len(keys):,} of {count(len(shown.keys), 'key')}; others with  --from KEY --to KEY"
        lines.append(cut(told, columns, cells.style.glyph("more")))
    return lines


def _table(
    down: Sequence[str], across: Sequence[str], at: Mapping[tuple[str, str], str], cells: _Cells, columns: int
) -> Iterator[str]:
    """Cells with names at the left and above; where those above have no room, the first and the last are said."""
    more = cells.style.glyph("more")
    label = widest(down, 8, min(WIDEST_LABEL, columns // 2))
    room = columns - label - 3
    wide = sum(width(name) + 2 for name in across) <= room
    if wide:
        yield f"{'':<{label}}   {'  '.join(across)}".rstrip()
    elif len(across) > 1:
        yield f"{'':<{label}}   {cut(f'{across[0]} to {across[-1]}', room, more)}"
    for name in down:
        row = [(cells.of(at[name, other]) if (name, other) in at else " ") for other in across]
        line = (
            "".join(cell + " " * (width(other) + 1) for cell, other in zip(row, across, strict=True))
            if wide
            else "".join(row)
        )
        yield f"{pad(middle_cut(name, label, more), label)}   {line}".rstrip()
