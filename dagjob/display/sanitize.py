"""Text that is not ours, made fit for a screen: no line of an op or of an exception may steer the terminal.

Escape sequences go, a carriage return wins over what it would overwrite, what cannot be shown becomes a visible mark.
Nothing here cuts to a width; that is the business of whoever knows the screen.
"""

from __future__ import annotations

import re

LONGEST_LINE = 2000
"""Characters of one line that are looked at; the rest is dropped before anything slow happens."""

_ESCAPES = (
    "\x1b\\[[0-?]*[ -/]*[@-~]?"  # CSI, also one that was cut off
    "|\x1b[\\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\\\|$)"  # OSC, DCS and kin up to their end
    "|\x1b[ -/]*[0-~]?"
    "|\x9b[0-?]*[ -/]*[@-~]?"
)
_UNSHOWABLE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def clean_line(text: str, most: int = LONGEST_LINE) -> str:
    """One line for a screen: what a terminal would have left standing, without anything that moves or colours.

    Of a longer line only the first `most` characters.
    """
    text = text[:most]
    if text.isprintable():
        return text
    text = re.sub(_ESCAPES, "", text)
    if "\r" in text:
        # A progress bar overwrites itself: its last state is the line.
        text = next((part for part in reversed(text.split("\r")) if part.strip()), "")
    text = text.replace("\t", "    ").replace("\n", " ").replace("\x0b", " ").replace("\x0c", " ")
    return re.sub(_UNSHOWABLE, "\ufffd", text)


def clean_lines(text: str, most: int = LONGEST_LINE) -> list[str]:
    """The lines of a text, each clean, without the trailing white space."""
    return [clean_line(line, most).rstrip() for line in text.replace("\r\n", "\n").split("\n")]


def one_line(text: str) -> str:
    """The first line that says something, for a column."""
    return next((line.strip() for line in clean_lines(text[: 4 * LONGEST_LINE]) if line.strip()), "")
