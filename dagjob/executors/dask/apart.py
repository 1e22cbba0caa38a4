"""What the workers of a local cluster load first: Ctrl-C in the terminal is for the driver, which asks their ops to end."""

from __future__ import annotations

import os
from contextlib import suppress


def dask_setup(worker: object) -> None:
    """Called by Dask: leave the terminal."""
    with suppress(PermissionError):  # It has a session of its own.
        os.setsid()
