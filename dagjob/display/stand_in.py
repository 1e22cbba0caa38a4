"""What tells the rest of a run when its display has failed: each failure and warning in one line, and how it ended.

It draws nothing and remembers nothing, so that what broke the display is unlikely to break it.
"""

from __future__ import annotations

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_lines
from dagjob.display.problems import Problems
from dagjob.display.summary import COUNTED, WORDS
from dagjob.display.words import duration
from dagjob.engine.ports import Sink


def make(options: DisplayOptions, what: str = "all") -> StandIn:
    """The last resort, on stderr. `what` is `failures` where nobody reads any more how a run ends that went well."""
    return StandIn(options, quiet=what == "failures")


class StandIn(Sink):
    """Hears events and prints the bad ones, and the last."""

    def __init__(self, options: DisplayOptions, *, quiet: bool) -> None:
        self._options = options
        self._quiet = quiet
        self._problems = Problems(options)

    def __call__(self, event: ev.Event) -> None:
        """Hear one event."""
        self._problems(event)
        if isinstance(event, ev.RunEnded) and not (self._quiet and event.status == "success"):
            found = ", ".join(f"{event.counts[word]:,} {name}" for word, name in COUNTED if event.counts.get(word))
            line = f"{WORDS.get(event.status, event.status.upper())} in {duration(event.seconds)}: {found or 'no ops'}"
            write_lines(self._options.stderr, [line], self._options.color)
