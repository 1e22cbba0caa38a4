"""Text that is not ours, made fit for a screen: no line of an op, an exception or a store may steer the terminal.

`harmless` is the gate: every line that reaches a screen has gone through it, whoever has made it (`output.write_lines`, and
`Screen` for the board). The others are for what is known to come from outside: a carriage return wins over what it would
overwrite, white space is tidied. Nothing here cuts to a width; that is the business of whoever knows the screen.
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
UNSHOWABLE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_OURS = "(\x1b\\[(?:0|1|2|3[0-6]|1;3[0-6])m)"
"""The colours of `style.COLORS`, and nothing else that a terminal obeys."""
_SEQUENCES = "\x1b\\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b[\\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\\\)"
"""Whole escape sequences. One without an end is only disarmed: it must not swallow what we say behind it."""
_OUT_OF_LINE = str.maketrans(dict.fromkeys("\n\r\x0b\x0c\x85\u2028\u2029", " ") | {"\x1b": ""})


def harmless(line: str, color: bool = False) -> str:
    """One line as it may reach a screen: without control characters, line breaks or escape sequences; with tabs.

    With `color` the colours that we write ourselves stay.
    """
    if line.isprintable():
        return line
    if not color:
        return _disarmed(line)
    return "".join(part if number % 2 else _disarmed(part) for number, part in enumerate(re.split(_OURS, line)))


def bytewise(name: str) -> str:
    """The same for a name that a script uses again: bytes that are no UTF-8 stay."""
    return "".join(
        part if number % 2 else harmless(part) for number, part in enumerate(re.split("([\udc80-\udcff]+)", name))
    )


def _disarmed(text: str) -> str:
    return re.sub(UNSHOWABLE, "\ufffd", re.sub(_SEQUENCES, "", text).translate(_OUT_OF_LINE))


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
    return re.sub(UNSHOWABLE, "\ufffd", text)


def clean_lines(text: str, most: int = LONGEST_LINE) -> list[str]:
    """The lines of a text, each clean, without the trailing white space."""
    return [clean_line(line, most).rstrip() for line in text.replace("\r\n", "\n").split("\n")]


def one_line(text: str) -> str:
    """The first line that says something, for a column."""
    if len(text) <= LONGEST_LINE and text.isprintable():
        return text.strip()
    return next((line.strip() for line in clean_lines(text[: 4 * LONGEST_LINE]) if line.strip()), "")
