"""`DagjobInstance`: the runs of a state directory, as Python asks for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagjob import (
    AssetMaterialization,
    CheckError,
    DagjobEventType,
    DagjobInstance,
    DagjobInvalidInvocationError,
    DagjobRunNotFoundError,
    DagjobRunStatus,
    ExpectationResult,
    OpExecutionContext,
    Output,
    RetryPolicy,
    RunsFilter,
    build_hook_context,
    build_init_resource_context,
    build_op_context,
    graph,
    instance_for_test,
    job,
    op,
)

A_RUN_ID = "01234567-89ab-4cde-8f01-23456789abcd"


@op
def tells(context: OpExecutionContext) -> Iterator[Output[int]]:
    context.log.warning("careful")
    context.log_event(AssetMaterialization(["db", "table"], metadata={"rows": 3}, tags={"kind": "t"}))
    context.log_event(ExpectationResult(success=False, label="enough"))
    yield Output(1, metadata={"unit": "rows"})


@op
def fails() -> None:
    raise ValueError("on purpose")


@job(tags={"team": "x"})
def good() -> None:
    tells()


@job
def bad() -> None:
    fails()


@pytest.fixture
def instance() -> Iterator[DagjobInstance]:
    with DagjobInstance.ephemeral() as made:
        yield made


def test_a_run_is_kept_with_all_that_it_was(instance: DagjobInstance) -> None:
    result = good.execute_in_process(instance=instance, run_id=A_RUN_ID, tags={"who": "me"})
    run = instance.get_run_by_id(A_RUN_ID)
    assert run is not None
    assert run == result.dagster_run
    assert (run.job_name, run.status, run.tags) == ("good", DagjobRunStatus.SUCCESS, {"team": "x", "who": "me"})
    assert instance.get_run_by_id("nobody") is None
    record = instance.get_run_record_by_id(A_RUN_ID)
    assert record is not None
    assert record.start_time is not None
    assert record.end_time is not None
    assert record.start_time <= record.end_time


def test_a_run_that_raises_is_kept_too(instance: DagjobInstance) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        bad.execute_in_process(instance=instance)
    assert not bad.execute_in_process(instance=instance, raise_on_error=False).success
    newest, oldest = instance.get_runs()
    assert [newest.tags["dagster/failure_reason"], oldest.tags["dagster/failure_reason"]] == [
        "STEP_FAILURE",
        "RUN_EXCEPTION",
    ]


def test_runs_are_found_by_what_they_have(instance: DagjobInstance) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    first = good.execute_in_process(instance=instance, tags={"n": "1"}).run_id
    second = bad.execute_in_process(instance=instance, raise_on_error=False, tags={"n": "2"}).run_id

    def found(**asked: object) -> list[str]:
        return instance.get_run_ids(RunsFilter(**asked))  # type: ignore[arg-type]

    assert found() == [second, first]
    assert found(job_name="good") == found(tags={"team": "x"}) == [first]
    assert found(statuses=[DagjobRunStatus.FAILURE]) == found(tags={"n": ["2", "3"]}) == [second]
    assert found(run_ids=[first], tags={"n": "2"}) == found(created_before=began) == []
    assert found(created_after=began) == [second, first]
    assert instance.get_run_ids(limit=1) == [second]
    assert instance.get_run_ids(cursor=second) == [first]
    assert instance.get_runs_count(RunsFilter(job_name="bad")) == 1
    assert [record.dagster_run.run_id for record in instance.get_run_records(ascending=True)] == [first, second]
    assert instance.get_run_tags(["n", "team"]) == [("n", {"1", "2"}), ("team", {"x"})]


def test_a_filter_that_no_run_can_meet_is_a_mistake() -> None:
    with pytest.raises(CheckError, match="run_ids is empty"):
        RunsFilter(run_ids=[])


def test_the_log_of_a_run_has_its_events_and_its_lines_in_order(instance: DagjobInstance) -> None:
    result = good.execute_in_process(instance=instance)
    log = instance.all_logs(result.run_id)
    assert [entry.dagster_event.event_type for entry in log if entry.dagster_event is not None] == [
        event.event_type for event in result.all_events
    ]
    assert [(entry.user_message, entry.level, entry.step_key) for entry in log if not entry.is_dagster_event] == [
        ("careful", 30, "tells")
    ]
    kinds = [entry.dagster_event_type for entry in log]
    assert kinds.index(None) < kinds.index(DagjobEventType.ASSET_MATERIALIZATION)
    assert [entry.step_key for entry in instance.all_logs(result.run_id, DagjobEventType.STEP_SUCCESS)] == ["tells"]
    assert instance.all_logs("nobody") == []


def test_what_was_reported_is_read_back(instance: DagjobInstance) -> None:
    result = good.execute_in_process(instance=instance)
    of_type = {
        kind: instance.all_logs(result.run_id, kind)[0].get_dagster_event()
        for kind in (
            DagjobEventType.ASSET_MATERIALIZATION,
            DagjobEventType.STEP_EXPECTATION_RESULT,
            DagjobEventType.STEP_OUTPUT,
        )
    }
    asset = of_type[DagjobEventType.ASSET_MATERIALIZATION].step_materialization_data.materialization
    assert asset == result.asset_materializations_for_node("tells")[0]
    expectation = of_type[DagjobEventType.STEP_EXPECTATION_RESULT].step_expectation_result_data.expectation_result
    assert expectation == result.expectation_results_for_node("tells")[0]
    assert of_type[DagjobEventType.STEP_OUTPUT].step_output_data.metadata["unit"].value == "rows"


def test_statistics_of_a_run_and_of_its_steps(instance: DagjobInstance) -> None:
    tries = []

    @op(retry_policy=RetryPolicy(max_retries=1))
    def flaky() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError

    @job
    def mixed() -> None:
        flaky()
        fails()
        tells()

    run_id = mixed.execute_in_process(instance=instance, raise_on_error=False).run_id
    stats = instance.get_run_stats(run_id)
    assert (stats.steps_succeeded, stats.steps_failed, stats.materializations, stats.expectations) == (2, 1, 1, 1)
    steps = {step.step_key: step for step in instance.get_run_step_stats(run_id)}
    assert {key: (step.status.value, step.attempts) for key, step in steps.items()} == {
        "flaky": ("SUCCESS", 2),
        "fails": ("FAILURE", 1),
        "tells": ("SUCCESS", 1),
    }
    assert all(attempt.end_time is not None for step in steps.values() for attempt in step.attempts_list)
    assert [step.step_key for step in instance.get_run_step_stats(run_id, ["fails"])] == ["fails"]
    with pytest.raises(DagjobRunNotFoundError):
        instance.get_run_stats("nobody")


def test_runs_are_tagged_and_deleted(instance: DagjobInstance) -> None:
    first, second = (good.execute_in_process(instance=instance).run_id for _ in range(2))
    instance.add_run_tags(first, {"checked": "yes"})
    run = instance.get_run_by_id(first)
    assert run is not None
    assert run.tags == {"team": "x", "checked": "yes"}
    instance.delete_run(first)
    instance.delete_run(first)
    assert instance.get_run_ids() == [second]
    instance.wipe()
    assert instance.get_runs_count() == 0
    with pytest.raises(DagjobRunNotFoundError):
        instance.add_run_tags(first, {})


@pytest.mark.parametrize(("run_id", "why"), [("no-uuid", "must be a UUID"), (5, "run_id must be str")])
def test_an_id_that_is_no_uuid_starts_nothing(run_id: str, why: str, instance: DagjobInstance) -> None:
    with pytest.raises(CheckError, match=why):
        good.execute_in_process(run_id=run_id, instance=instance)
    assert instance.get_runs_count() == 0


def test_an_id_is_used_once(instance: DagjobInstance) -> None:
    good.execute_in_process(run_id=A_RUN_ID, instance=instance)
    with pytest.raises(DagjobInvalidInvocationError, match="already"):
        good.execute_in_process(run_id=A_RUN_ID, instance=instance)


def test_an_op_asks_the_instance_of_its_run(instance: DagjobInstance) -> None:
    seen = []

    @op
    def asks(context: OpExecutionContext) -> None:
        run = context.instance.get_run_by_id(context.run_id)
        assert run is not None
        seen.append((context.instance.root_directory, run.status))

    @graph
    def asking() -> None:
        asks()

    asking.execute_in_process(instance=instance)
    asking.execute_in_process()
    assert seen[0] == (instance.root_directory, DagjobRunStatus.STARTED)
    assert seen[1][1] is DagjobRunStatus.STARTED
    assert seen[1][0] != seen[0][0]


def test_contexts_of_tests_have_the_instance_that_was_given(instance: DagjobInstance) -> None:
    assert build_op_context(instance=instance).instance is instance
    assert build_init_resource_context(instance=instance).instance is instance
    assert build_hook_context(instance=instance).instance is instance
    empty = build_op_context()
    assert empty.instance is empty.instance
    assert empty.instance.get_runs() == []


def test_an_instance_for_tests_is_the_one_that_get_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGJOB_HOME", raising=False)
    with instance_for_test() as made:
        good.execute_in_process(instance=made)
        assert DagjobInstance.get().get_runs_count() == 1
        assert made.is_persistent
    assert "DAGJOB_HOME" not in os.environ
    assert not os.path.exists(made.root_directory)
    with instance_for_test(set_dagster_home=False):
        assert "DAGJOB_HOME" not in os.environ


def test_the_local_instance_is_that_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGJOB_HOME", raising=False)
    (tmp_path / "pyproject.toml").write_text('[tool.dagjob]\nhome = "kept"\n')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert DagjobInstance.get().root_directory == str(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_what_is_kept_has_no_secret_in_it(instance: DagjobInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "hunter2hunter2")

    @op
    def leaks(context: OpExecutionContext) -> None:
        context.log.info("the token is hunter2hunter2")

    @job
    def leaking() -> None:
        leaks()

    run_id = leaking.execute_in_process(instance=instance).run_id
    assert [e.user_message for e in instance.all_logs(run_id) if not e.is_dagster_event] == ["the token is ******"]


def test_an_op_of_a_command_finds_its_run_in_a_new_history(
    project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    project(
        "jobs.py",
        """
        from dagjob import job, op
        @op
        def asks(context): print(context.instance.get_run_by_id(context.run_id).status, context.instance.get_runs_count())
        @job
        def asking(): asks()
        """,
    )
    done = dagjob("run", "jobs.py", "--show-output", "all")
    assert done.code == 0, done.stderr
    assert "STARTED 1" in done.stdout + done.stderr
