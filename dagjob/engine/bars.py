"""Progress bars that an op draws with tqdm or Rich, where its output goes to a log: they are read instead of drawn.

Neither library is imported for it. What a process has loaded of them is fitted with hooks (`bars_tqdm`, `bars_rich`) when an
attempt begins, and what an op loads later as it is loaded. Here stands what all bars have in common: who listens, and which of
several bars counts: the oldest one that is not full, so the outer one of two loops. What the latest of the others shows
stands behind it as text.
"""

from __future__ import annotations

import sys
from _frozen_importlib_external import SourceFileLoader
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from os import getpid  # Kept, whatever an op makes of `os`.
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from dagjob.engine.progress import Progress, ProgressReports

_HOOKS = {
    "tqdm.std": "dagjob.engine.bars_tqdm",
    "rich.live": "dagjob.engine.bars_rich",
    "rich.progress": "dagjob.engine.bars_rich",
}
"""The modules that draw bars, and what has the hooks for them."""


class Bar(Protocol):
    """One bar, or several that are drawn together."""

    def shows(self) -> Iterable[Progress] | None:
        """How far it is; None where it is gone."""

    def end(self) -> None:
        """The attempt is over, and this one was not closed."""


class Bars:
    """The attempt whose bars are read now."""

    def __init__(self, reports: Callable[[], ProgressReports]) -> None:
        self.reports = reports
        self.process = getpid()
        self.bars: list[Bar] = []
        self.at_end: dict[Callable[[], None], None] = {}

    def end(self) -> None:
        """The attempt is over."""
        global _now
        _now = None
        if (self.bars or self.at_end) and self.process == getpid():
            for bar in self.bars:
                bar.end()
            for tidy in self.at_end:
                tidy()


_now: Bars | None = None
_everywhere = False
_fitted: dict[str, ModuleType] = {}


def read_everywhere() -> None:
    """All that this process prints goes to a log, also where an attempt does not know of it."""
    global _everywhere
    _everywhere = True


def listen(reports: Callable[[], ProgressReports], *, captured: bool) -> Bars | None:
    """An attempt begins: its bars are told to `reports`, if its output is captured. What comes back is to be ended."""
    global _now
    if not (captured or _everywhere) or _now is not None:
        return None
    for name in _HOOKS:
        if name in sys.modules:
            _fit(name, sys.modules[name])
    if _FINDER not in sys.meta_path:  # It stays there: one attempt may follow the other in a moment.
        sys.meta_path.insert(0, _FINDER)
    _now = Bars(reports)
    return _now


# -- what the hooks call -------------------------------------------------------------------------------------------


def is_read(stream: object) -> bool:
    """Whether what is drawn on this stream would go to the log of the attempt."""
    if _now is None:
        return False
    try:
        return stream.fileno() in (1, 2)  # type: ignore[attr-defined]
    except Exception:  # Something of the user's.
        return False


def opened(bar: Bar, at_end: Callable[[], None] | None = None) -> None:
    """A bar begins; `at_end` is called once when the attempt is over."""
    if _now is not None:
        _now.bars.append(bar)
        if at_end is not None:
            _now.at_end[at_end] = None


def closed(bar: Bar) -> None:
    """A bar has shown its last."""
    if _now is not None and bar in _now.bars:
        _now.bars.remove(bar)


def moved() -> None:
    """Tell how far the bars are. A process that the op has forked has its own, which are not told."""
    now = _now
    if now is None or now.process != getpid():
        return
    shown: list[Progress] = []
    for bar in list(now.bars):
        its = bar.shows()
        if its is None:
            closed(bar)
        else:
            shown += its
    if shown:
        now.reports().show(_leading(shown))


def _leading(shown: Sequence[Progress]) -> Progress:
    going_on = [one for one in shown if not one.over]
    first = (going_on or shown[-1:])[0]
    if len(going_on) < 2:
        return first
    return first._replace(text="  ".join(filter(None, (first.text, going_on[-1].brief))))


# -- fitting -------------------------------------------------------------------------------------------------------


def _fit(name: str, module: ModuleType) -> None:
    if _fitted.get(name) is not module:
        _fitted[name] = module
        import_module(_HOOKS[name]).fit(name, module)


class _FindsBars:
    """Finds what draws bars where an op is the first to load it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python's question to a finder: these modules as the others find them, with a loader that fits them."""
        if name not in _HOOKS or _now is None:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if type(spec.loader) is SourceFileLoader:
                    spec.loader = _FitsBars(spec.loader.name, spec.loader.path)
                return spec
        return None


class _FitsBars(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _fit(module.__name__, module)


_FINDER = _FindsBars()
