"""The sinks of a run: the store first, then the others, so that nothing is shown as done before it is kept.

A sink that fails never stops the ops. It is dropped, with a warning; where it was to show what fails, a stand-in does so
from the event on at which it failed. If it is the store, the run goes on without history and ends with exit 7. A store
that cannot write for now is no such case: that is said once, and it tries again.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from dagjob import clock
from dagjob.engine.interrupts import OwnCode
from dagjob.engine.ports import Executor, Sink
from dagjob.errors import DagjobStateError
from dagjob.events import (
    EngineNoted,
    Event,
    LogWritten,
    PlanMade,
    Progressed,
    RunEnded,
    StepFailed,
    StepRetrying,
    StepsMapped,
    StepStarted,
    StepSucceeded,
)

_QUICK = 0.005
"""Seconds within which an attempt must end for its op to count as quick."""
_LONGEST_UNKEPT = 0.05
"""Seconds after which what an op of this process tells is kept although the loop does not turn, as long as it tells more."""
_LONGEST_UNSHOWN = 0.1
"""Seconds after which what an op of this process says of itself is shown while it runs."""
_SHOWN_MEANWHILE = frozenset({LogWritten, Progressed})


class RunAudience:
    """All sinks of one run: `store` (None: no history) and `sinks`. `mask` takes secrets out of what all of them get.
    `stand_in` makes what tells of `failures`, or of `all`, when the display that did so has been dropped.

    After the run, `state_error` is what went wrong with the store, `broken_pipe` says whether a reader has gone, and `lost`
    whether something that the user asked for could not be written.
    """

    def __init__(
        self,
        store: Sink | None,
        sinks: Sequence[Sink] = (),
        mask: Callable[[Event], Event] | None = None,
        stand_in: Callable[[str], Sink] | None = None,
    ) -> None:
        self._store = store
        self._mask = mask
        self._stand_in = stand_in
        self._sinks = list(sinks)
        self._unshown: list[Event] = []
        self._kept = 0
        """How many of them the store has got."""
        self._keep_at = _NEVER
        self._last: Sequence[Event] = ()
        """The end of the run, when it has come."""
        self.executor: Executor | None = None
        self.before_turn: Callable[[], None] | None = None
        """Does what was asked for by a signal meanwhile."""
        self._own = QuickOps()
        self._thread = get_ident()
        self._turned = 0.0
        self._told_behind = False
        self.state_error: DagjobStateError | None = None
        self.broken_pipe = False
        self.lost = False

    def __call__(self, event: Event) -> None:
        """Take in an event. All get it at the end of the turn: the store first, the others when it is kept."""
        if get_ident() != self._thread:  # One that an op in this process has started; the loop goes on in its own.
            self._unshown.append(event if self._mask is None else self._mask(event))
            return
        if self._mask is not None:
            with OwnCode():  # an op in this process may be the one who tells
                event = self._mask(event)
        self._unshown.append(event)
        if self._keep_at is _NEVER:
            self._keep_at = event.at + _LONGEST_UNKEPT
        elif event.at > self._keep_at:
            self.keep()
        tell = _TELLS_WHO_IS_QUICK.get(type(event))
        if tell is not None:
            if tell(self._own, event):
                self.turn()
        elif type(event) in _SHOWN_MEANWHILE and self._own.at_work and event.at - self._turned > _LONGEST_UNSHOWN:
            with OwnCode():  # the loop turns only when that op has ended
                self.turn()

    def keep(self) -> None:
        """Commit what came, and show nothing yet."""
        store = self._store
        if store is not None and (self._kept < len(self._unshown) or store.behind):
            with OwnCode():
                self._give_to_store()
                self._flush_store()
                self._give_to_store()  # what was said about it

    def hand_over(self) -> bool:
        """Give the store what came, which another one is to commit; False where that cannot be, and `keep` has to try."""
        with OwnCode():
            self._give_to_store()
        return self._store is not None and not self._store.behind

    def turn(self) -> float | None:
        """Commit, then show."""
        if self.before_turn is not None:
            self.before_turn()
        self.keep()
        events, self._unshown, self._kept, self._keep_at = self._unshown, [], 0, _NEVER
        refresh = self._refresh_store()
        if self.executor is not None:
            self.executor.before_showing()
        if events and isinstance(events[-1], RunEnded):
            self._last = events[-1:]
        for sink in list(self._sinks):
            missed: Sequence[Event] = events
            try:
                if events:
                    sink.hear(events)
                    missed = ()
                    sink.flush()
                wish = sink.next_refresh()
                if wish is not None and wish <= 0:
                    sink.tick(clock.time())
                    wish = sink.next_refresh()
            except Exception as error:
                with suppress(Exception):
                    sink.close()
                self._drop(sink, error, missed)
            else:
                if wish is not None:
                    refresh = wish if refresh is None else min(refresh, wish)
        if self.executor is not None:
            self.executor.after_showing()
        self._turned = clock.time()
        return None if refresh is None else max(refresh, 0.001)

    def pause(self) -> None:
        """Let every sink leave the terminal to somebody else."""
        self._each(lambda sink: sink.pause())

    def go_on(self) -> None:
        """The terminal is theirs again."""
        self._each(lambda sink: sink.go_on())

    def tell_status(self) -> None:
        """Somebody wants to know how the run stands."""
        now = clock.time()
        with self._showing():
            self._each(lambda sink: sink.tell_status(now))

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """While this is open, displays may print although an op of this process may be at work."""
        if self.executor is not None:
            self.executor.before_showing()
        yield
        if self.executor is not None:
            self.executor.after_showing()

    def stand_still(self, stop: Callable[[], float]) -> None:
        """Let everything rest while this process is stopped; `stop` does that, and returns for how many seconds."""
        with self._showing():
            self.pause()
            if self.executor is not None:
                self.executor.pause()
            seconds = stop()
            if self.executor is not None:
                self.executor.go_on(seconds)
            self.go_on()

    def _each(self, act: Callable[[Sink], None]) -> None:
        for sink in list(self._sinks):
            try:
                act(sink)
            except Exception as error:
                self._drop(sink, error, ())

    def _give_to_store(self) -> None:
        fresh = self._unshown[self._kept :]
        self._kept = len(self._unshown)
        self._keep_at = _NEVER
        if self._store is not None and fresh:
            try:
                self._store.hear(fresh)
            except Exception as error:
                self._store_failed(error)

    def _flush_store(self) -> None:
        store = self._store
        if store is None:
            return
        try:
            store.flush()
        except Exception as error:
            self._store_failed(error)
        else:
            if self._told_behind and not store.behind:
                self._told_behind = False
                self(EngineNoted(clock.time(), "the run history is written again", level="warning"))

    def _store_failed(self, error: Exception) -> None:
        """Lose it for good, or say once that it is behind."""
        if self._store is None or not self._store.behind:
            self._lose_store(error)
        elif not self._told_behind:
            self._told_behind = True
            text = f"{error}: what happens is kept in memory and tried again"
            self(EngineNoted(clock.time(), text, level="warning"))

    def _refresh_store(self) -> float | None:
        if self._store is None:
            return None
        wish = self._store.next_refresh()
        if wish is not None and wish <= 0:
            self._store.tick(clock.time())
            self._flush_store()  # Progress may wait for that.
            wish = self._store.next_refresh() if self._store is not None else None
        return wish

    def close(self) -> None:
        """Show what is left, give the terminal back, close the store."""
        self.turn()
        for sink in list(self._sinks):
            try:
                sink.close()
            except Exception as error:
                self._drop(sink, error, self._last)
        if self._store is not None:
            try:
                self._store.close()
            except Exception as error:
                self._lose_store(error)

    def _lose_store(self, error: Exception) -> None:
        self._store = None
        if not isinstance(error, DagjobStateError):
            unwritten = DagjobStateError(f"the run history cannot be written: {type(error).__name__}: {error}")
            unwritten.__cause__ = error
            error = unwritten
        self.state_error = error

    def _drop(self, sink: Sink, error: Exception, missed: Sequence[Event]) -> None:
        self._sinks.remove(sink)
        if isinstance(error, BrokenPipeError):
            self.broken_pipe = True
        elif sink.answer and isinstance(error, OSError):
            self.lost = True
            _say(f"error[{DagjobStateError.code}]: cannot write {sink.answer}: {error.strerror or error}")
        else:
            _say(f"warning: {type(sink).__name__} failed and gets no more events: {type(error).__name__}: {error}")
        if sink.shows_failures and self._stand_in is not None:
            what = "failures" if self.broken_pipe else "all"
            other, self._stand_in = self._stand_in(what), None
            with suppress(Exception):  # where that cannot write either, there is nobody left to tell
                for event in missed:
                    other(event)
                self._sinks.append(other)


class QuickOps:
    """Which ops of this process end at once. Of any other one the history and the screen shall say that it runs.

    It is committed, and with it all that has ended before, when it begins: while it runs the loop does not turn.
    """

    def __init__(self) -> None:
        self._op_of: dict[str, str] = {}
        self._quick: set[str] = set()
        self.at_work = False
        """Whether one of them is."""

    def plan_made(self, event: PlanMade) -> None:
        self._op_of = {op.key: op.op for op in event.ops}

    def mapped(self, event: StepsMapped) -> None:
        self._op_of.update(dict.fromkeys(event.steps, self._op_of.get(event.template, event.template)))

    def begins(self, event: StepStarted) -> bool:
        """Whether that has to be committed before anything else is done."""
        self.at_work = event.pid == os.getpid()
        return self.at_work and self._op_of.get(event.step) not in self._quick

    def ended(self, event: StepSucceeded | StepFailed | StepRetrying) -> None:
        self.at_work = False
        op = self._op_of.get(event.step, event.step)
        if type(event) is StepSucceeded and event.seconds <= _QUICK:
            self._quick.add(op)
        else:
            self._quick.discard(op)


_TELLS_WHO_IS_QUICK: Mapping[type[Event], Callable[[QuickOps, Any], bool | None]] = {
    PlanMade: QuickOps.plan_made,
    StepsMapped: QuickOps.mapped,
    StepStarted: QuickOps.begins,
    StepSucceeded: QuickOps.ended,
    StepFailed: QuickOps.ended,
    StepRetrying: QuickOps.ended,
}
_NEVER = float("inf")


def _say(text: Any) -> None:
    from dagjob.display.output import write_lines

    with suppress(OSError, ValueError):
        write_lines(sys.stderr, str(text).split("\n"))
