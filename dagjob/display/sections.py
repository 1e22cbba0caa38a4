"""What the logs of GitLab and Buildkite show of a run: what its failed ops printed, each folded under a title.

On stderr, behind the lines of the run: both systems show one log. What ops printed is made harmless like all lines, so that no
op can open or close a section.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dagjob.display.options import DisplayOptions
from dagjob.display.output import write_lines, write_text
from dagjob.display.sanitize import one_line
from dagjob.display.summary import counts, logs_command
from dagjob.display.tails import all_output
from dagjob.display.watched import WatchedRun
from dagjob.display.words import count
from dagjob.engine.ports import Sink
from dagjob.events import Event
from dagjob.run_view import BAD

SHOWN = 9
"""Ops whose logs are shown."""


class Marks(NamedTuple):
    """What stands before and behind a section: made of its name, the time and its title; `last` is said behind all of them."""

    before: Callable[[str, int, str], str]
    behind: Callable[[str, int], str]
    last: Callable[[str], str]


GITLAB = Marks(
    lambda name, at, title: f"\x1b[0Ksection_start:{at}:{name}[collapsed=true]\r\x1b[0K{title}\n",
    lambda name, at: f"\x1b[0Ksection_end:{at}:{name}\r\x1b[0K\n",
    lambda told: "",
)
"""docs.gitlab.com: "Custom collapsible sections"."""
BUILDKITE = Marks(
    lambda name, at, title: f"--- {title}\n",
    lambda name, at: "",
    lambda told: f"+++ {told}\n",  # A group goes on until the next one, which what follows would be folded into.
)
"""buildkite.com/docs: "Managing log output"."""


class Sections(Sink):
    """Takes events in, and prints when it is closed."""

    def __init__(self, options: DisplayOptions, marks: Marks) -> None:
        self._options = options
        self._marks = marks
        self._view = WatchedRun()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Print the sections, if ops have failed."""
        view, stream, told = self._view, self._options.stderr, False
        for number, op in enumerate(view.having(*BAD)[:SHOWN] if view.ended is not None else (), 1):
            if op.log is None:
                continue
            lines = all_output(op.log, self._options.read_tail, logs_command(view, op, self._options))
            if lines:
                name, title = (
                    f"dagjob_{view.run_id}_{number}",
                    f"log of {one_line(op.key)} ({count(len(lines), 'line')})",
                )
                write_text(stream, self._marks.before(name, int(self._options.clock()), title))
                write_lines(stream, lines)
                write_text(stream, self._marks.behind(name, int(self._options.clock())))
                told = True
        if told:
            write_text(stream, self._marks.last(f"{one_line(view.job)} {view.status}: {counts(view)}"))
