"""Writing to a stream: the one place where what we print meets a terminal that may obey it, or a pipe that may be closed.

What stands in a line may come from anywhere: an op, an exception, a history or an index that somebody has planted. So each
line goes through `sanitize.harmless`; what is no line (JSON, the frames of the board) has been made harmless by its writer.

A `BrokenPipeError` leaves these functions as it is: whoever runs the command turns it into exit code 141.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from dagjob.display.sanitize import harmless


def write_lines(stream: TextIO, lines: Iterable[str], color: bool = False) -> None:
    """Write the lines, each of them harmless, and flush. `color`: they may be in our colours."""
    lines = list(lines)
    text = "\n".join(lines)
    if (
        text.count("\n") == len(lines) - 1
        and text.replace("\n", "").isprintable()
        and not any(mark in text for mark in _COMMANDS)
    ):
        write_names(stream, f"{text}\n")  # Looked at together, which is ten times as fast.
        return
    write_names(stream, "".join(f"{_no_command(harmless(encodable(line), color))}\n" for line in lines))


def write_block(stream: TextIO, text: str, color: bool = False) -> None:
    """The same for several lines in one text."""
    write_lines(stream, text.removesuffix("\n").split("\n"), color)


def write_json(stream: TextIO, text: str) -> None:
    """Write JSON and flush: what a terminal might obey stands in its strings as an escape, which means the same."""
    escaped = text if text.isascii() and "\x7f" not in text else _escaped(text)
    if "##[" in escaped and os.environ.get("GITHUB_ACTIONS"):
        escaped = escaped.replace("##[", "##\\u005b")  # in a string of it: no JSON has this elsewhere
    write_text(stream, f"{escaped}\n")


def _escaped(text: str) -> str:
    import re

    from dagjob.display.sanitize import UNSHOWABLE

    return re.sub(UNSHOWABLE, lambda found: f"\\u{ord(found[0]):04x}", text)


_GROUPS = ("--- ", "+++ ", "~~~ ", "^^^ ")
_COMMANDS = ("::", "##[", *_GROUPS)
"""What CI systems may take for a command. The sections of GitLab have control characters in them, which no line has."""


def _no_command(line: str) -> str:
    """The line so that a CI system that reads logs for commands finds none in it."""
    if ("::" in line or "##[" in line) and os.environ.get("GITHUB_ACTIONS"):
        bare = line.lstrip()
        if bare.startswith("::"):
            line = f"{line[: len(line) - len(bare)]}: {bare[1:]}"
        return line.replace("##[", "## [")
    return f" {line}" if line.startswith(_GROUPS) and os.environ.get("BUILDKITE") else line


def write_text(stream: TextIO, text: str) -> None:
    """Write text as it is and flush; what the encoding of the stream does not have is written as an escape.

    So is a byte that was no UTF-8 where it was read, as in the name of a file: a stream may be made to let it through
    (`surrogateescape`, as in the locale C), and what we print is UTF-8 all the same. `write_names` hands it on.
    """
    write_names(stream, encodable(text))


def encodable(text: str) -> str:
    """The text with an escape in the place of each half of a surrogate pair."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def write_names(stream: TextIO, text: str) -> None:
    """The same for scripts that use names again: what the stream can say stays as it is."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
