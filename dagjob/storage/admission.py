"""Whether a state directory may be used: it is ours, nobody else can change it, and what lies in it is what it must be.

A stored value is a pickle, which runs code as its reader, and the index says what is imported: so another user's directory
is not read either. The kinds are looked at before anything is opened: SQLite would wait for a pipe.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dagjob.builtin.ownership import SAFE, kind_of, stranger
from dagjob.errors import DagjobStateError

if TYPE_CHECKING:
    from dagjob.storage.paths import StateDir

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def admit(state: StateDir) -> None:
    """Raise `DagjobStateError` for a state directory that is not to be used. One that is missing is fine."""
    for folder in filter(None, (state.root, state.database_root)):
        _admit(folder, stat.S_IFDIR)
        _refuse_open_to_all(folder)
    _admit(state.runs, stat.S_IFDIR)
    _admit(state.db, stat.S_IFREG)
    for end in ("-wal", "-shm"):
        _admit(f"{state.db}{end}", stat.S_IFREG, stat.S_IFDIR)  # SQLite does without, if it cannot make these


def admit_run(state: StateDir, run_id: str) -> None:
    """The same for the folder of a run that is about to begin."""
    _admit(state.run(run_id), stat.S_IFDIR)
    _admit(state.lock(run_id), stat.S_IFREG)


def make_own(folder: str) -> None:
    """Keep others out of an empty folder of ours that all may write, as a file system in memory is when it is mounted.

    Raises `DagjobStateError` where somebody was quicker.
    """
    if os.name == "nt" or not _is_open_to_all(folder):
        return
    os.chmod(folder, 0o700)
    if os.listdir(folder):
        raise _open_to_all(folder)


def is_admitted(state: StateDir) -> bool:
    """Whether it may be used, for those who do without."""
    try:
        admit(state)
    except DagjobStateError:
        return False
    return True


def keep_for_owner(state: StateDir) -> None:
    """Take the rights of others from a database that an older dagjob made: who may read it can also lock it."""
    if os.name == "nt":
        return
    for end in ("", "-wal", "-shm"):
        path = f"{state.db}{end}"
        try:
            found = os.lstat(path)
            if stat.S_ISREG(found.st_mode) and found.st_mode & _OTHERS and found.st_uid == os.geteuid():
                os.chmod(path, 0o600)
        except OSError:
            pass  # it is not there, or nothing can be changed here, which is said elsewhere


def _admit(path: str, *kinds: int) -> None:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        if not os.path.islink(path):
            return
        mode = stat.S_IFLNK
    owner = stranger(path)
    if owner is not None:
        raise DagjobStateError(
            f'"{path}" belongs to another user, {owner}: no history or value is taken from it'
        ).noting(
            "choose another place with --home DIR or DAGJOB_HOME; a run can do without: --no-state",
            f"or, if you trust {owner} to run code as you:  export {SAFE}={path}",
        )
    if stat.S_IFMT(mode) not in kinds:
        raise DagjobStateError(f'"{path}" is {kind_of(mode)}, not {kind_of(kinds[0])}').noting(
            "move it away, or choose another place with --home DIR or DAGJOB_HOME"
        )


def _refuse_open_to_all(folder: str) -> None:
    """A folder that all may write holds what anybody has put there; an empty one nothing."""
    if os.name != "nt" and _is_open_to_all(folder) and os.listdir(folder):
        raise _open_to_all(folder)


def _is_open_to_all(folder: str) -> bool:
    try:
        return bool(os.stat(folder).st_mode & stat.S_IWOTH)
    except OSError:
        return False


def _open_to_all(folder: str) -> DagjobStateError:
    return DagjobStateError(f'any user may change the state directory "{folder}"').noting(
        "whoever writes a stored value runs code as its reader",
        f'if you know that nobody has:  chmod -R go= "{folder}"',
        "or choose another place with --home DIR or DAGJOB_HOME",
    )
