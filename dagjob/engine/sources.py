"""Whether the source files of a job are still those that a run began with.

A worker that was forked from the main process has its code. One that imports the module again would run whatever the
files hold by then, with a plan that was made from other code: it compares first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from zlib import crc32

from dagjob.engine.neighbours import users_modules
from dagjob.errors import DagjobImportError

Stamp = tuple[int, int, int]
"""When the file was changed last (ns), its size, a checksum of its bytes."""


def stamps() -> Mapping[str, Stamp]:
    """The files that this process has loaded from the folders of its target."""
    found = {}
    for _, module in users_modules():
        file = module.__file__
        if file is not None:
            with suppress(OSError):
                found[file] = _stamp(file)
    return found


def refuse_changed(before: Mapping[str, Stamp]) -> None:
    """Raise `DagjobImportError` when a file does not hold what it held."""
    changed = [file for file, stamp in before.items() if not _same(file, stamp)]
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise DagjobImportError(f"{changed[0]}{more} has changed since the run began").noting(
            "each op of this run imports the job again, and would not run the code that the run began with",
            "run again; to change code while a run goes on, let it be forked: start_method preloaded",
        )


def _same(file: str, stamp: Stamp) -> bool:
    try:
        status = os.stat(file)
        return (status.st_mtime_ns, status.st_size) == stamp[:2] or _stamp(file)[1:] == stamp[1:]
    except OSError:
        return False


def _stamp(file: str) -> Stamp:
    with open(file, "rb") as opened:
        status = os.fstat(opened.fileno())
        return status.st_mtime_ns, status.st_size, crc32(opened.read())
