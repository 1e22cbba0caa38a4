"""The hooks for tqdm: a bar that would be drawn on the log is read whenever it would be drawn, and leaves one line.

tqdm draws ten times a second at most, however fast the loop turns, so a loop pays nothing for being read. What tqdm does not
draw on stdout or stderr (`file=`, `gui=True`, `disable=True`) is left alone; `disable=None`, which asks for a terminal, is not
needed here. Loaded only where an op has loaded tqdm.
"""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Iterable
from contextlib import suppress
from types import ModuleType
from typing import Any, TextIO

from dagjob.engine import bars
from dagjob.engine.progress import Progress, progress_of

_OURS = "_dagjob_bar"
_FILE_ARGUMENT = 4


class Unseen:
    """What a bar is drawn on that is read: it takes all, and says that it is a terminal. `real` gets the last line."""

    def __init__(self, real: TextIO) -> None:
        self.real: TextIO | None = real
        self.encoding = getattr(real, "encoding", None) or "utf-8"

    def write(self, text: object) -> int:
        """Nothing is drawn."""
        return 0

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        """Else `disable=None` would switch the bar off."""
        return True

    def leave(self, line: str) -> None:
        """What stays of the bar, once."""
        real, self.real = self.real, None
        if real is None:
            return
        with suppress(OSError, ValueError):
            line = " ".join(line.split("\n")).rstrip()
            print(line.encode(self.encoding, "backslashreplace").decode(self.encoding), file=real)


class TqdmBar:
    """A bar of tqdm that is read."""

    def __init__(self, bar: Any, file: Unseen) -> None:
        self._bar = weakref.ref(bar)
        self.file = file

    def shows(self) -> Iterable[Progress] | None:
        """See `bars.Bar`."""
        bar = self._bar()
        return None if bar is None else _progress(bar)

    def end(self) -> None:
        """It was neither closed nor run to its end."""
        bar = self._bar()
        if bar is not None and not bar.disable and (bar.leave or (bar.leave is None and not bar.pos)):
            self.file.leave(str(bar))
        self.file.real = None  # Its log is closed, whoever closes the bar.


def _progress(bar: Any) -> Iterable[Progress]:
    done, total, unit, scale = bar.n, bar.total, str(bar.unit).strip(), bar.unit_scale
    if scale and scale is not True:
        done, total = done * scale, None if total is None else total * scale
    if total is not None and done > total:
        total = None  # as tqdm has it
    described = str(bar.desc or "").strip().removesuffix(":")
    text = "  ".join(filter(None, (described, str(bar.postfix or ""))))
    with suppress(Exception):  # Numbers of the user's.
        found = progress_of(done, total, "" if unit == "it" else unit, text)
        return () if found is None else (found,)
    return ()


def fit(name: str, module: ModuleType) -> None:
    """Put the hooks into `tqdm.std`."""
    kind: Any = vars(module)["tqdm"]
    begin, display, close = kind.__init__, kind.display, kind.close

    @functools.wraps(begin)
    def read_from_here(self: Any, *args: Any, **kwargs: Any) -> None:
        given = args[_FILE_ARGUMENT] if len(args) > _FILE_ARGUMENT else kwargs.get("file")
        real = sys.stderr if given is None else given
        if kwargs.get("gui") or not bars.is_read(real):
            begin(self, *args, **kwargs)
            return
        unseen = Unseen(real)
        if len(args) > _FILE_ARGUMENT:
            args = (*args[:_FILE_ARGUMENT], unseen, *args[_FILE_ARGUMENT + 1 :])
        else:
            kwargs["file"] = unseen
        bar = TqdmBar(self, unseen)
        setattr(self, _OURS, bar)
        begin(self, *args, **kwargs)
        if not self.disable:
            bars.opened(bar, stop_monitor)
            bars.moved()

    @functools.wraps(display)
    def read(self: Any, msg: str | None = None, pos: int | None = None) -> Any:
        bar = vars(self).get(_OURS)
        if bar is None:
            return display(self, msg, pos)
        if not self.disable:
            bars.moved()
        elif msg is None:  # `close` leaves it standing.
            bar.file.leave(str(self))
        return True

    @functools.wraps(close)
    def read_last(self: Any) -> None:
        bar = vars(self).get(_OURS)
        if bar is not None and not self.disable:
            bars.moved()
            bars.closed(bar)
        close(self)

    def stop_monitor() -> None:
        """No bar is left for the thread that redraws bars; a worker that has threads does no other op."""
        monitor = kind.monitor
        if monitor is not None and not kind._instances:
            kind.monitor = None
            monitor.exit()

    kind.__init__, kind.display, kind.close = read_from_here, read, read_last
