"""Folders of runs that have not begun: who keeps many runs makes the next one while the ops of another are at work.

Such a folder is no run yet: it stands in a place of its own, and is moved to the others when the run begins. What a killed
process leaves there is swept by the number in its name (`leftovers.py`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from dagjob.builtin.private_files import make_private_folder
from dagjob.storage.paths import unwritable

if TYPE_CHECKING:
    from dagjob.storage.paths import StateDir


def place_ahead(state: StateDir, run_id: str) -> str:
    """The folder of a run that has not begun, made with what each run has. Raises `DagjobStateError`."""
    folder = f"{state.ahead}{os.sep}{run_id}.{os.getpid()}"
    try:
        make_private_folder(folder)
        make_private_folder(f"{folder}{os.sep}logs")
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def remove_ahead(folder: str) -> None:
    """Remove it."""
    from shutil import rmtree

    rmtree(folder, ignore_errors=True)


def leave_ahead(state: StateDir) -> None:
    """No run is made ahead any more: the place of such folders goes, unless another process has some there."""
    with suppress(OSError):
        os.rmdir(state.ahead)
