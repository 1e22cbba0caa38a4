"""`--format id`: the id of the run on stdout, as soon as it is known; failures on stderr, and nothing else."""

from __future__ import annotations

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_lines
from dagjob.display.problems import Problems
from dagjob.engine.ports import Sink


def make(options: DisplayOptions) -> RunId:
    """The id on stdout."""
    return RunId(options)


class RunId(Sink):
    """Hears events, prints the id once and each failure."""

    answer = "stdout"
    shows_failures = True

    def __init__(self, options: DisplayOptions) -> None:
        self._options = options
        self._problems = Problems(options, warnings=False)

    def __call__(self, event: ev.Event) -> None:
        """Hear one event."""
        if isinstance(event, ev.RunStarted):
            write_lines(self._options.stdout, [event.run_id])
        self._problems(event)
