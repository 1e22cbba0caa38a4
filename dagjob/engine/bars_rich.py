"""The hooks for Rich: what `rich.progress`, or any `rich.live`, would draw on the log is read, and stands there once, at the end.

On a file Rich draws nothing until the end anyway. Where it was told that the file is a terminal (`FORCE_COLOR`,
`force_terminal=True`) it is told otherwise while something is live. Loaded only where an op has loaded Rich.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterable
from contextlib import suppress
from types import ModuleType
from typing import Any

from dagjob.engine import bars
from dagjob.engine.progress import Progress, progress_of

_OURS = "_dagjob_bar"
_BYTES = frozenset({"DownloadColumn", "FileSizeColumn", "TotalFileSizeColumn", "TransferSpeedColumn"})
_UNTOLD = "Working..."
"""What Rich says where the user has said nothing."""


class RichBars:
    """The tasks of a `rich.progress.Progress`."""

    def __init__(self, progress: Any) -> None:
        self._progress = weakref.ref(progress)

    def shows(self) -> Iterable[Progress] | None:
        """See `bars.Bar`."""
        progress = self._progress()
        if progress is None:
            return None
        in_bytes = any(type(column).__name__ in _BYTES for column in progress.columns)
        with suppress(Exception):  # Numbers of the user's; or a task was just added.
            shown = [_of_task(task, "B" if in_bytes else "") for task in progress.tasks if task.visible]
            return [one for one in shown if one is not None]
        return ()

    def end(self) -> None:
        """What it has drawn, it has drawn."""


def _of_task(task: Any, unit: str) -> Progress | None:
    from rich.text import Text

    described = Text.from_markup(str(task.description)).plain
    return progress_of(task.completed, task.total, unit, "" if described == _UNTOLD else described.strip())


def fit(name: str, module: ModuleType) -> None:
    """Put the hooks into `rich.live` or `rich.progress`."""
    if name == "rich.live":
        _fit_live(vars(module)["Live"])
    else:
        _fit_progress(vars(module)["Progress"])


def _fit_live(kind: Any) -> None:
    start, refresh, stop = kind.start, kind.refresh, kind.stop

    @functools.wraps(start)
    def start_unseen(self: Any, refresh: bool = False) -> None:
        console = self.console
        if not self.is_started and _OURS not in vars(self) and bars.is_read(console.file):
            setattr(self, _OURS, (console._force_terminal, console.is_interactive))
            console._force_terminal = console.is_interactive = False
        start(self, refresh)

    @functools.wraps(refresh)
    def read(self: Any) -> None:
        refresh(self)
        if _OURS in vars(self):
            bars.moved()

    @functools.wraps(stop)
    def stop_unseen(self: Any) -> None:
        try:
            stop(self)
        finally:
            if _OURS in vars(self):
                console = self.console
                console._force_terminal, console.is_interactive = vars(self).pop(_OURS)
                if not (self.transient or self._nested) and (console.is_interactive or self._get_renderable is None):
                    console.print()  # Ends the line; else a `Progress` does so.

    kind.start, kind.refresh, kind.stop = start_unseen, read, stop_unseen


def _fit_progress(kind: Any) -> None:
    begin, start, stop = kind.__init__, kind.start, kind.stop

    @functools.wraps(begin)
    def read_from_here(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        if not self.disable and bars.is_read(self.console.file):
            bar = RichBars(self)
            setattr(self, _OURS, bar)
            bars.opened(bar)

    @functools.wraps(start)
    def read_again(self: Any) -> None:
        bar = vars(self).get(_OURS)
        if bar is not None:
            bars.closed(bar)
            bars.opened(bar)
        start(self)

    @functools.wraps(stop)
    def read_last(self: Any) -> None:
        stop(self)
        bar = vars(self).get(_OURS)
        if bar is not None:
            bars.moved()
            bars.closed(bar)

    kind.__init__, kind.start, kind.stop = read_from_here, read_again, read_last
