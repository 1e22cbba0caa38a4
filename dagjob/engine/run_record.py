"""The record of a run as Dagster shows it: `context.run`, `result.dagster_run`, and what an instance lists.

Loaded when user code asks for one; the engine knows a run by its `RunInfo`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagjob.record import Record

if TYPE_CHECKING:
    from dagjob.engine.run_info import RunInfo


class DagjobRunStatus(enum.StrEnum):
    """How a run stands, in Dagster's words. Those of queues and daemons are never used here."""

    QUEUED = "QUEUED"
    NOT_STARTED = "NOT_STARTED"
    MANAGED = "MANAGED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"
    SUSPENDED = "SUSPENDED"


_WORDS = {
    "running": DagjobRunStatus.STARTED,
    "success": DagjobRunStatus.SUCCESS,
    "canceled": DagjobRunStatus.CANCELED,
}


def status_of(status: str) -> DagjobRunStatus:
    """Dagster's word for one of ours: a run that crashed or ran out of time has failed."""
    return _WORDS.get(status, DagjobRunStatus.FAILURE)


class DagjobRun(Record):
    """One run. `op_selection` is what of the job was asked for, `step_keys_to_execute` what a re-execution ran again."""

    run_id: str
    job_name: str
    run_config: Mapping[str, Any] = {}
    tags: Mapping[str, str] = {}
    parent_run_id: str | None = None
    root_run_id: str | None = None
    status: DagjobRunStatus = DagjobRunStatus.STARTED
    op_selection: list[str] | None = None
    resolved_op_selection: frozenset[str] | None = None
    step_keys_to_execute: list[str] | None = None

    @property
    def is_success(self) -> bool:
        """Has the run ended well?"""
        return self.status is DagjobRunStatus.SUCCESS

    @property
    def is_failure(self) -> bool:
        """Has the run failed?"""
        return self.status is DagjobRunStatus.FAILURE

    @property
    def is_failure_or_canceled(self) -> bool:
        """Has the run failed, or was it stopped?"""
        return self.status in (DagjobRunStatus.FAILURE, DagjobRunStatus.CANCELED)

    @property
    def is_finished(self) -> bool:
        """Has the run ended?"""
        return self.status in (DagjobRunStatus.SUCCESS, DagjobRunStatus.FAILURE, DagjobRunStatus.CANCELED)

    @property
    def is_cancelable(self) -> bool:
        """Is the run on its way?"""
        return self.status is DagjobRunStatus.STARTED

    @property
    def is_resume_retry(self) -> bool:
        """Does it go on from the failure of another run?"""
        return self.tags.get("dagster/is_resume_retry") == "true"

    @property
    def previous_run_id(self) -> str | None:
        """The run that this one goes on from."""
        return self.parent_run_id

    def get_parent_run_id(self) -> str | None:
        """The same."""
        return self.parent_run_id

    def get_root_run_id(self) -> str | None:
        """The first run of the chain that this one continues."""
        return self.root_run_id


def record_of(run: RunInfo, status: DagjobRunStatus = DagjobRunStatus.STARTED, **more: Any) -> DagjobRun:
    """The record of a run of this process."""
    return DagjobRun(
        run.run_id,
        run.job,
        run.config,
        more.pop("tags", run.tags),
        run.parent_run_id,
        run.root_run_id,
        status,
        op_selection=list(run.selection) or None,
        resolved_op_selection=frozenset(run.selected) or None,
        **more,
    )
