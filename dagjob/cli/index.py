"""The index of a project's jobs, `.dagjob/index.json`: what discovery found, for completion and other readers that import nothing.

It is written only where the state directory exists, since a query never makes one. It is a cache: where it is missing,
damaged or older than the files, its readers do without it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from dagjob.builtin.ownership import open_regular, stranger
from dagjob.builtin.private_files import open_private
from dagjob.record import Record
from dagjob.storage.admission import is_admitted
from dagjob.storage.paths import StateDir

FORMAT = 1


class Entry(Record):
    """One job of the index. `target` loads it; `ops` are the keys of its steps."""

    name: str
    target: str
    description: str
    ops: tuple[str, ...]
    config: tuple[str, ...] = ()
    """Paths for `--set`: `extract.limit`, `resources.db.url`."""
    partitions: tuple[str, ...] = ()
    """The last keys of its partitions, the newest first."""
    tags: Mapping[str, str] = {}


class Index(Record):
    """The jobs, and the files that they were found in with time and size."""

    jobs: tuple[Entry, ...]
    files: Mapping[str, tuple[int, int]]

    def is_fresh(self, files: Sequence[str]) -> bool:
        """Whether the index was made from exactly these files as they are now."""
        return set(files) == set(self.files) and all(stamp(file) == self.files[file] for file in files)


def stamp(path: str) -> tuple[int, int] | None:
    """Time of change and size of a file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def read_index(state: StateDir) -> Index | None:
    """The index of a state directory; None where there is none that this version understands."""
    try:
        if not is_admitted(state) or stranger(state.index) is not None:
            return None
        with open(state.index, encoding="utf-8", opener=open_regular) as file:
            found = json.load(file)
        if found["format"] != FORMAT:
            return None
        jobs = tuple(
            Entry(
                job["name"],
                job["target"],
                job["description"],
                tuple(job["ops"]),
                tuple(job["config"]),
                tuple(job.get("partitions", ())),
                dict(job.get("tags", {})),
            )
            for job in found["jobs"]
        )
        return Index(jobs, {path: (int(time), int(size)) for path, (time, size) in found["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_index(state: StateDir, index: Index) -> None:
    """Write the index, if the state directory exists and can be written."""
    if not os.path.isdir(state.root) or not is_admitted(state):
        return
    document = {
        "format": FORMAT,
        "files": {path: list(stamp) for path, stamp in index.files.items()},
        "jobs": [
            {
                "name": job.name,
                "target": job.target,
                "description": job.description,
                "ops": list(job.ops),
                "config": list(job.config),
                "partitions": list(job.partitions),
                "tags": dict(job.tags),
            }
            for job in index.jobs
        ],
    }
    draft = f"{state.index}.{os.getpid()}.new"
    try:
        with open(draft, "w", encoding="utf-8", opener=open_private) as file:
            json.dump(document, file, indent=1)
        os.replace(draft, state.index)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
