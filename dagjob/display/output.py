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
    """Write text and flush; what the encoding of the stream does not have is written as an escape.

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
