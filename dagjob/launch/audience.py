"""Who hears a run: the store first, then the displays, so that nothing is shown as done before it is kept.

A sink that fails never stops the ops. A display that fails is dropped, and said so; if the store fails, the run goes on
without history and ends with exit 7.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from dagjob import clock
from dagjob.engine.interrupts import OwnCode
from dagjob.engine.ports import Display
from dagjob.errors import DagjobStateError
from dagjob.events import Event


class Store(Protocol):
    """The run store as a sink."""

    def __call__(self, event: Event) -> None: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class RunAudience:
    """The audience of one run. `mask` takes secrets out of what all hear. After the run, `state_error` is what went
    wrong with the store.
    """

    def __init__(
        self, store: Store | None, displays: Sequence[Display] = (), mask: Callable[[Event], Event] | None = None
    ) -> None:
        self._store = store
        self._mask = mask
        self._displays = list(displays)
        self._unshown: list[Event] = []
        self.state_error: DagjobStateError | None = None
        self.broken_pipe = False

    def __call__(self, event: Event) -> None:
        """Give the event to the store; displays get it at the end of the turn, when it is kept."""
        with OwnCode():  # an op in this process may be the one who tells
            if self._mask is not None:
                event = self._mask(event)
            self._unshown.append(event)
            if self._store is not None:
                try:
                    self._store(event)
                except Exception as error:
                    self._lose_store(error)

    def turn(self) -> float | None:
        """Commit, then show."""
        if self._store is not None and self._unshown:
            try:
                self._store.flush()
            except Exception as error:
                self._lose_store(error)
        events, self._unshown = self._unshown, []
        refresh: float | None = None
        for display in list(self._displays):
            try:
                for event in events:
                    display(event)
                wish = display.next_refresh()
                if wish is not None and wish <= 0:
                    display.tick(clock.time())
                    wish = display.next_refresh()
            except Exception as error:
                self._drop(display, error)
            else:
                if wish is not None:
                    refresh = wish if refresh is None else min(refresh, wish)
        return None if refresh is None else max(refresh, 0.001)

    def close(self) -> None:
        """Show what is left, give the terminal back, close the store."""
        self.turn()
        for display in list(self._displays):
            try:
                display.close()
            except Exception as error:
                self._drop(display, error)
        if self._store is not None:
            try:
                self._store.close()
            except Exception as error:
                self._lose_store(error)

    def _lose_store(self, error: Exception) -> None:
        self._store = None
        if not isinstance(error, DagjobStateError):
            told = DagjobStateError(f"the run history cannot be written: {type(error).__name__}: {error}")
            told.__cause__ = error
            error = told
        self.state_error = error

    def _drop(self, display: Display, error: Exception) -> None:
        self._displays.remove(display)
        if isinstance(error, BrokenPipeError):
            self.broken_pipe = True
            return
        _say(f"warning: the display {type(display).__name__} failed and was dropped: {type(error).__name__}: {error}")


def _say(text: Any) -> None:
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
