"""When the attempts of a step ran, when it waited and for what: from the run view, for pictures of the time of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagjob.record import Record
from dagjob.run_view import OpView, RunView

SHORTEST_WAIT = 0.05
"""Seconds of waiting for a worker that are told: it always takes a moment."""


WAITS = ("queued", "pause")


class Span(Record):
    """A stretch of the time of a step, in seconds since the epoch.

    `kind` is the status that the attempt left behind, `queued` (it could have begun, and waited for a worker), or `pause`
    (between two attempts). `attempt` counts from 1.
    """

    kind: str
    start: float
    end: float
    attempt: int = 0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def spans(op: OpView, now: float, ready: float | None = None) -> list[Span]:
    """The spans of a step in order; `now` ends what still runs. `ready` is when all that it needs was there."""
    if op.first is None or op.started is None:
        return []
    found = []
    if ready is not None and op.first - ready >= SHORTEST_WAIT:
        found.append(Span("queued", ready, op.first))
    before: float | None = None
    for tried in op.tries:
        start = op.first if tried.attempt == 1 else max(tried.ended - tried.seconds, op.first)
        if before is not None and start > before:
            found.append(Span("pause", before, start))
        found.append(Span("failed", start, max(start, tried.ended), tried.attempt))
        before = tried.ended
    if op.status == "retrying" and before is not None:
        return [*found, Span("pause", before, max(before, now))]
    if op.tries and op.tries[-1].attempt == op.attempt:  # the last attempt never came: the run was stopped before
        return found
    if before is not None and op.started > before:
        found.append(Span("pause", before, op.started))
    end = op.ended if op.ended is not None else now
    return [*found, Span(op.status, op.started, max(op.started, end), op.attempt)]


def ready_at(view: RunView, op: OpView) -> float | None:
    """When all that a step needs had ended: it could begin then. Of one that needs nothing, when the run began."""
    ends = [above.ended for above in needed(view, op)]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    began = view.run.at if view.run is not None else None
    return max(known, default=began)


def needed(view: RunView, op: OpView) -> Iterator[OpView]:
    """The steps right above a step; all copies of a mapped one."""
    for key in op.upstream:
        above = view.ops.get(key)
        if above is not None:
            yield from above.copies if above.copies is not None else (above,)


def critical_path(view: RunView) -> list[OpView]:
    """The steps that the run waited for, first to last: from the step that ended last up to what each one waited for."""
    ran = [op for op in view.in_order() if op.first is not None and op.ended is not None]
    op = max(ran, key=_end, default=None)
    path: list[OpView] = []
    while op is not None and op not in path:
        path.append(op)
        above = [each for each in needed(view, op) if each.first is not None and each.ended is not None]
        op = max(above, key=_end, default=None)
    return path[::-1]


def lanes(all_spans: Sequence[Span]) -> list[int]:
    """A lane for each span, so that no two of one lane overlap: about what each worker did."""
    free: list[float] = []
    chosen = [0] * len(all_spans)
    for number in sorted(range(len(all_spans)), key=lambda number: all_spans[number].start):
        span = all_spans[number]
        lane = next((lane for lane, at in enumerate(free) if at <= span.start), len(free))
        free[lane : lane + 1] = [span.end]
        chosen[number] = lane
    return chosen


def _end(op: OpView) -> float:
    return op.ended or 0.0
