"""Retention: the outputs of successful runs go after a time, in small pieces while ops run, and never in the way of a run.

Looked at once a day: the time of a mark says when that was (`paths.retention_is_due`). What needs more time than a run has
for it goes on at the next one, from where the mark says that it was. Runs that have not ended well keep their outputs as long
as they are recorded, and so do all before them, which they need to be resumed. Rows and logs stay: those are for `runs prune`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from dagjob import clock
from dagjob.builtin.ownership import open_regular
from dagjob.builtin.private_files import open_private
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobStateError
from dagjob.storage import database
from dagjob.storage.paths import DAY, StateDir
from dagjob.storage.pruning import size_of

TAKEN = 600.0
"""Seconds for which others leave it to a run that has begun with it."""
BUDGET = 0.015
"""Seconds that a run has for it: 20 ms with what it takes to begin and to stop."""
PIECE = 0.002
APART = 0.1
"""Seconds between two pieces."""
FEWEST = 3
"""Steps that every run does, however slow they are: else it would never come to an end."""
_AT_ONCE = 50
_MOST_HELD = 1000


class Retention(Sink):
    """Hears nothing; does a piece now and then while the run goes on. `limits`: `runs`, `age` (seconds), `size` (bytes)."""

    def __init__(self, state: StateDir, limits: Mapping[str, float], budget: float = BUDGET) -> None:
        self._left = budget
        self._fewest = FEWEST
        self._next = clock.monotonic() + APART
        self._work = Work(state, limits)
        self._pieces: Iterator[bool] | None = self._work.pieces()
        self._work.mark(clock.time() - DAY + TAKEN)

    def __call__(self, event: object) -> None:
        """What happens in the run does not matter."""

    def hear(self, events: object) -> None:
        """No more than a single one."""

    def next_refresh(self) -> float | None:
        """Seconds until the next piece."""
        return None if self._pieces is None else max(0.0, self._next - clock.monotonic())

    def tick(self, now: float) -> None:
        """Do a piece, if it is time."""
        if clock.monotonic() >= self._next:
            self._do(PIECE)
            self._next = clock.monotonic() + APART

    def close(self) -> None:
        """Use what is left of the time that the run has for it."""
        self._do(self._left)
        if self._pieces is not None:
            self._end(0.0)

    def _do(self, seconds: float) -> None:
        if self._pieces is None:
            return
        began = clock.monotonic()
        try:
            while True:
                if next(self._pieces):
                    self._end(clock.time())
                    return
                took = clock.monotonic() - began
                self._fewest -= 1
                if took >= min(seconds, self._left) and self._fewest <= 0:
                    break
        except (OSError, sqlite3.Error, DagjobStateError):  # A run is not the place to hear of that.
            self._end(clock.time())
            return
        self._left -= took
        if self._left <= 0:
            self._end(0.0)

    def _end(self, done: float) -> None:
        self._pieces = None
        self._work.close()
        self._work.mark(done)


class Work:
    """What there is to do, and how far it has come: behind the run `after`, but for those that were `held`."""

    def __init__(self, state: StateDir, limits: Mapping[str, float]) -> None:
        self._state = state
        self._limits = limits
        self._connection: sqlite3.Connection | None = None
        place = self._read()
        self._after = int(place.get("after", 0))
        self._held: set[int] = set(map(int, place.get("held", ())))
        self._sized: tuple[int, int] | None = tuple(place["sized"]) if place.get("sized") else None
        """Of what is above the size: the last run that was looked at, from the newest on, and the bytes so far."""

    def pieces(self) -> Iterator[bool]:
        """Do all of it: True at the end, else False where little was done and one may stop."""
        connection = self._connection = database.open_for_reading(self._state.db)
        if connection is not None:
            needed = _needed(connection)
            yield False
            yield from self._beyond(connection, needed)
            if "size" in self._limits:
                yield from self._above_size(connection, needed)
        self._sized = None
        yield True

    def _beyond(self, connection: sqlite3.Connection, needed: frozenset[str]) -> Iterator[bool]:
        """What is older than the limits, from the oldest on."""
        first, since = self._first_kept(connection), clock.time() - self._limits.get("age", float("inf"))
        for run, run_id, status, started in self._oldest(connection):
            if run >= first and started >= since:
                return
            if status == "running" or (run_id in needed and status == "success"):
                self._held.add(run)
            else:
                if status == "success":
                    yield from _removal(self._state.out(run_id))
                self._held.discard(run)
            self._after = max(self._after, run)
            yield False

    def _oldest(self, connection: sqlite3.Connection) -> Iterator[tuple[int, str, str, float]]:
        """Those that were held, then all others behind the last one."""
        what = "SELECT run, id, status, started FROM runs WHERE"
        marks = ", ".join(map(str, self._held))
        yield from connection.execute(f"{what} run IN ({marks}) ORDER BY run").fetchall()
        while rows := connection.execute(f"{what} run > ? ORDER BY run LIMIT {_AT_ONCE}", (self._after,)).fetchall():
            yield from rows

    def _first_kept(self, connection: sqlite3.Connection) -> float:
        """The number of the oldest of the latest runs that are kept."""
        if "runs" not in self._limits:
            return 0
        beyond = connection.execute(
            "SELECT run FROM runs ORDER BY run DESC LIMIT 1 OFFSET ?", (int(self._limits["runs"]),)
        ).fetchone()
        return beyond[0] + 1 if beyond is not None else 0

    def _above_size(self, connection: sqlite3.Connection, needed: frozenset[str]) -> Iterator[bool]:
        """What does not fit, from the newest on."""
        below, total = self._sized or (sys.maxsize, 0)
        while rows := connection.execute(
            "SELECT run, id, status FROM runs WHERE run < ? ORDER BY run DESC LIMIT ?", (below, _AT_ONCE)
        ).fetchall():
            for run, run_id, status in rows:
                total += size_of(self._state.out(run_id))
                if total > self._limits["size"] and status == "success" and run_id not in needed:
                    self._sized = below, total  # one that is half removed goes, however small it is by then
                    yield from _removal(self._state.out(run_id))
                below = run
                self._sized = below, total
                yield False

    def mark(self, done: float) -> None:
        """Write down how far it has come, and when all was done. Where nothing can be written, every run looks."""
        path = self._state.retention
        place = {"after": self._after, "held": sorted(self._held)[:_MOST_HELD], "sized": self._sized}
        with suppress(OSError):
            with open(path, "w", encoding="utf-8", opener=open_private) as file:
                file.write(json.dumps(place) + "\n")
            os.utime(path, (done, done))

    def close(self) -> None:
        """Leave the database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self) -> dict[str, Any]:
        try:
            with open(self._state.retention, encoding="utf-8", opener=open_regular) as file:
                place = json.loads(file.read())
        except (OSError, ValueError):
            return {}
        return place if isinstance(place, dict) else {}


def _needed(connection: sqlite3.Connection) -> frozenset[str]:
    """All runs before one that has not ended well. An index of its own has the runs that resume another one."""
    rows = connection.execute("SELECT parent, id, status FROM runs WHERE parent IS NOT NULL").fetchall()
    parents = {run_id: parent for parent, run_id, _ in rows}
    needed: set[str] = set()
    for parent, _, status in rows:
        above = parent if status != "success" else None
        while above is not None and above not in needed:
            needed.add(above)
            above = parents.get(above)
    return frozenset(needed)


def _removal(folder: str) -> Iterator[bool]:
    """Remove a folder, a file at a time."""
    for path, _, files in os.walk(folder, topdown=False):
        for name in files:
            with suppress(OSError):
                os.unlink(os.path.join(path, name))
            yield False
        with suppress(OSError):
            os.rmdir(path)
