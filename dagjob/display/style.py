"""Glyphs and colours: one table of each, for every screen. Colour never carries a meaning alone.

Plain text is coloured here, by hand, in the sixteen colours that follow the user's own theme; the codes are those
of ECMA-48. Nothing here knows where the text goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from dagjob.record import Record

COLORS: Mapping[str, str] = {
    "success": "32",
    "reused": "36",
    "running": "1;36",
    "retrying": "33",
    "waiting": "2",
    "failed": "31",
    "timeout": "31",
    "crashed": "31",
    "canceled": "33",
    "skipped": "2",
    "not_run": "2",
    "error": "1;31",
    "warning": "1;33",
    "strong": "1",
    "dim": "2",
    "mark": "31",
    "name": "",
    "": "",
}
"""What a word of style means, as the parameters of an SGR sequence."""

UNICODE: Mapping[str, str] = {
    "success": "✓",
    "reused": "◌",
    "running": "⠹",
    "retrying": "↻",
    "waiting": "○",
    "failed": "✗",
    "timeout": "✗",
    "crashed": "✗",
    "canceled": "■",
    "skipped": "–",
    "not_run": "⊘",
    "full": "━",
    "empty": "─",
    "more": "…",
    "wall": "│",
    "here": "❱",
    "dot": "·",
    "branch": "└",
    "times": "x",
    "spinner": "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
}
ASCII: Mapping[str, str] = {
    "success": "ok",
    "reused": "re",
    "running": ">>",
    "retrying": "..",
    "waiting": "--",
    "failed": "XX",
    "timeout": "XX",
    "crashed": "XX",
    "canceled": "ca",
    "skipped": "sk",
    "not_run": "nr",
    "full": "#",
    "empty": "-",
    "more": "...",
    "wall": "|",
    "here": ">",
    "dot": "-",
    "branch": "+",
    "times": "x",
    "spinner": "",
}
RESET = "\x1b[0m"


class Style(Record):
    """The look of one stream: which glyphs it can show, and whether in colour."""

    color: bool = False
    utf8: bool = True

    def glyph(self, name: str) -> str:
        """The sign for a status or a part of a picture."""
        return (UNICODE if self.utf8 else ASCII)[name]

    @property
    def glyph_width(self) -> int:
        """Columns of a status glyph."""
        return 1 if self.utf8 else 2

    def paint(self, text: str, style: str) -> str:
        """The text in the colour of that word, if there is colour."""
        code = COLORS.get(style, "")
        return f"\x1b[{code}m{text}{RESET}" if self.color and code and text else text

    def mark(self, status: str) -> str:
        """The glyph of a status in its colour."""
        return self.paint(self.glyph(status), status)

    def bar(self, share: float, columns: int) -> tuple[str, str]:
        """A bar as its full and its empty part."""
        full = max(0, min(columns, int(share * columns + 0.5)))
        return self.glyph("full") * full, self.glyph("empty") * (columns - full)

    def spinner(self, now: float) -> str:
        """The glyph of what runs, turning with time where the screen can show it."""
        frames = self.glyph("spinner")
        return frames[int(now * 8) % len(frames)] if frames else self.glyph("running")
