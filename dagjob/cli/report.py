"""`dagjob report [RUN]` and `runs open`: a run as one HTML page. From the history alone: no user code is imported."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dagjob import clock
from dagjob.cli import registry
from dagjob.cli.arguments import ParsedArguments
from dagjob.cli.output import put, say_names, warn
from dagjob.cli.runs import history_of, latest_or, lineage_of
from dagjob.cli.session import Session, open_session
from dagjob.errors import ExitCode

if TYPE_CHECKING:
    from dagjob.report.logs import Limits
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow


def report(args: ParsedArguments) -> int:
    """Write the page, and say where it is."""
    from dagjob.report.logs import Limits

    session = open_session(args)
    output = args.text(registry.REPORT_FILE)
    limits = Limits(None, None) if args.on(registry.FULL_LOGS) else Limits()
    with history_of(session) as history:
        run = history.find(latest_or(args.text(registry.RUN)))
        text = _page(session, history, run, limits)
    if output == "-":
        from dagjob.display.output import write_text

        write_text(sys.stdout, text)
        return ExitCode.OK
    path = output or session.state.report(run.id)
    if output is None:
        from dagjob.report.files import write_own

        write_own(path, text)
    else:
        put([text], output, overwrite=True)
    say_names([path])
    if args.on(registry.OPEN_REPORT):
        show_in_browser(path)
    return ExitCode.OK


def open_report(args: ParsedArguments) -> int:
    """Write the page of a run to where the run is, and show it."""
    from dagjob.report.files import write_own
    from dagjob.report.logs import Limits

    session = open_session(args)
    with history_of(session) as history:
        run = history.find(latest_or(args.text(registry.RUN)))
        text = _page(session, history, run, Limits())
    path = session.state.report(run.id)
    write_own(path, text)
    say_names([path])
    show_in_browser(path)
    return ExitCode.OK


def _page(session: Session, history: History, run: RunRow, limits: Limits) -> str:
    from dagjob.report.gather import gathered
    from dagjob.report.render import report as rendered

    options = session.display(sys.stdout)
    mask = session.masker().text
    source = gathered(history, run, options, clock.time(), limits, mask, lineage_of(history, run))
    return rendered(source)


def show_in_browser(path: str) -> None:
    """Give the page to a browser; say so where there is none. What it prints is no answer of ours."""
    import webbrowser
    from pathlib import Path

    from dagjob.engine.importing import stdout_is_stderr

    address = Path(os.path.abspath(path)).as_uri()
    with stdout_is_stderr():
        try:
            shown = webbrowser.open(address)
        except webbrowser.Error:
            shown = False
    if not shown:
        warn(f"no browser could be started; open it yourself: {address}")
