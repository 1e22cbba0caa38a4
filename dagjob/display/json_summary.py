"""`--format json`: one object on stdout when the run has ended, the same as that of `runs show --format json`.

What people see meanwhile is another display's business.
"""

from __future__ import annotations

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_json
from dagjob.engine.ports import Sink
from dagjob.event_json import dumps
from dagjob.run_json import run_json
from dagjob.run_view import RunView


def make(options: DisplayOptions) -> JsonSummary:
    """One JSON object on stdout."""
    return JsonSummary(options)


class JsonSummary(Sink):
    """Takes events in, and prints one object when it is closed."""

    answer = "stdout"

    def __init__(self, options: DisplayOptions) -> None:
        self._options = options
        self._view = RunView()

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Print the object, if there was a run."""
        if self._view.run is not None:
            write_json(self._options.stdout, dumps(run_json(self._view), strict=True))
