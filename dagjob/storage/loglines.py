"""Three records of one attempt as one story: the file of what it printed, its `context.log`, and how it failed.

Each log line knows how long the file was when it was written (`offset`), so it stands after what had been printed by
then; an error stands at the end of its attempt. A printed line is never cut in two: one that was half written comes
first, as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from dagjob.builtin.ownership import open_file, open_regular
from dagjob.event_json import error_from_json
from dagjob.storage.records import LogLine, Stream

_BLOCK = 1 << 16
"""Bytes that are read at a time."""
LONGEST_LINE = 1 << 20
"""Bytes after which a line without an end is cut: an op may print a gigabyte of dots."""


def log_lines(
    rows: Iterable[tuple[str, float, str, int, str | None, int]],
    stream: Stream | None,
    log_path: Callable[[str, int], str] | None,
    *,
    blocks: bool = False,
    tail: int | None = None,
) -> Iterator[LogLine]:
    """Lines from rows of (kind, at, step, attempt, JSON body, number of the attempt), ordered by that number.

    An attempt's file is the one that its `op.start` names; where that was moved with the state directory, the one that
    `log_path(step, attempt)` says. With `blocks`, printed lines come many at a time, with line ends between them: that is
    ten times as fast. With `tail`, only the last so many printed lines of each attempt are read, from the end of its file.
    """
    current = None
    printed: _Printed | None = None
    try:
        for kind, at, step, attempt, text, number in rows:
            if number != current:
                if printed is not None:
                    yield from printed.until(None)
                current, printed = number, None
            body = json.loads(text) if text else {}
            if kind == "op.start":
                if stream in (None, "output") and body.get("log"):
                    other = log_path(step, attempt) if log_path is not None else None
                    printed = _Printed(step, attempt, body["log"], other, blocks, tail)
                continue
            if kind != "op.log":
                error = error_from_json(body.get("error"))
                if error is not None and stream in (None, "error"):
                    if printed is not None:
                        yield from printed.until(None)
                    yield LogLine(step, attempt, "error", error.text, at, body.get("status"), error=error)
                continue
            offset = body.get("offset")
            if printed is not None and offset is not None:
                yield from printed.until(offset)
            if stream in (None, "log"):
                yield _log_line(step, attempt, at, body)
        if printed is not None:
            yield from printed.until(None)
    finally:
        if printed is not None:
            printed.close()


def _log_line(step: str, attempt: int, at: float, body: dict[str, Any]) -> LogLine:
    return LogLine(step, attempt, "log", body.get("text", ""), at, body.get("level"), body.get("logger"))


class _Printed:
    """The file of one attempt, read line by line and closed at its end. One that is gone has no lines."""

    def __init__(self, step: str, attempt: int, path: str, other: str | None, blocks: bool, tail: int | None) -> None:
        self._step = step
        self._attempt = attempt
        self._file = _open(path) or (_open(other) if other else None)
        self._block = _BLOCK if blocks else 0
        self._at = _last_lines(self._file, tail) if self._file is not None and tail is not None else 0

    def until(self, offset: int | None) -> Iterator[LogLine]:
        """The lines that begin before `offset` (None: all that are left)."""
        while self._file is not None and (offset is None or self._at < offset):
            room = self._block if offset is None else min(self._block, offset - self._at)
            line = self._file.read(room) if room else b""
            if not line.endswith(b"\n"):
                line += self._file.readline(LONGEST_LINE)
            if not line:
                self.close()
                return
            self._at += len(line)
            text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
            yield LogLine(self._step, self._attempt, "output", text)

    def close(self) -> None:
        """Have no more lines."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _last_lines(file: BinaryIO, count: int) -> int:
    """Move to where the last lines begin, without reading what is before them; that offset."""
    at = end = file.seek(0, os.SEEK_END)
    left = count + 1
    while at > 0 and end - at < (count + 1) * LONGEST_LINE:
        start = max(0, at - _BLOCK)
        file.seek(start)
        block = file.read(at - start)
        if at == end and not block.endswith(b"\n"):
            left -= 1  # The last line has no end.
        here = block.count(b"\n")
        if here >= left:
            for _ in range(left):
                at = start + block.rindex(b"\n", 0, at - start)
            return file.seek(at + 1)
        left -= here
        at = start
    return file.seek(at)


def _open(path: str) -> BinaryIO | None:
    try:
        return open_file(path, "rb", opener=open_regular)
    except OSError:
        return None
