"""`execute_job`: a job with its own executor and IO managers, from Python."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagjob import (
    CheckError,
    DagjobInstance,
    DagjobInvariantViolationError,
    DagjobUnmetExecutorRequirementsError,
    DynamicOut,
    DynamicOutput,
    JobDefinition,
    Nothing,
    OpExecutionContext,
    build_reconstructable_job,
    execute_job,
    graph,
    in_process_executor,
    job,
    multiprocess_executor,
    op,
    reconstructable,
)


@op
def one() -> int:
    return 1


@op
def double(number: int) -> int:
    return number * 2


@op(out=DynamicOut(int))
def several() -> Iterator[DynamicOutput[int]]:
    yield DynamicOutput(1, "a")
    yield DynamicOutput(2, "b")


@op
def nothing() -> Nothing:
    return None


@op
def fails() -> None:
    raise ValueError("on purpose")


@op
def process(context: OpExecutionContext) -> int:
    assert context.instance.get_run_by_id(context.run_id) is not None
    return os.getpid()


@graph
def inner() -> int:
    return double(one())


@job(executor_def=in_process_executor)
def here() -> None:
    several().map(double.alias("mapped"))
    inner()
    nothing()


@job
def elsewhere() -> None:
    process()
    fails()


@job(executor_def=in_process_executor)
def failing() -> None:
    fails()
    one()


@op(pool="small")
def use() -> tuple[float, float]:
    began = time.monotonic()
    time.sleep(0.05)
    return began, time.monotonic()


@job(executor_def=multiprocess_executor.configured({"max_concurrent": 2}))
def pooled() -> None:
    use.alias("p1")()
    use.alias("p2")()


def made_for(name: str) -> JobDefinition:
    return inner.to_job(name=name, executor_def=in_process_executor)


@pytest.fixture
def instance() -> Iterator[DagjobInstance]:
    with DagjobInstance.local_temp() as made:
        yield made


def test_values_are_loaded_inside_of_a_with_block(instance: DagjobInstance) -> None:
    result = execute_job(reconstructable(here), instance)
    with pytest.raises(DagjobInvariantViolationError, match="with execute_job"):
        result.output_for_node("inner")
    with result:
        assert result.output_for_node("inner") == result.output_for_node("inner.double") == 2
        assert result.output_for_node("several") == {"a": 1, "b": 2}
        assert result.output_for_node("mapped") == {"a": 2, "b": 4}
        assert result.output_for_node("nothing") is None
    with pytest.raises(DagjobInvariantViolationError, match="with execute_job"):
        result.output_for_node("inner")


def test_the_run_is_kept_as_the_result_tells_it(instance: DagjobInstance) -> None:
    result = execute_job(reconstructable(here), instance, tags={"who": "me"})
    run = instance.get_run_by_id(result.run_id)
    assert run == result.dagster_run
    assert run.tags["who"] == "me"
    kept = [entry.dagster_event.event_type for entry in instance.all_logs(run.run_id) if entry.dagster_event]
    assert kept == [event.event_type for event in result.all_events]


def test_ops_run_in_processes_of_their_own_and_failures_are_in_the_result(instance: DagjobInstance) -> None:
    with execute_job(reconstructable(elsewhere), instance, raise_on_error=True) as result:
        assert result.output_for_node("process") != os.getpid()
        assert result.get_failed_step_keys() == {"fails"}
        with pytest.raises(DagjobInvariantViolationError, match='no output "result" of "fails": the step was failed'):
            result.output_for_node("fails")


def test_failures_are_raised_on_demand(instance: DagjobInstance) -> None:
    result = execute_job(reconstructable(failing), instance)
    assert (result.success, result.is_node_success("one")) == (False, True)
    with pytest.raises(ValueError, match="on purpose"):
        execute_job(reconstructable(failing), instance, raise_on_error=True)


def test_a_selection_runs_a_part(instance: DagjobInstance) -> None:
    with execute_job(reconstructable(here), instance, op_selection=["several*"]) as result:
        assert result.output_for_node("mapped") == {"a": 2, "b": 4}
        assert result.is_node_untouched("inner")
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.op_selection == ["several*"]
    assert run.resolved_op_selection is not None and {"several", "mapped"} <= run.resolved_op_selection


def test_a_function_with_arguments_makes_the_job(instance: DagjobInstance) -> None:
    made = build_reconstructable_job(__name__, "made_for", ("chosen",))
    with execute_job(made, instance) as result:
        assert (result.job_def.name, result.output_for_node("one")) == ("chosen", 1)


def test_a_job_that_only_this_process_has_is_refused(instance: DagjobInstance) -> None:
    with pytest.raises(CheckError, match="reconstructable"):
        execute_job(here, instance)  # type: ignore[arg-type]
    with pytest.raises(CheckError, match="DagjobInstance"):
        execute_job(reconstructable(here), None)  # type: ignore[arg-type]


def test_other_processes_need_an_instance_that_stays() -> None:
    with DagjobInstance.ephemeral() as instance:
        assert execute_job(reconstructable(here), instance).success
        with pytest.raises(DagjobUnmetExecutorRequirementsError):
            execute_job(reconstructable(elsewhere), instance, raise_on_error=True)
        result = execute_job(reconstructable(elsewhere), instance)
        (event,) = result.all_events
        data = event.job_failure_data
        assert not result.success
        assert data.failure_reason.value == "JOB_INITIALIZATION_FAILURE"
        assert data.error.cls_name == "DagjobUnmetExecutorRequirementsError"
        assert instance.get_run_by_id(result.run_id) == result.dagster_run


def test_the_pools_of_the_project_limit_the_run(
    instance: DagjobInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.dagjob.pools]\nsmall = 1\n")
    monkeypatch.chdir(tmp_path)
    with execute_job(reconstructable(pooled), instance) as result:
        first, second = sorted(result.output_for_node(name) for name in ("p1", "p2"))
    assert first[1] <= second[0]
    assert ("ENGINE_EVENT", "p2") in [
        (e.event_type.name, e.step_key) for e in result.all_events if "small" in e.message
    ]


@pytest.mark.parametrize("made", [here, elsewhere])
def test_an_event_of_a_step_says_where_and_what_it_is(made: JobDefinition, instance: DagjobInstance) -> None:
    result = execute_job(reconstructable(made), instance)
    for events in (result.all_events, [e.dagster_event for e in instance.all_logs(result.run_id) if e.dagster_event]):
        (step,) = [e for e in events if e.is_step_success and e.step_key in ("inner.double", "process")]
        assert str(step.node_handle) == step.step_key
        assert step.step_kind_value == "COMPUTE"
        assert step.logging_tags == {
            "run_id": result.run_id,
            "job_name": made.name,
            "step_key": step.step_key,
            "op_name": step.node_name,
            "resource_name": "None",
            "resource_fn_name": "None",
        }
        assert (step.pid == os.getpid()) == (made is here)
        start = events[0]
        assert (start.node_handle, start.step_kind_value, start.logging_tags) == (None, None, {})
        assert start.pid == os.getpid()
