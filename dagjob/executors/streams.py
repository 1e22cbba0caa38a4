"""Where the output of an attempt goes: the file that descriptors 1 and 2 write to, and Python's streams above them."""

from __future__ import annotations

import contextlib
import os
import sys
from io import BufferedWriter, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from dagjob.builtin.private_files import open_private

if TYPE_CHECKING:
    from dagjob.builtin.patient_file import PatientFile

_patient: list[PatientFile] = []
"""The files below the streams of this process, the latest two."""


def open_log(log: str) -> int:
    """A descriptor that writes to the end of the file; its folder is made when it is missing."""
    return open_private(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def open_log_or_nothing(log: str) -> tuple[int, str | None]:
    """The same, or what takes all and keeps nothing, and why: an op does not fail because its output cannot be kept."""
    try:
        return open_log(log), None
    except OSError as error:
        return os.open(os.devnull, os.O_WRONLY), f"what it prints is not kept: {log}: {error.strerror}"


def redirect(log: str) -> str | None:
    """Let descriptors 1 and 2 write to the end of the file, for good; why they do not."""
    fd, problem = open_log_or_nothing(log)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)
    return problem


def plain_streams() -> None:
    """Make `sys.stdin` empty, and stdout and stderr write to descriptors 1 and 2 line by line, patiently on a full disk.

    Line by line, so that a log file shows both in the order in which they were written.
    """
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    line_by_line()  # Those of the program that was forked: somebody may have kept one.
    sys.stdout, sys.stderr = patient_stream(1, sys.stdout), patient_stream(2, sys.stderr)


def patient_stream(fd: int, like: TextIO | None) -> TextIO:
    """A stream to this descriptor, in the encoding of the one that it stands for, that waits for a full disk."""
    encoding = getattr(like, "encoding", None) or "utf-8"
    errors = getattr(like, "errors", None) or ("strict" if fd == 1 else "backslashreplace")
    from dagjob.builtin.patient_file import PatientFile  # The main process has no use for it.

    file = PatientFile(fd, "w", closefd=False)
    _patient[:] = [*_patient[-1:], file]
    return TextIOWrapper(BufferedWriter(file), encoding, errors, line_buffering=True)


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


def settle_streams() -> None:
    """Write what the log could not take until now, or lose it: its op is over."""
    flush_streams()
    for file in _patient:
        file.settle(last=True)
