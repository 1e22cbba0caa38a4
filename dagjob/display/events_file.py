"""`--events FILE`: every event of the run as a line of JSON in a file, beside whatever display there is."""

from __future__ import annotations

from dagjob.builtin.patient_file import PatientFile
from dagjob.display.options import DisplayOptions
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobUsageError
from dagjob.event_json import dumps, to_json
from dagjob.events import Event, RunStarted

MOST_HELD = 16 << 20
"""Bytes that are kept for a disk that is full, beyond which the file gets no more events."""


def make(options: DisplayOptions, file: str) -> EventsFile:
    """The lines of `--format jsonl`, without heartbeats. Raises `DagjobUsageError` for a file that cannot be written."""
    return EventsFile(file)


class EventsFile(Sink):
    """Writes a file anew, and each batch of events at once. A disk that is full for a moment costs no line."""

    answer = "the file of --events"

    def __init__(self, file: str) -> None:
        try:
            self._file = PatientFile(file, "w")
        except OSError as error:
            raise DagjobUsageError(f'--events: cannot write "{file}": {error.strerror}') from None
        self._file.strict = True
        self._file.most = MOST_HELD
        self._lines: list[str] = []
        self._run_id = ""
        self._seq = 0

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if isinstance(event, RunStarted):
            self._run_id = event.run_id
        self._seq += 1
        self._lines.append(dumps(to_json(event, self._run_id, self._seq), strict=True) + "\n")

    def flush(self) -> None:
        """Let readers see what came."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._file.write("".join(lines).encode())

    def close(self) -> None:
        """Write what is left, and close the file. Raises OSError where the disk is full to the end."""
        self.flush()
        problem = self._file.settle()
        self._file.close()
        if problem is not None:
            raise problem
