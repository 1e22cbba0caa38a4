"""What an instance answers about the log of runs in pages, about tags, and about runs that were made of each other."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from dagjob import (
    CheckError,
    DagjobEventType,
    DagjobInstance,
    DagjobRunNotFoundError,
    JobDefinition,
    OpExecutionContext,
    ReexecutionOptions,
    execute_job,
    job,
    op,
    reconstructable,
)

STEPS = {DagjobEventType.STEP_START, DagjobEventType.STEP_SUCCESS}


@op
def says(context: OpExecutionContext) -> None:
    context.log.log(25, "of note")
    context.log.log(35, "more so")
    if context.has_tag("fails"):
        raise ValueError


@job
def talks() -> None:
    says()


@pytest.fixture
def instance(tmp_path: Any) -> DagjobInstance:
    return DagjobInstance.local_temp(str(tmp_path))


def run(of: JobDefinition, instance: DagjobInstance, **tags: str) -> str:
    return of.execute_in_process(instance=instance, tags=tags, raise_on_error=False).run_id


def test_a_line_at_a_level_without_a_name_keeps_its_number(instance: DagjobInstance) -> None:
    entries = instance.all_logs(run(talks, instance))
    assert [(e.level, e.user_message) for e in entries if not e.is_dagster_event] == [(25, "of note"), (35, "more so")]


def test_the_keys_of_tags(instance: DagjobInstance) -> None:
    run(talks, instance, b="1", a="2")
    assert instance.get_run_tag_keys() == ["a", "b"]


def test_the_log_of_a_run_comes_in_pages(instance: DagjobInstance) -> None:
    run_id = run(talks, instance)
    whole = instance.get_records_for_run(run_id)
    assert [r.event_log_entry for r in whole.records] == instance.all_logs(run_id)
    assert not whole.has_more
    first = instance.get_records_for_run(run_id, of_type=STEPS, limit=1)
    assert ([r.event_type for r in first.records], first.has_more) == ([DagjobEventType.STEP_START], True)
    second = instance.get_records_for_run(run_id, first.cursor, STEPS, limit=1)
    assert ([r.event_type for r in second.records], second.has_more) == ([DagjobEventType.STEP_SUCCESS], False)
    last = instance.get_records_for_run(run_id, limit=1, ascending=False)
    assert [r.event_type for r in last.records] == [DagjobEventType.RUN_SUCCESS]


def test_an_unknown_run_has_no_log(instance: DagjobInstance) -> None:
    assert instance.get_records_for_run("unknown").records == []


def test_changes_of_runs_come_newest_first(instance: DagjobInstance) -> None:
    run_ids = [run(talks, instance), run(talks, instance)]
    failed = run(talks, instance, fails="yes")
    succeeded = instance.fetch_run_status_changes(DagjobEventType.RUN_SUCCESS, limit=5)
    assert [r.run_id for r in succeeded.records] == run_ids[::-1]
    assert [r.run_id for r in instance.fetch_run_status_changes(DagjobEventType.RUN_FAILURE, 5).records] == [failed]
    page = instance.fetch_run_status_changes(DagjobEventType.RUN_SUCCESS, 1)
    assert ([r.run_id for r in page.records], page.has_more) == (run_ids[1:], True)
    page = instance.fetch_run_status_changes(DagjobEventType.RUN_SUCCESS, 1, page.cursor)
    assert ([r.run_id for r in page.records], page.has_more) == (run_ids[:1], False)


def test_changes_of_runs_can_be_asked_for_by_a_filter(instance: DagjobInstance) -> None:
    scope: dict[str, Any] = {}
    with warnings.catch_warnings(action="ignore"):
        exec("import dagjob.compat.dagster; from dagster import *", scope)
    chosen = scope["RunStatusChangeRecordsFilter"]
    run_id = run(talks, instance)
    success = DagjobEventType.RUN_SUCCESS
    found = instance.fetch_run_status_changes(chosen(success, job_names=["talks"]), limit=5)
    assert isinstance(found, scope["EventRecordsResult"])
    assert isinstance(found.records[0], scope["EventLogRecord"])
    assert [record.run_id for record in found.records] == [run_id]
    at = found.records[0].timestamp
    for nothing in (chosen(success, job_names=["other"]), chosen(success, at), chosen(success, before_timestamp=at)):
        assert instance.fetch_run_status_changes(nothing, limit=5).records == []


def test_only_changes_of_runs_are_changes_of_runs(instance: DagjobInstance) -> None:
    with pytest.raises(CheckError):
        instance.fetch_run_status_changes(DagjobEventType.STEP_START, limit=1)


def test_runs_that_were_made_of_each_other_are_a_group(instance: DagjobInstance) -> None:
    first = run(talks, instance, fails="yes")
    again = execute_job(
        reconstructable(talks), instance, reexecution_options=ReexecutionOptions(first), raise_on_error=False
    ).run_id
    for run_id in (first, again):
        group = instance.get_run_group(run_id)
        assert group is not None
        assert (group[0], [one.run_id for one in group[1]]) == (first, [first, again])
    with pytest.raises(DagjobRunNotFoundError):
        instance.get_run_group("unknown")
