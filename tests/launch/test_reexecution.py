"""`execute_job` that goes on from an earlier run. What runs again is decided in `tests/plan/test_again.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dagjob import (
    CheckError,
    DagjobExecutionStepNotFoundError,
    DagjobInstance,
    DagjobInvalidInvocationError,
    DagjobInvariantViolationError,
    DagjobRunNotFoundError,
    DynamicOut,
    DynamicOutput,
    Field,
    OpExecutionContext,
    ReexecutionOptions,
    StaticPartitionsDefinition,
    execute_job,
    in_process_executor,
    job,
    mem_io_manager,
    op,
    partitioned_config,
    reconstructable,
)


@op(config_schema={"by": Field(int, default_value=1), "word": Field(str, is_required=False, is_secret=True)})
def first(context: OpExecutionContext) -> int:
    return int(context.op_config["by"])


@op
def second(number: int) -> int:
    if os.environ.get("FAIL"):
        raise ValueError("asked to")
    return number + 1


@op
def third(number: int) -> int:
    return number * 10


@partitioned_config(StaticPartitionsDefinition(["7", "8"]), lambda key: {"part": key})
def by_key(key: str) -> dict[str, object]:
    return {"ops": {"first": {"config": {"by": int(key)}}}}


@job(config=by_key, executor_def=in_process_executor)
def parted() -> None:
    first()


@op(out=DynamicOut(int))
def several() -> Iterator[DynamicOutput[int]]:
    for number, key in enumerate("abc"):
        yield DynamicOutput(number, key)


@op
def picky(number: int) -> int:
    if os.environ.get("FAIL") and number == 1:
        raise ValueError("asked to")
    return number


@op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@job(executor_def=in_process_executor)
def chain() -> None:
    third(second(first()))


@job(executor_def=in_process_executor)
def mapped() -> None:
    total(several().map(picky).collect())


@job
def in_processes() -> None:
    total(several().map(picky).collect())


@job(executor_def=in_process_executor, resource_defs={"io_manager": mem_io_manager})
def forgetful() -> None:
    third(second(first()))


@pytest.fixture
def instance() -> Iterator[DagjobInstance]:
    with DagjobInstance.local_temp() as made:
        yield made


@pytest.mark.parametrize("mapping", [mapped, in_processes])
def test_from_failure_runs_the_failed_copy_and_what_is_below(
    mapping: object, instance: DagjobInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIL", "1")
    failed = execute_job(reconstructable(mapping), instance, tags={"who": "me"})  # type: ignore[arg-type]
    assert not failed.success
    monkeypatch.delenv("FAIL")
    options = ReexecutionOptions.from_failure(failed.run_id, instance)
    with execute_job(reconstructable(mapping), instance, reexecution_options=options) as again:  # type: ignore[arg-type]
        assert again.success
        assert [event.step_key for event in again.get_step_success_events()] == ["picky[b]", "total"]
        assert again.output_for_node("total") == 3
        with pytest.raises(DagjobInvariantViolationError, match='"several"'):
            again.output_for_node("several")
    run = instance.get_run_by_id(again.run_id)
    assert run is not None
    assert (run.parent_run_id, run.root_run_id) == (failed.run_id, failed.run_id)
    assert sorted(run.step_keys_to_execute or ()) == ["picky[b]", "total"]
    tags = {"dagster/parent_run_id": failed.run_id, "dagster/root_run_id": failed.run_id}
    assert run.tags == {"who": "me", **tags}


def test_values_come_from_the_run_that_made_them(instance: DagjobInstance) -> None:
    run = execute_job(reconstructable(chain), instance, run_config={"ops": {"first": {"config": {"by": 4}}}})
    for steps, value in ([["second"], None], [["third"], 50], [["first"], None], [["second*"], 50]):
        options = ReexecutionOptions(run.run_id, step_selection=steps)
        with execute_job(reconstructable(chain), instance, reexecution_options=options) as run:
            assert run.success
            if value is not None:
                assert run.output_for_node("third") == value
    record = instance.get_run_by_id(run.run_id)
    assert record is not None
    assert record.root_run_id == instance.get_runs()[-1].run_id


def test_config_and_selection_are_those_of_the_parent_unless_given(instance: DagjobInstance) -> None:
    config = {"ops": {"first": {"config": {"by": 7}}}}
    parent = execute_job(reconstructable(chain), instance, run_config=config, op_selection=["first"])
    options = ReexecutionOptions(parent.run_id)
    for given, value in ((None, 7), ({}, 1)):
        with execute_job(reconstructable(chain), instance, given, reexecution_options=options) as again:
            assert again.output_for_node("first") == value
            assert again.is_node_untouched("second")


def test_what_cannot_be_gone_on_from_is_refused(instance: DagjobInstance) -> None:
    good = execute_job(reconstructable(chain), instance).run_id

    def again(options: ReexecutionOptions, made: object = chain, **more: object) -> None:
        execute_job(reconstructable(made), instance, reexecution_options=options, **more)  # type: ignore[arg-type]

    with pytest.raises(DagjobRunNotFoundError):
        again(ReexecutionOptions("nobody"))
    with pytest.raises(DagjobRunNotFoundError):
        ReexecutionOptions.from_failure("nobody", instance)
    with pytest.raises(DagjobInvariantViolationError, match=f"{good}.*SUCCESS"):
        ReexecutionOptions.from_failure(good, instance)
    with pytest.raises(DagjobExecutionStepNotFoundError, match="nope"):
        again(ReexecutionOptions(good, ["nope"]))
    with pytest.raises(DagjobInvariantViolationError, match="op_selection"):
        again(ReexecutionOptions(good, ["third"]), op_selection=["third"])
    with pytest.raises(DagjobInvariantViolationError, match='job "chain", not of "mapped"'):
        again(ReexecutionOptions(good), mapped)
    with pytest.raises(CheckError, match="ReexecutionOptions"):
        again(good)  # type: ignore[arg-type]
    assert instance.get_runs_count() == 1


def test_what_was_kept_in_memory_is_gone(instance: DagjobInstance) -> None:
    run = execute_job(reconstructable(forgetful), instance).run_id
    with pytest.raises(DagjobInvariantViolationError, match=r'"third" reads .* of "second".* memory'):
        execute_job(reconstructable(forgetful), instance, reexecution_options=ReexecutionOptions(run, ["third"]))
    assert execute_job(reconstructable(forgetful), instance, reexecution_options=ReexecutionOptions(run)).success


def test_secrets_of_the_parent_are_asked_for_again(instance: DagjobInstance) -> None:
    config = {"ops": {"first": {"config": {"word": "hunter2hunter2"}}}}
    run = execute_job(reconstructable(chain), instance, config).run_id
    with pytest.raises(DagjobInvalidInvocationError, match="give run_config"):
        execute_job(reconstructable(chain), instance, reexecution_options=ReexecutionOptions(run))
    assert execute_job(reconstructable(chain), instance, config, reexecution_options=ReexecutionOptions(run)).success


def test_a_run_of_a_partition_is_gone_on_with_its_key_and_config(instance: DagjobInstance) -> None:
    before = parted.execute_in_process(partition_key="8", instance=instance)
    again = execute_job(reconstructable(parted), instance, reexecution_options=ReexecutionOptions(before.run_id))
    assert again.success
    with again:
        assert again.output_for_node("first") == 8
    of_partition = {"dagster/partition": "8", "dagster/partition_set": "parted_partition_set", "part": "8"}
    assert of_partition.items() <= again.dagster_run.tags.items()
    by_tag = parted.execute_in_process(tags={"dagster/partition": "x"}, instance=instance)
    again = execute_job(reconstructable(parted), instance, reexecution_options=ReexecutionOptions(by_tag.run_id))
    assert again.success and again.dagster_run.tags["dagster/partition"] == "x"
