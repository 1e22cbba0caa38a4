"""`--report FILE`: the report of a run, written when it has ended, however it did.

A page stands there from the start, which says that the run has not ended: for who looks while it goes on, or after it was killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.engine.ports import Sink
from dagjob.errors import DagjobError
from dagjob.report.output_file import OutputFile
from dagjob.run_view import RunView

if TYPE_CHECKING:
    from dagjob import events as ev
    from dagjob.display.options import DisplayOptions
    from dagjob.report.contents import Source

OPTION = "--report"
_NOTE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>{title}</title>
<h1>{title}</h1>
<pre>{text}</pre>
"""


def make(options: DisplayOptions, file: str) -> Report:
    """The report of a run. Raises `DagjobUsageError` for a file that cannot be written."""
    return Report(options, file)


def refused(file: str, job: str, error: DagjobError) -> None:
    """A page that says why a run did not begin."""
    OutputFile(OPTION, file).write(_note(f"{job}: the run did not begin", "\n".join([str(error), *error.notes])))


class Report(Sink):
    """Takes events in, and writes the page when it is closed."""

    answer = f"the file of {OPTION}"

    def __init__(self, options: DisplayOptions, file: str) -> None:
        self._options = options
        self._view = RunView()
        self._file = OutputFile(OPTION, file)
        self._file.write(_note("dagjob run", "The run has not ended: its report is written at its end."))

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        self._view(event)

    def close(self) -> None:
        """Write the page. Raises OSError."""
        if self._view.run is not None:
            from dagjob.report.render import report

            self._file.write(report(self._source()))

    def _source(self) -> Source:
        """What is recorded of the run; where nothing can be read, what was heard."""
        import sqlite3

        from dagjob.report.contents import Source
        from dagjob.report.gather import gathered
        from dagjob.report.logs import Limits
        from dagjob.storage.history import History

        options, view, now = self._options, self._view, self._options.clock()
        assert view.run is not None
        try:
            history = options.history()
            row = history.run(view.run.run_id) if isinstance(history, History) else None
            if isinstance(history, History) and row is not None:
                return gathered(history, row, options, now, Limits(), str, view=view)
        except (DagjobError, sqlite3.Error, OSError):  # The store has failed, which is told elsewhere.
            pass
        until = view.ended.at if view.ended is not None else now
        return Source(view, options, until, version=options.version, made=now)


def _note(title: str, text: str) -> str:
    from html import escape

    from dagjob.display.sanitize import clean_line, clean_lines

    return _NOTE.format(title=escape(clean_line(title)), text=escape("\n".join(clean_lines(text))))
