"""Where a report comes from: the history of the run, its log files, and the runs before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dagjob.config.secrets import MASK
from dagjob.report.contents import Source
from dagjob.report.earlier import earlier_than
from dagjob.report.logs import Limits, Logs

if TYPE_CHECKING:
    from dagjob.display.options import DisplayOptions
    from dagjob.display.run_page import Relative
    from dagjob.run_view import RunView
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow

CRASHED = "DJ402"


def gathered(
    history: History,
    run: RunRow,
    options: DisplayOptions,
    now: float,
    limits: Limits,
    mask: Callable[[str], str],
    lineage: Sequence[Relative] = (),
    view: RunView | None = None,
) -> Source:
    """All that the report of a recorded run is made of. `mask` takes out secrets that are known here.

    What is printed is masked when its attempt has ended. Of a run with secrets that goes on or has died, what the attempts
    printed that nobody has seen the end of is left out.
    """
    view = history.view(run.id) if view is None else view
    secret = MASK in run.resolved_text or MASK in run.config_text
    logs = Logs(view, limits, mask, _unmasked(view) if secret else ())
    tail = None if limits.lines is None else limits.lines + 1
    return Source(
        view,
        options,
        view.ended.at if view.ended is not None else now,
        logs.take(history.logs(run.id, blocks=True, tail=tail)),
        earlier_than(history, run),
        lineage,
        run.version or "",
        run.host or "",
        now,
    )


def _unmasked(view: RunView) -> list[str]:
    """The steps whose last attempt nobody has seen the end of."""
    died = view.status == "crashed"
    return [
        op.key
        for op in view.in_order()
        if op.status in ("running", "retrying") or (died and op.error is not None and op.error.code == CRASHED)
    ]
