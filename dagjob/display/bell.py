"""`--bell`: the terminal says when a long run is over, by its bell and, where it can, by a notification."""

from __future__ import annotations

from dagjob import events as ev
from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_text
from dagjob.display.sanitize import one_line
from dagjob.display.summary import WORDS
from dagjob.display.words import duration
from dagjob.engine.ports import Sink
from dagjob.run_view import RunView

LONG = 30.0
"""Seconds: nobody has left during a shorter run."""


def make(options: DisplayOptions) -> Bell:
    """The bell, on stderr."""
    return Bell(options)


class Bell(Sink):
    """Takes events in, and rings when it is closed."""

    def __init__(self, options: DisplayOptions) -> None:
        self._options = options
        self._view = RunView()

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        if isinstance(event, ev.RunStarted | ev.RunEnded):
            self._view(event)

    def close(self) -> None:
        """Ring, where there is a terminal. OSC 9 is a notification for those that know it; others ignore it."""
        ended = self._view.ended
        if ended is None or ended.seconds < LONG or not self._options.on_terminal:
            return
        told = one_line(f"{self._view.job} {WORDS.get(ended.status, ended.status)} in {duration(ended.seconds)}")
        write_text(self._options.stderr, f"\a\x1b]9;{told}\x1b\\")
