"""What an instance answers with: run records, filters and statistics, under Dagster's names. No queries in here."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dagjob import events as ev
from dagjob.engine.result import FAILURE_REASON_TAG
from dagjob.engine.run_record import DagjobRun, DagjobRunStatus, status_of
from dagjob.errors import CheckError
from dagjob.record import Record
from dagjob.values.checks import check_kind

if TYPE_CHECKING:
    from dagjob.storage.records import RunRow

TagValue = str | Sequence[str]


class RunsFilter:
    """Which runs are asked for: those that meet all that is given. A tag may name several values, one of which counts."""

    def __init__(
        self,
        run_ids: Sequence[str] | None = None,
        job_name: str | None = None,
        statuses: Sequence[DagjobRunStatus] | None = None,
        tags: Mapping[str, TagValue] | None = None,
        snapshot_id: str | None = None,
        updated_after: datetime | None = None,
        updated_before: datetime | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        exclude_subruns: bool | None = None,
    ) -> None:
        if run_ids is not None and not run_ids:
            raise CheckError("RunsFilter: run_ids is empty, which no run meets: leave it out for all of them")
        if isinstance(run_ids, str):
            raise CheckError(f"RunsFilter: run_ids is a list of run ids, not {run_ids!r}")
        self.run_ids = list(run_ids) if run_ids is not None else None
        self.job_name = None if job_name is None else check_kind(job_name, str, "RunsFilter: job_name")
        self.statuses = [DagjobRunStatus(status) for status in statuses or ()]
        self.tags = dict(tags or {})
        self.snapshot_id = snapshot_id
        self.updated_after = updated_after
        self.updated_before = updated_before
        self.created_after = created_after
        self.created_before = created_before
        self.exclude_subruns = exclude_subruns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunsFilter) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value)
        return f"RunsFilter({given})"

    def fits(self, record: RunRecord) -> bool:
        """Does a run meet all of it?"""
        run = record.dagster_run
        bounds = (
            (self.created_after, record.create_timestamp, True),
            (self.created_before, record.create_timestamp, False),
            (self.updated_after, record.update_timestamp, True),
            (self.updated_before, record.update_timestamp, False),
        )
        return (
            (self.run_ids is None or run.run_id in self.run_ids)
            and (self.job_name is None or run.job_name == self.job_name)
            and (not self.statuses or run.status in self.statuses)
            and all(_has(run.tags, key, value) for key, value in self.tags.items())
            and all(bound is None or _beyond(at, bound, after) for bound, at, after in bounds)
        )


def _has(tags: Mapping[str, str], key: str, value: TagValue) -> bool:
    return key in tags and (tags[key] == value if isinstance(value, str) else tags[key] in value)


def _beyond(at: datetime, bound: datetime, after: bool) -> bool:
    """Later than a bound, or earlier. A bound without a time zone is in UTC, as Dagster reads it."""
    bound = bound if bound.tzinfo is not None else bound.replace(tzinfo=UTC)
    return at > bound if after else at < bound


class RunRecord(Record):
    """A run and its times. `storage_id` counts the runs of the instance."""

    storage_id: int
    dagster_run: DagjobRun
    create_timestamp: datetime
    update_timestamp: datetime
    start_time: float | None = None
    end_time: float | None = None


def record_of(row: RunRow, number: int, again: list[str] | None) -> RunRecord:
    """The record of a row of the history. `again` are the steps that a re-execution ran."""
    reason = {FAILURE_REASON_TAG: row.failure_reason} if row.failure_reason else {}
    run = DagjobRun(
        row.id,
        row.job,
        row.config,
        {**row.tags, **reason},
        row.parent,
        row.root,
        status_of(row.status),
        list(row.selection) or None,
        frozenset(row.selected) or None,
        again,
    )
    began = datetime.fromtimestamp(row.started, UTC)
    changed = datetime.fromtimestamp(row.ended, UTC) if row.ended is not None else began
    return RunRecord(number, run, began, changed, row.started, row.ended)


class RunStats(Record):
    """Counts of one run: its steps, and what they reported."""

    run_id: str
    steps_succeeded: int
    steps_failed: int
    materializations: int
    expectations: int
    enqueued_time: float | None
    launch_time: float | None
    start_time: float | None
    end_time: float | None

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run_id


def run_stats(row: RunRow, events: Iterable[ev.Event]) -> RunStats:
    """The counts of a run."""
    reported = expected = 0
    for event in events:
        reported += isinstance(event, ev.AssetReported) and type(event.asset).__name__ == "AssetMaterialization"
        expected += isinstance(event, ev.ExpectationReported)
    failed = row.ops.get("failed", 0) + row.ops.get("timeout", 0)
    return RunStats(row.id, row.ops.get("success", 0), failed, reported, expected, None, None, row.started, row.ended)


class StepEventStatus(enum.Enum):
    """How a step stands."""

    IN_PROGRESS = "IN_PROGRESS"
    SKIPPED = "SKIPPED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


class RunStepMarker(Record):
    """One attempt of a step."""

    start_time: float | None
    end_time: float | None = None
    key: str | None = None


class RunStepStats(Record):
    """One step of a run: how it stands, and its attempts."""

    run_id: str
    step_key: str
    status: StepEventStatus
    start_time: float | None
    end_time: float | None
    materialization_events: list[Any]
    expectation_results: list[Any]
    attempts: int
    attempts_list: list[RunStepMarker]
    markers: list[RunStepMarker]


class _StepFold:
    """What the events of one step say of it."""

    def __init__(self) -> None:
        self.status = StepEventStatus.IN_PROGRESS
        self.attempts: list[RunStepMarker] = []
        self.materializations: list[Any] = []
        self.expectations: list[Any] = []
        self.ended: float | None = None

    def __call__(self, event: ev.Event) -> None:
        match event:
            case ev.StepStarted():
                self.attempts.append(RunStepMarker(event.at))
            case ev.StepSucceeded() | ev.StepFailed() | ev.StepRetrying():
                if self.attempts:
                    self.attempts[-1] = RunStepMarker(self.attempts[-1].start_time, event.at)
                if not isinstance(event, ev.StepRetrying):
                    succeeded = isinstance(event, ev.StepSucceeded)
                    self.status = StepEventStatus.SUCCESS if succeeded else StepEventStatus.FAILURE
                    self.ended = event.at
            case ev.StepSkipped():
                self.status, self.ended = StepEventStatus.SKIPPED, event.at
            case ev.AssetReported() if type(event.asset).__name__ == "AssetMaterialization":
                self.materializations.append(event.asset)
            case ev.ExpectationReported():
                self.expectations.append(event.expectation)


def step_stats(run_id: str, events: Iterable[ev.Event], keys: Sequence[str] | None) -> list[RunStepStats]:
    """The steps that something has happened to, in the order in which it began; `keys` None: all of them."""
    steps: dict[str, _StepFold] = {}
    for event in events:
        if isinstance(event, ev.StepEvent | ev.StepSkipped):
            steps.setdefault(event.step, _StepFold())(event)
    return [
        RunStepStats(
            run_id,
            key,
            step.status,
            step.attempts[0].start_time if step.attempts else None,
            step.ended,
            step.materializations,
            step.expectations,
            len(step.attempts),
            step.attempts,
            [],
        )
        for key, step in steps.items()
        if keys is None or key in keys
    ]
