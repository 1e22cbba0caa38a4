"""A terminal of any size for a display under test: its screen, and everything that has scrolled out of it."""

from __future__ import annotations

import pyte


class Unpaged(pyte.HistoryScreen):
    """A screen with a history that nobody pages through.

    What pyte does around every event for the sake of paging, at each look at an attribute, takes half of its time.
    """

    __getattribute__ = object.__getattribute__


class Terminal:
    """A stream that a display writes to, with what a person would see."""

    encoding = "utf-8"

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = Unpaged(columns, lines, history=5000, ratio=0.5)
        self.screen.set_mode(pyte.modes.LNM)  # the line discipline: a newline also returns the carriage
        self._stream = pyte.Stream(self.screen)
        self.written = ""
        self.writes = 0

    def write(self, text: str) -> int:
        self.written += text
        self.writes += 1
        # pyte does not know private modes with a letter before them; real terminals ignore what they do not know.
        self._stream.feed(text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))
        return len(text)

    def flush(self) -> None:
        """Everything has been fed already."""

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)

    @property
    def columns(self) -> int:
        return int(self.screen.columns)

    @property
    def lines(self) -> int:
        return int(self.screen.lines)

    @property
    def shown(self) -> list[str]:
        """The screen, without the empty lines at its end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n").split("\n")

    @property
    def scrollback(self) -> list[str]:
        """What has left the screen at its top."""
        return [
            "".join(line[column].data for column in range(self.screen.columns)).rstrip()
            for line in self.screen.history.top
        ]

    @property
    def everything(self) -> list[str]:
        return self.scrollback + self.shown

    @property
    def cursor_is_visible(self) -> bool:
        return not self.screen.cursor.hidden
