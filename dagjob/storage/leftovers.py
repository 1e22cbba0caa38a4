"""What killed processes have left on disk: half-written files, and the folders of runs without a record.

A file `.NAME.PID.tmp` (a value, a log) or `NAME.PID.new` (the database or the index) is swept when no process of that number can be
its writer, and so is the folder `ID.PID` of a run that was made ahead; any other folder when nobody holds the lock of a run in
it. Only what is surely ours and surely left is removed; what cannot be removed stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from dagjob.builtin.file_names import DRAFT_BEGIN, DRAFT_END
from dagjob.storage.ahead import leave_ahead, remove_ahead
from dagjob.storage.locks import is_held
from dagjob.storage.paths import StateDir
from dagjob.storage.processes import process_lives

TEMPORARY = "dagjob-"
"""How the name of a folder for a run without a record begins."""


def sweep_run(state: StateDir, run_id: str) -> None:
    """Remove what was half written in a run that has ended: outputs, logs, and drafts of the database and the index.

    A process that was killed may have made another run ahead: that goes, too.
    """
    with suppress(OSError):
        _sweep_files(os.scandir(state.root), ".new")
    sweep_ahead(state)
    for folder in (state.logs(run_id), *(folder for folder, _, _ in os.walk(state.out(run_id)))):
        with suppress(OSError):
            _sweep_files(os.scandir(folder), DRAFT_END, DRAFT_BEGIN)


def sweep_temporary(parent: str) -> None:
    """Remove folders in `parent` that killed runs without a record have left."""
    from shutil import rmtree  # loaded already by whoever makes such folders

    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY) and entry.is_dir(follow_symlinks=False) and _is_left(entry):
                rmtree(entry.path, ignore_errors=True)


def sweep_ahead(state: StateDir) -> None:
    """Remove the folders of runs that killed processes had made ahead: those have never begun."""
    with suppress(OSError):
        with os.scandir(state.ahead) as entries:
            left = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False) and _has_lost_maker(entry)]
        for folder in left:
            if not is_held(f"{folder}{os.sep}lock"):  # A process of another container may seem dead from here.
                remove_ahead(folder)
        leave_ahead(state)


def _is_left(folder: os.DirEntry[str]) -> bool:
    state = StateDir(folder.path)
    try:
        if hasattr(os, "geteuid") and folder.stat(follow_symlinks=False).st_uid != os.geteuid():
            return False
        locks = [state.lock(run_id) for run_id in os.listdir(state.runs)]
    except OSError:
        return False
    locks = [path for path in locks if os.path.isfile(path)]
    return bool(locks) and os.path.isfile(state.db) and not any(map(is_held, locks))


def left_files(state: StateDir) -> list[str]:
    """Drafts of the database and the index that killed processes have left, for whoever only looks."""
    with os.scandir(state.root) as entries:
        return sorted(_left(entries, ".new"))


def _sweep_files(entries: Iterator[os.DirEntry[str]], ending: str, beginning: str = "") -> None:
    for path in _left(entries, ending, beginning):
        with suppress(OSError):
            os.unlink(path)


def _left(entries: Iterator[os.DirEntry[str]], ending: str, beginning: str = "") -> Iterator[str]:
    """The files of that name whose writer lives no more."""
    for entry in entries:
        named = entry.name.startswith(beginning) and entry.name.endswith(ending)
        if named and entry.is_file(follow_symlinks=False) and _has_lost_maker(entry):
            yield entry.path


def _has_lost_maker(entry: os.DirEntry[str]) -> bool:
    """Whether the process whose number is in the name lives no more."""
    numbers = [int(part) for part in entry.name.split(".")[1:] if part.isdecimal()]
    try:
        return bool(numbers) and not process_lives(numbers[-1], entry.stat(follow_symlinks=False).st_mtime)
    except OSError:
        return False
