"""What is kept of backfills, so that one that was interrupted can go on: a small file for each, beside the runs.

How its partitions stand is not in there: the history of their runs knows it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from dagjob.builtin.ownership import open_file, open_regular
from dagjob.builtin.private_files import open_private
from dagjob.errors import DagjobBusyError, DagjobRunNotFoundError, DagjobStateError, nearest
from dagjob.event_json import dumps
from dagjob.record import Record, asdict
from dagjob.storage.locks import RunLock
from dagjob.storage.paths import StateDir, unwritable

FOLDER = "backfills"
_VERSION = 1
_MOST_OPEN = 200
"""Backfills, the latest, among which one is looked for that may go on."""


class BackfillRecord(Record):
    """One backfill. `keys` are its partitions in the order in which they are done, `asked` is a digest of the command.

    `target` is what names the job; `config` the run config that was given, masked, and `options` the rest of what is needed to
    go on. `ended` is set when every partition has had its run, well or not.
    """

    id: str
    job: str
    target: str
    keys: tuple[str, ...]
    asked: str
    config: Mapping[str, Any]
    options: Mapping[str, Any]
    started: float
    ended: float | None = None


class Backfills:
    """The backfills of one state directory."""

    def __init__(self, state: StateDir) -> None:
        self._folder = state.folder(FOLDER)

    def write(self, record: BackfillRecord) -> None:
        """Keep it; all of it is there, or what was there before. Raises `DagjobStateError`."""
        path = self._path(record.id)
        try:
            with open(f"{path}.new", "w", encoding="utf-8", opener=open_private) as file:
                file.write(dumps({"v": _VERSION, **asdict(record)}) + "\n")
            os.replace(f"{path}.new", path)
        except OSError as error:
            raise unwritable(path, error) from error

    def beginning(self, start: str) -> list[str]:
        """The ids that begin so."""
        return [each for each in self._ids() if start and each.startswith(start.lower())]

    def find(self, ref: str) -> BackfillRecord:
        """The one whose id begins so. Raises `DagjobRunNotFoundError`."""
        ids = self._ids()
        fitting = self.beginning(ref)
        if len(fitting) == 1:
            return self._read(fitting[0])
        if fitting:
            names = ", ".join(each[:13] for each in fitting[:5])
            raise DagjobRunNotFoundError(f'"{ref}" is the beginning of {len(fitting)} backfills: {names}')
        near = nearest(ref.lower(), {each[:8]: each for each in ids}, 0.6)
        hint = f' Did you mean "{near}"?' if near else ""
        raise DagjobRunNotFoundError(f'there is no backfill "{ref}".{hint}')

    def unfinished(self, asked: str) -> BackfillRecord | None:
        """The latest of the same command, if not all of its partitions have had their run."""
        for record in self._latest():
            if record.asked == asked:
                return record if record.ended is None else None
        return None

    def lock(self, backfill_id: str) -> RunLock:
        """The lock of a backfill, taken. Raises `DagjobBusyError` where another process is at work on it."""
        lock = RunLock(os.path.join(self._folder, f"{backfill_id}.lock"))
        try:
            if lock.acquire():
                return lock
        except OSError as error:
            raise unwritable(lock.path, error) from error
        raise DagjobBusyError(f'the backfill "{backfill_id[:8]}" is at work in another process').noting(
            "wait for it, or stop it there"
        )

    def forget(self, backfill_id: str) -> None:
        """Remove the record of a backfill of which no run is left, unless somebody is at work on it."""
        lock = RunLock(os.path.join(self._folder, f"{backfill_id}.lock"))
        with suppress(OSError):
            if (
                os.path.basename(backfill_id) == backfill_id
                and os.path.exists(self._path(backfill_id))
                and lock.acquire()
            ):
                try:
                    os.unlink(self._path(backfill_id))
                    os.unlink(lock.path)
                finally:
                    lock.release()

    def _path(self, backfill_id: str) -> str:
        return os.path.join(self._folder, f"{backfill_id}.json")

    def _ids(self) -> list[str]:
        with suppress(OSError):
            return sorted(name[:-5] for name in os.listdir(self._folder) if name.endswith(".json"))
        return []

    def _latest(self) -> Iterator[BackfillRecord]:
        found = []
        for each in self._ids():
            with suppress(OSError):
                found.append((os.stat(self._path(each)).st_mtime, each))
        records = []
        for _, each in sorted(found, reverse=True)[:_MOST_OPEN]:
            with suppress(DagjobStateError):
                records.append(self._read(each))
        yield from sorted(records, key=lambda record: record.started, reverse=True)

    def _read(self, backfill_id: str) -> BackfillRecord:
        path = self._path(backfill_id)
        try:
            with open_file(path, "rb", opener=open_regular) as file:
                kept = json.loads(file.read())
            if kept.pop("v") != _VERSION:
                raise DagjobStateError(f'"{path}" was written by a newer dagjob')
            return BackfillRecord(**{**kept, "keys": tuple(kept["keys"])})
        except OSError as error:
            raise unreadable(path, error) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise unreadable(path, error) from error


def unreadable(path: str, error: Exception) -> DagjobStateError:
    """The error for a backfill of which nothing can be known."""
    return DagjobStateError(f'what is kept of a backfill cannot be read: "{path}": {error}').noting(
        "type its command again, with  --missing"
    )
