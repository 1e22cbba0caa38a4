"""What code that inspects the events and results of a run finds there, found by the same module under Dagster 1.13.29."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from dagjob import (
    AssetMaterialization,
    AssetObservation,
    DagjobEventType,
    DependencyDefinition,
    DynamicOut,
    DynamicOutput,
    ExecuteInProcessResult,
    MultiDependencyDefinition,
    OpExecutionContext,
    Out,
    Output,
    graph,
    job,
    op,
)


@op
def last(context: OpExecutionContext) -> int:
    context.log_event(AssetMaterialization("table", partition="monday"))
    context.log_event(AssetObservation("view", partition="tuesday"))
    return 1


@op
def first(x: int) -> None:
    raise ValueError("no")


@pytest.fixture(scope="module")
def result() -> ExecuteInProcessResult:
    @job
    def reports():
        last.alias("z")()
        first.alias("m")(last.alias("a")())

    logging.disable(logging.CRITICAL)
    try:
        return reports.execute_in_process(raise_on_error=False)
    finally:
        logging.disable(logging.NOTSET)


def test_events_of_nodes_come_node_by_node_of_the_job(result: ExecuteInProcessResult) -> None:
    ran = [event.step_key for event in result.all_events if event.is_step_start]
    assert ran == ["a", "z", "m"]
    assert list(dict.fromkeys(event.step_key for event in result.all_node_events)) == ["z", "a", "m"]


def test_a_failed_run_tells_the_error_of_its_first_failed_step(result: ExecuteInProcessResult) -> None:
    data = result.get_run_failure_event().job_failure_data
    assert data.error == data.first_step_failure_event.step_failure_data.error


def test_an_event_tells_the_partition_of_its_asset_and_whether_it_is_of_the_run(result: ExecuteInProcessResult) -> None:
    assert result.get_asset_materialization_events()[0].partition == "monday"
    assert [event.partition for event in result.get_asset_observation_events()] == ["tuesday"] * 2
    assert result.get_asset_materialization_planned_events() == []
    assert [event.event_type.name for event in result.all_events if event.is_job_event] == ["RUN_START", "RUN_FAILURE"]
    assert not any(event.is_asset_materialization_planned for event in result.all_events)
    assert not result.dagster_run.is_resume_retry


def test_the_start_of_a_worker_is_no_event_of_its_step() -> None:
    from dagjob.engine.dagster_events import DagjobEvent

    worker = DagjobEvent(DagjobEventType.STEP_WORKER_STARTED.value, "j", "there", "a")
    assert not worker.is_step_event
    assert worker.node_handle is not None


def test_a_step_without_copies_starts_before_copies_that_are_ready_with_it() -> None:
    @op(out={"items": DynamicOut(), "one": Out()})
    def mixed() -> Iterator[Output[int] | DynamicOutput[int]]:
        yield DynamicOutput(1, "x", "items")
        yield Output(2, "one")

    @op
    def same(x):
        return x

    @job
    def order():
        made = mixed()
        made.items.map(same.alias("a_copy"))
        same.alias("b_list")(made.items.collect())
        same.alias("z_plain")(made.one)

    started = [event.step_key for event in order.execute_in_process().all_events if event.is_step_start]
    assert started == ["mixed", "z_plain", "a_copy[x]", "b_list"]


def test_the_context_of_an_op_is_its_op_execution_context() -> None:
    seen = []

    @op
    def says(context: OpExecutionContext) -> None:
        seen.append(context.op_execution_context is context)

    @job
    def talk():
        says()

    talk.execute_in_process()
    assert seen == [True]


def test_a_dependency_tells_whether_it_is_a_list() -> None:
    one = DependencyDefinition("a")
    several = MultiDependencyDefinition([one])
    assert (one.is_fan_in(), several.is_fan_in()) == (False, True)
    assert one.get_node_dependencies() == several.get_node_dependencies() == [one]


def test_an_output_event_knows_which_output_of_which_step() -> None:
    @op(out={"items": DynamicOut(), "one": Out()})
    def makes() -> Iterator[Output[int] | DynamicOutput[int]]:
        yield DynamicOutput(1, "k", "items")
        yield Output(2, "one")

    @job
    def of_makes() -> None:
        makes()

    events = of_makes.execute_in_process().filter_events(lambda event: event.is_successful_output)
    handles = [event.event_specific_data.step_output_handle for event in events]
    told = [(handle.step_key, handle.output_name, handle.mapping_key) for handle in handles]
    assert told == [("makes", "items", "k"), ("makes", "one", None)]
    assert [event.step_output_data.output_name for event in events] == ["items", "one"]
    assert events[0].step_output_data.version is None


def test_the_path_of_an_op_is_a_list() -> None:
    @op
    def inner(context: OpExecutionContext) -> list[str]:
        return context.op_handle.path

    @graph
    def outer() -> None:
        inner()

    @job
    def nested() -> None:
        outer()

    assert nested.execute_in_process().output_for_node("outer.inner") == ["outer", "inner"]
