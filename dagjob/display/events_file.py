"""`--events FILE`: every event of the run as a line of JSON in a file, beside whatever display there is."""

from __future__ import annotations

from dagjob.display.options import DisplayOptions
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobUsageError
from dagjob.event_json import dumps, to_json
from dagjob.events import Event, RunStarted


def make(options: DisplayOptions, file: str) -> EventsFile:
    """The lines of `--format jsonl`, without heartbeats. Raises `DagjobUsageError` for a file that cannot be written."""
    return EventsFile(file)


class EventsFile(Sink):
    """Writes a file anew, and each batch of events at once."""

    def __init__(self, file: str) -> None:
        try:
            self._stream = open(file, "w", encoding="utf-8")  # noqa: SIM115  (open until `close`)
        except OSError as error:
            raise DagjobUsageError(f'--events: cannot write "{file}": {error.strerror}') from None
        self._run_id = ""
        self._seq = 0

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if isinstance(event, RunStarted):
            self._run_id = event.run_id
        self._seq += 1
        self._stream.write(dumps(to_json(event, self._run_id, self._seq), strict=True) + "\n")

    def flush(self) -> None:
        """Let readers see what came."""
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
