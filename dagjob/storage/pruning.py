"""Which runs may go, and what that frees. Deciding is pure: rows in, rows out; nothing here removes anything.

A run stays as long as something that stays needs it: one that is going on, or one that has not ended well and could be
resumed, reads what the runs before it have made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from dagjob.record import Record
from dagjob.storage.paths import StateDir
from dagjob.storage.records import RunRow


class Limits(Record):
    """What is kept: the latest so many runs, those begun in the last so many seconds, so many bytes of the latest.

    None bounds nothing; a run that one of them does not keep goes.
    """

    runs: int | None = None
    age: float | None = None
    size: int | None = None

    @property
    def given(self) -> bool:
        """Whether anything is bounded."""
        return self.runs is not None or self.age is not None or self.size is not None


class Pruned(Record):
    """The runs that go, the newest first, and those that would, but for others that need them."""

    going: Sequence[RunRow]
    needed: Sequence[RunRow]


def choose(rows: Sequence[RunRow], limits: Limits, sizes: Mapping[str, int], now: float) -> Pruned:
    """What goes of these runs, which are all that are recorded, the newest first. `sizes` are bytes by run id."""
    total, beyond = 0, set[str]()
    for place, row in enumerate(rows):
        total += sizes.get(row.id, 0)
        if (
            (limits.runs is not None and place >= limits.runs)
            or (limits.age is not None and row.started < now - limits.age)
            or (limits.size is not None and total > limits.size)
        ):
            beyond.add(row.id)
    stays = [row for row in rows if row.id not in beyond or row.status == "running"]
    held = needed_by(stays, rows)
    going = [row for row in rows if row.id in beyond and row.status != "running"]
    return Pruned(
        tuple(row for row in going if row.id not in held),
        tuple(row for row in going if row.id in held),
    )


def needed_by(users: Iterable[RunRow], rows: Iterable[RunRow]) -> set[str]:
    """The runs whose outputs others need that have not ended well: all before them, up to the first."""
    parents = {row.id: row.parent for row in rows}
    needed: set[str] = set()
    for row in users:
        above = row.parent if row.status != "success" else None
        while above is not None and above not in needed:
            needed.add(above)
            above = parents.get(above)
    return needed


def size_of_run(state: StateDir, run_id: str) -> int:
    """Bytes in the folder of a run."""
    return size_of(state.run(run_id))


def size_of(folder: str) -> int:
    """Bytes in a folder; what cannot be seen counts nothing, links count as what they are."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += size_of(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:
        pass
    return total
