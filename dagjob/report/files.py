"""Writing a page to where the run is: whole or not at all, for its owner alone."""

from __future__ import annotations

import os
from contextlib import suppress

from dagjob.builtin.private_files import create_private
from dagjob.display.output import encodable
from dagjob.errors import DagjobStateError


def write_own(path: str, text: str) -> None:
    """Write the page into the folder of its run, in the place of an earlier one. Raises `DagjobStateError`."""
    draft = f"{path}.{os.getpid()}.new"
    try:
        with open(create_private(draft), "w", encoding="utf-8") as file:
            file.write(encodable(text))
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(draft)
        raise DagjobStateError(f'the report cannot be written: "{path}": {error.strerror or error}').noting(
            "write it elsewhere:  -o FILE, or -o - for stdout"
        ) from None
