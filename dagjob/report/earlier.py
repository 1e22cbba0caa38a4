"""How the runs before went: what a run is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.plan.forecast import Usual
from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow

MOST_RUNS = 20


class EarlierRun(Record):
    """One of the runs before."""

    id: str
    status: str
    started: float
    seconds: float


class Earlier(Record):
    """The latest runs of the job before this one, the oldest first, and what was usual by then."""

    runs: tuple[EarlierRun, ...] = ()
    usual: Usual = Usual()


NOTHING = Earlier()


def earlier_than(history: History, run: RunRow) -> Earlier:
    """What is known of the runs of the same job that began before this one."""
    rows = [
        row
        for row in history.runs(limit=2 * MOST_RUNS, job=run.job, until=run.started)
        if row.number < run.number and row.job == run.job and row.seconds is not None
    ]
    return Earlier(
        tuple(EarlierRun(row.id, row.status, row.started, row.seconds or 0.0) for row in rows[:MOST_RUNS][::-1]),
        history.usual(run.job, before=run) or Usual(),
    )
