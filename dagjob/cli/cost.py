"""What a run would cost, from what the history knows: for `-n` of `run`, `resume` and `backfill`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagjob.display.dry_run import Planned, copies_of
from dagjob.errors import DagjobStateError
from dagjob.launch.executors import workers_of
from dagjob.plan.cost import Cost, cost_of
from dagjob.plan.forecast import Usual

if TYPE_CHECKING:
    from dagjob.cli.session import Session
    from dagjob.launch.request import PreparedRun


def planned(prepared: PreparedRun, session: Session) -> Planned:
    """A run as `-n` shows it."""
    cost = expected(prepared, session)
    return Planned(prepared.job, prepared.plan, prepared.executor.name, prepared.partition, prepared.continued, cost)


def expected(prepared: PreparedRun, session: Session, at_once: int = 1) -> Cost:
    """What the run is expected to cost, or so many of such runs at once that share the workers."""
    workers = workers_of(prepared.executor, prepared.executor_config, prepared.request.slots)
    usual = _usual(session, prepared.job.name)
    return cost_of(prepared.plan, usual, workers, _many(prepared), prepared.request.pools, at_once)


def _usual(session: Session, job: str) -> Usual:
    """What the steps of a job usually take. A history that is not there, or cannot be read, knows nothing."""
    if not os.path.exists(session.state.db):
        return Usual()
    from dagjob.storage.admission import is_admitted
    from dagjob.storage.history import History

    try:
        history = History.open(session.state) if is_admitted(session.state) else None
        if history is None:
            return Usual()
        with history:
            return history.usual(job) or Usual()
    except DagjobStateError:
        return Usual()


def _many(prepared: PreparedRun) -> dict[str, int | None] | None:
    """The steps that run, of a run that goes on from another one; of a mapped one how many copies, where that is known."""
    continued = prepared.continued
    if continued is None:
        return None
    found: dict[str, int | None] = {}
    for step in prepared.plan.steps:
        copies = copies_of(step, continued)
        run = [key for key in copies or [step.key] if key not in continued.reused and key not in continued.skipped]
        if run:
            found[step.key] = len(run) if copies or step.maps is None else None
    return found
