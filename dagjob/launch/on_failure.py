"""`--on-failure CMD`: a command of the user's for a run that has failed, or that could not begin."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from dagjob import events as ev
from dagjob.display.output import write_lines
from dagjob.engine.ports import Sink
from dagjob.run_view import RunView

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.errors import DagjobError

FAILURES = ("failed", "timeout", "crashed")
"""Who stops a run knows it."""


def make(options: DisplayOptions, command: str) -> OnFailure:
    """Calls the command when the run has ended so."""
    return OnFailure(options, command)


def refused(command: str, job: str, error: DagjobError) -> None:
    """Call it for a run that does not begin, and has no id."""
    call(command, {"DAGJOB_RUN_ID": "", "DAGJOB_JOB": job, "DAGJOB_STATUS": "failed"})


def call(command: str, variables: dict[str, str]) -> str:
    """Do the command in a shell, its output on stderr; what went wrong, if anything did."""
    try:
        done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, stdout=2, env={**os.environ, **variables})
    except OSError as error:
        return str(error.strerror or error)
    code = done.returncode
    return "" if code == 0 else f"it ended with exit code {code}" if code > 0 else f"it was killed by signal {-code}"


class OnFailure(Sink):
    """Takes events in, and calls the command when it is closed."""

    def __init__(self, options: DisplayOptions, command: str) -> None:
        self._options = options
        self._command = command
        self._view = RunView()

    def __call__(self, event: ev.Event) -> None:
        """Take in one event."""
        if isinstance(event, ev.RunStarted | ev.RunEnded):
            self._view(event)

    def close(self) -> None:
        """Call it, if it is time."""
        run, ended = self._view.run, self._view.ended
        if run is None or ended is None or ended.status not in FAILURES:
            return
        self._options.stderr.flush()
        wrong = call(self._command, {"DAGJOB_RUN_ID": run.run_id, "DAGJOB_JOB": run.job, "DAGJOB_STATUS": ended.status})
        if wrong:
            write_lines(self._options.stderr, [f"warning: --on-failure: {wrong}"])
