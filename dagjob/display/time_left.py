"""About how long a run still takes: its steps played through the graph with their usual times and the real workers.

Said only where enough runs are known to judge by, and never as an exact number. Computed at most once a second, and
less often the longer it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagjob.display.watched import WatchedRun
from dagjob.display.words import about
from dagjob.run_view import DONE, OPEN, TEMPLATE

MOST_OF_A_PATH = 1000
"""Steps of a run whose critical path is looked for."""
EVERY, OPEN_A_SECOND = 1.0, 100
"""Seconds between two estimates, and one more for so many open steps."""
MOST_OPEN = 2000
"""Beyond so many open steps the estimate costs more than it is worth."""


class TimeLeft:
    """Remembers the last estimate, so that it may be asked for at each refresh."""

    def __init__(self, state: WatchedRun) -> None:
        self._state = state
        self._at: float | None = None
        self._seconds: float | None = None
        self._path_at: float | None = None
        self._path: Sequence[str] = ()

    def seconds(self, now: float) -> float | None:
        """Seconds until the run ends, or None where that is not known."""
        if not self._state.usual_runs or self._state.ended is not None:
            return None
        if self._at is None or not 0 <= now - self._at < EVERY + self._state.count(*OPEN) / OPEN_A_SECOND:
            self._at, self._seconds = now, estimate(self._state, now)
        return None if self._seconds is None else max(0.0, self._seconds - (now - self._at))

    def path(self) -> Sequence[str]:
        """The labels of the critical path, of a run whose times are all known; computed with the time that is left."""
        if self._path_at != self._at:
            self._path_at, self._path = self._at, _path(self._state) if self._state.usual_runs else ()
        return self._path

    def words(self, now: float) -> str:
        """`about 48s left`, or nothing."""
        seconds = self.seconds(now)
        return f"about {about(seconds)} left" if seconds is not None and seconds > 0.5 else ""


def estimate(state: WatchedRun, now: float) -> float | None:
    """Play what is left with as many workers as there are; None if a step's time or its copies are not known."""
    if state.run is None or state.count(*OPEN) > MOST_OPEN:
        return None
    from dagjob.plan.forecast import play  # only where times are known

    open_ops = state.having(*OPEN)
    rest: dict[str, float] = {}
    for op in open_ops:
        usual = state.expected(op)
        if usual is None or op.key.endswith(TEMPLATE):
            return None
        rest[op.key] = max(0.0, usual - op.running_for(now)) if op.status == "running" else usual
    running = [op.key for op in open_ops if op.status == "running"]
    return play(_needs(state, rest), rest, state.run.slots, running)


def _path(state: WatchedRun) -> Sequence[str]:
    if state.total > MOST_OF_A_PATH:
        return ()
    seconds: dict[str, float] = {}
    for op in state.in_order():
        took = op.seconds if op.status in DONE else state.expected(op)
        if took is None and op.status in OPEN:
            return ()
        seconds[op.key] = took or 0.0
    from dagjob.plan.forecast import critical_path

    return [state.ops[key].label for key in critical_path(_needs(state, seconds), seconds)[1]]


def _needs(state: WatchedRun, keys: Iterable[str]) -> dict[str, Sequence[str]]:
    """What each of these steps needs. One that needs all copies of a mapped op names their template."""
    copies = {op.key: [copy.key for copy in op.copies] for op in state.ops.values() if op.copies is not None}
    if not copies:
        return {key: state.ops[key].upstream for key in keys}
    return {key: [one for above in state.ops[key].upstream for one in copies.get(above, (above,))] for key in keys}
