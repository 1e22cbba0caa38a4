"""A run as JSON lines on stdout, one event a line, each flushed. Warnings and failures also go to stderr, in one line.

The lines are those of `runs events`. A heartbeat line, which is no event and has no `seq`, tells a listener that the
run is alive.
"""

from __future__ import annotations

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_json
from dagjob.display.problems import Problems
from dagjob.engine.ports import Sink
from dagjob.event_json import VERSION, dumps, iso, to_json


def make(options: DisplayOptions) -> JsonLines:
    """JSON lines on stdout."""
    return JsonLines(options)


class JsonLines(Sink):
    """Hears events and prints them. When nobody reads them any more, `BrokenPipeError` comes out of a call."""

    answer = "stdout"
    shows_failures = True

    def __init__(self, options: DisplayOptions) -> None:
        self._options = options
        self._problems = Problems(options)
        self._run_id = ""
        self._seq = 0
        self._printed = options.clock()
        self._open: dict[str, None] = {}
        self._over = False

    def __call__(self, event: ev.Event) -> None:
        """Print one event."""
        if isinstance(event, ev.RunStarted):
            self._run_id = event.run_id
        elif isinstance(event, ev.StepStarted):
            self._open[event.step] = None
        elif isinstance(event, (ev.StepSucceeded, ev.StepFailed, ev.StepRetrying)):
            self._open.pop(event.step, None)
        self._over = isinstance(event, ev.RunEnded)
        self._seq += 1
        self._print(to_json(event, self._run_id, self._seq))
        self._problems(event)

    def next_refresh(self) -> float | None:
        """Seconds until a heartbeat is due."""
        if not self._run_id or self._over or self._options.heartbeat <= 0:
            return None
        return max(0.0, self._printed + self._options.heartbeat - self._options.clock())

    def tick(self, now: float) -> None:
        """Print the heartbeat if it is due."""
        if self.next_refresh() is not None and now >= self._printed + self._options.heartbeat:
            self._print(
                {
                    "v": VERSION,
                    "ts": iso(now),
                    "run": self._run_id[:8],
                    "event": "run.heartbeat",
                    "running": list(self._open),
                }
            )

    def _print(self, value: dict[str, object]) -> None:
        self._printed = self._options.clock()
        write_json(self._options.stdout, dumps(value, strict=True))
