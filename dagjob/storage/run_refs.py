"""From what somebody types for a run to that run, for all commands: `7c3f9a2d`, `latest`, `latest:failed`, `latest:daily`.

A text that names no run is told what is near: an id, a word behind `latest:`, or that it is a job's name. One that names
several is told which. Nothing here writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagjob.errors import DagjobRunNotFoundError, nearest

if TYPE_CHECKING:
    from dagjob.storage.history import History
    from dagjob.storage.records import RunRow

LATEST = "latest"
STATUSES = ("running", "success", "failed", "crashed", "canceled", "timeout")
UNHAPPY = ("failed", "crashed", "timeout")
"""What `latest:failed` means: all that did not end well by themselves."""
_MOST_CANDIDATES = 5
_LOOKED_AT = 500
"""Runs whose ids are compared with one that there is not."""


def find(history: History, ref: str) -> RunRow:
    """The run that `ref` names: an id, a unique beginning of one, `latest`, `latest:STATUS` or `latest:JOB`.

    Raises `DagjobRunNotFoundError` with what is near, or with the candidates.
    """
    ref = ref.strip()
    what, colon, which = ref.partition(":")
    if what.lower() == LATEST:
        return _latest(history, which)
    wanted = ref.lower()
    found: list[RunRow] = []
    if wanted and not colon:
        whole = history.run(ref) or history.run(wanted)
        if whole is not None:
            return whole
        found = list(history.beginning(wanted, _MOST_CANDIDATES))
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(ref, found, history.count_beginning(wanted))
    raise not_found(history, ref)


def not_found(history: History, ref: str) -> DagjobRunNotFoundError:
    """The error for an id, or a beginning of one, that no run has; with what may have been meant."""
    recent = {run_id[: max(8, len(ref))]: job for run_id, job in history.recent_ids(_LOOKED_AT)}
    head, colon, which = ref.partition(":")
    jobs = history.jobs()
    near = nearest(ref.lower(), recent, 0.6)
    hint = ""
    if ref in jobs:
        hint = f' Did you mean "{LATEST}:{ref}", the latest run of that job?'
    elif nearest(head.lower(), (LATEST,), 0.6):
        hint = f' Did you mean "{LATEST}{colon}{which}"?'
    elif near:
        hint = f' Did you mean "{near[:8]}" ({recent[near]})?'
    elif near := nearest(ref, jobs):
        hint = f' Did you mean "{LATEST}:{near}"?'
    return DagjobRunNotFoundError(f'there is no run "{ref}".{hint}').noting("dagjob runs lists the recorded ones")


def _latest(history: History, which: str) -> RunRow:
    if not which:
        run = history.latest()
    elif which == "failed":
        run = history.latest(statuses=UNHAPPY)
    elif which in STATUSES:
        run = history.latest(statuses=(which,))
    else:
        run = history.latest(job=which)
    if run is not None:
        return run
    if not which or history.latest() is None:
        raise DagjobRunNotFoundError("no run is recorded yet").noting("runs are recorded by  dagjob run")
    if which in STATUSES:
        raise DagjobRunNotFoundError(f'no run is recorded with status "{which}"')
    near = nearest(which, (*history.jobs(), *STATUSES))
    hint = f' Did you mean "{LATEST}:{near}"?' if near else ""
    raise DagjobRunNotFoundError(f'no run of a job "{which}" is recorded.{hint}')


def _ambiguous(ref: str, some: list[RunRow], many: int) -> DagjobRunNotFoundError:
    length = 8
    while length < 36 and len({run.id[:length] for run in some}) < len(some):
        length += 1
    names = ", ".join(f"{run.id[:length]} ({run.job}, {run.status})" for run in some)
    more = f" and {many - len(some):,} more" if many > len(some) else ""
    return DagjobRunNotFoundError(f'"{ref}" is the beginning of {many:,} runs: {names}{more}').noting(
        "give more characters of the id"
    )
