"""The part of a terminal that is drawn again and again: it knows what stands there, and writes only what has changed.

The cursor rests at the start of the line below the last row. Every write goes out whole, between the marks of a
synchronized update, so that no half frame is seen.

Of Rich only the table of character widths is used: `rich.cells` costs a fifth of a bare interpreter's start. On top of
that `rich.style` costs 0.7 and `rich.console` 3.2 of such starts (measured), and `rich.live`
redraws at 1 to 4 % of a core. What they would do here, a colour code around a span, is a table of twenty words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from dagjob.display.output import write_text
from dagjob.display.rows import Row, Span, row_width
from dagjob.display.sanitize import harmless
from dagjob.display.style import COLORS

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CUT, WRAP = "\x1b[?7l", "\x1b[?7h"
"""What becomes of a row that is too wide. tmux makes a screen narrower a quarter of a second before it says so, and a row that
wrapped in that time would leave the cursor a line too low.
"""
LAST_WORDS = f"\r\n{WRAP}{SHOW}{END}"
"""What a terminal needs to hear if there is no time for more."""
CLEAR_LINE, UP_AND_CLEAR = "\x1b[K", "\x1b[A\x1b[2K"
FRESH_LINE = f"\r{CLEAR_LINE}"
"""What a person typed is echoed where the cursor rests: it is wiped away, and the column is 0 again."""


class Screen:
    """Rows at the lower end of a terminal. `reflows`: the terminal wraps old lines anew when it gets narrower."""

    def __init__(self, stream: TextIO, color: bool, reflows: bool = False) -> None:
        self._stream = stream
        self._reflows = reflows
        self._paint = {style: (f"\x1b[{code}m", "\x1b[0m") for style, code in COLORS.items() if code} if color else {}
        self._rows: list[Row] = []
        self._size = (0, 0)
        self._hidden = False

    def draw(self, rows: Sequence[Row], columns: int, lines: int) -> None:
        """Make the screen show these rows."""
        parts: list[str] = []
        other_size = self._size != (columns, lines)
        if other_size or not self._hidden:
            parts.append(HIDE)
            self._hidden = True
        if other_size:
            parts.append(self._erase(columns, lines))
            self._rows = []
            self._size = (columns, lines)
        if changes := self._changes(rows):
            parts += [CUT, *changes, WRAP]
        self._rows = list(rows)
        self._write(parts)

    def print_above(self, lines: Sequence[str], columns: int, height: int) -> None:
        """Write lines that stay, above the rows; the rows are gone until they are drawn again."""
        parts = [self._erase(columns, height)]
        parts += [f"{harmless(line, bool(self._paint))}\r\n" for line in lines]
        self._rows = []
        self._size = (columns, height)
        self._write(parts)

    def leave(self, columns: int, lines: int) -> None:
        """Take the rows away and give the cursor back."""
        parts = [self._erase(columns, lines)]
        if self._hidden:
            parts.append(SHOW)
        self._rows = []
        self._hidden = False
        self._write(parts)

    def forget(self) -> None:
        """Others may have written meanwhile: nothing is known of what stands there."""
        self._rows = []
        self._size = (0, 0)  # All is written anew. The cursor that we have hidden is still ours to give back.

    # -- writing ---------------------------------------------------------------------------------------------------

    def _write(self, parts: list[str]) -> None:
        text = "".join(parts)
        if text:
            write_text(self._stream, f"{BEGIN}{text}{END}")

    def _erase(self, columns: int, lines: int) -> str:
        """Clear the rows that stand there, and go to where the first one was; after a resize, as far as can be known.

        Line by line: where the rows fill the screen, tmux takes "clear all below" for "clear the screen", and puts
        the old rows into its history.
        """
        height = len(self._rows)
        if self._reflows and columns < self._size[0]:
            height = sum(max(1, -(-row_width(row) // max(1, columns))) for row in self._rows)
        # What has left the screen at its top cannot be reached any more.
        height = min(height, max(0, lines - 1))
        return f"{FRESH_LINE}{UP_AND_CLEAR * height}" if height else ""

    def _changes(self, rows: Sequence[Row]) -> list[str]:
        """The sequences that turn the old rows into the new ones, from the top down, and the cursor back below."""
        old = self._rows
        changed = [number for number, row in enumerate(rows) if number >= len(old) or row != old[number]]
        if old and not changed and len(old) == len(rows):
            return []
        parts = [FRESH_LINE if old else "", UP_AND_CLEAR * (len(old) - len(rows))]
        here = min(len(old), len(rows))
        for number in changed:
            if number != here:
                parts.append(_move(number - here))
            # A row that is new needs a line of its own, so the newline may scroll; an old one only gets new text.
            new = number >= len(old)
            parts.append(f"{self._text(rows[number])}{CLEAR_LINE}\r{chr(10) if new else ''}")
            here = number + 1 if new else number
        if here != len(rows):
            parts.append(_move(len(rows) - here))
        return parts

    def _text(self, row: Row) -> str:
        paint = self._paint
        spans: Sequence[Span] = row
        if not "".join([span for span, _ in row]).isprintable():
            spans = [(harmless(span), style) for span, style in row]
        text = "".join(
            [f"{paint[style][0]}{span}{paint[style][1]}" if style in paint else span for span, style in spans]
        )
        return text if paint else text.rstrip(" ")


def _move(lines: int) -> str:
    """The cursor so many lines down, or up, at the start of the line."""
    return f"\x1b[{-lines}A" if lines < 0 else f"\x1b[{lines}B"
