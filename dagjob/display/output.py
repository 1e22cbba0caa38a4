"""Writing to a stream: the one place where what we print meets a pipe that may be closed, or that cannot spell it.

A `BrokenPipeError` leaves these functions as it is: whoever runs the command turns it into exit code 141.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO


def write_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Write the lines and flush."""
    write_text(stream, "".join(f"{line}\n" for line in lines))


def write_text(stream: TextIO, text: str) -> None:
    """Write text and flush; what the encoding of the stream does not have is written as an escape."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
