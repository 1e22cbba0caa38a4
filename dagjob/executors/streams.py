"""Where the output of an attempt goes: the file that descriptors 1 and 2 write to, and Python's streams above them."""

from __future__ import annotations

import contextlib
import os
import sys

from dagjob.builtin.private_files import open_private


def open_log(log: str) -> int:
    """A descriptor that writes to the end of the file; its folder is made when it is missing."""
    return open_private(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def redirect(log: str) -> None:
    """Let descriptors 1 and 2 write to the end of the file, for good."""
    fd = open_log(log)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)


def plain_streams() -> None:
    """Make `sys.stdin` empty, and stdout and stderr write to descriptors 1 and 2 line by line.

    Line by line, so that a log file shows both in the order in which they were written.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name, None)
        try:
            if stream is None or stream.fileno() != fd:
                raise ValueError(f"{name} was replaced")
            stream.reconfigure(line_buffering=True)
        except (AttributeError, OSError, ValueError):
            errors = "strict" if fd == 1 else "backslashreplace"
            fresh = open(fd, "w", buffering=1, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
            setattr(sys, name, fresh)


def line_by_line() -> None:
    """Let `sys.stdout` write each line at once, as stderr does: a log then shows both in their order."""
    stream = sys.stdout
    if not getattr(stream, "line_buffering", True):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def flush_streams() -> None:
    """Write out what Python still holds of stdout and stderr."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105  `suppress` costs a forked worker more.
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # None, closed by the user, or a full disk: no reason to lose the outcome.
