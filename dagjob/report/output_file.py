"""A file that the user has named for something that is written at the end of a run."""

from __future__ import annotations

import os

from dagjob.display.output import encodable
from dagjob.errors import DagjobUsageError


class OutputFile:
    """Writes the file anew each time. The first time it raises `DagjobUsageError` where that cannot be, then OSError."""

    def __init__(self, option: str, file: str) -> None:
        self._option = option
        self._path = os.path.abspath(file)  # an op may change the folder of this process
        self._file = file
        self._written = False

    def write(self, text: str) -> None:
        """This is all that stands in it."""
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(self._path, "w", encoding="utf-8") as file:
                file.write(encodable(text))
        except OSError as error:
            if self._written:
                raise
            reason = error.strerror or error
            raise DagjobUsageError(f'{self._option}: cannot write "{self._file}": {reason}') from None
        self._written = True
