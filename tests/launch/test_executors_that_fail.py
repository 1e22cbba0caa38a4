"""An executor of a user that raises, or tells of what is not so: the right op has failed, or nothing was started."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dagjob import (
    DagjobInstance,
    InitExecutorContext,
    RetryPolicy,
    execute_job,
    executor,
    job,
    op,
    reconstructable,
)
from dagjob.engine.ports import Executor, StepCall, StepDone
from dagjob.errors import DagjobExecutorFunctionError


class Failing(Executor):
    """Does each call when it is waited for; with the op `two` something goes wrong, of the kind `how`."""

    in_this_process = True

    def __init__(self, context: InitExecutorContext) -> None:
        self.context = context
        self.how = context.executor_config["how"]
        self.calls: list[StepCall] = []

    def start(self) -> None:
        if self.how == "start":
            raise OSError("no cluster")

    def submit(self, call: StepCall) -> None:
        if self.how == "submit" and call.step.key == "two" and call.attempt < 3:
            raise OSError("no cluster")
        self.calls.append(call)

    def wait(self, timeout: float | None) -> Sequence[StepDone]:
        if not self.calls:
            return []
        call = self.calls.pop(0)
        answers: dict[str, Any] = {
            "nothing": None,
            "text": ["two"],
            "no outcome": [StepDone("two", 1, "good")],  # type: ignore[arg-type]
            "another": [StepDone("three", 1, self.done(call).outcome)] if self.how == "another" else [],
            "another attempt": [StepDone("two", 7, self.done(call).outcome)] if self.how == "another attempt" else [],
            "twice": [self.done(call)] * 2 if self.how == "twice" else [],
        }
        if call.step.key == "two" and self.how == "wait":
            raise OSError("no cluster")
        if call.step.key == "two" and self.how in answers:
            answer: Sequence[StepDone] = answers[self.how]
            return answer
        return [self.done(call)]

    def done(self, call: StepCall) -> StepDone:
        attempt = self.context.work(call, self.context.emit)
        outcome = attempt.run()
        attempt.finish()
        return StepDone(call.step.key, call.attempt, outcome)

    def close(self) -> None:
        if self.how == "close":
            raise OSError("no cluster")


@executor(config_schema={"how": str})
def failing(context: InitExecutorContext) -> Executor:
    return Failing(context)


@op
def one() -> int:
    return 1


@op
def two(number: int) -> int:
    return number


@op
def three(number: int) -> int:
    return number


@op
def other(number: int) -> int:
    return number


@job(executor_def=failing)
def chain() -> None:
    number = one()
    three(two(number))
    other(number)


@job(executor_def=failing)
def retried() -> None:
    three(two.with_retry_policy(RetryPolicy(max_retries=2))(one()))


@pytest.fixture
def instance() -> Iterator[DagjobInstance]:
    with DagjobInstance.local_temp() as made:
        yield made


def config(how: str) -> dict[str, Any]:
    return {"execution": {"config": {"how": how}}}


def test_a_call_that_it_cannot_take_fails_that_op_and_no_other(instance: DagjobInstance) -> None:
    result = execute_job(reconstructable(chain), instance, run_config=config("submit"))
    assert result.get_failed_step_keys() == {"two"}
    assert result.is_node_success("other") and result.is_node_untouched("three")
    error = result.failure_data_for_node("two").error
    assert error.cls_name == "DagjobExecutorFunctionError"
    assert 'executor "failing" raised in its method submit: OSError: no cluster' in error.message
    assert execute_job(reconstructable(retried), instance, run_config=config("submit")).success  # at the third attempt


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("wait", "raised in its method wait: OSError: no cluster"),
        ("nothing", "returned None from wait, which is no list of StepDone"),
        ("text", "returned 'two' from wait, which is no StepDone"),
        ("no outcome", "says of \"two\" that it ended with 'good'"),
        ("another", 'says that attempt 1 of "three" has ended, which it was not given'),
        ("another attempt", 'says that attempt 7 of "two" has ended, which it was not given'),
        ("twice", 'says that attempt 1 of "two" has ended, which it was not given, or has told of before'),
    ],
)
def test_one_that_cannot_be_waited_for_ends_the_run_and_every_op(how: str, told: str, instance: DagjobInstance) -> None:
    result = execute_job(reconstructable(chain), instance, run_config=config(how))
    assert not result.success
    assert result.is_node_success("one") and result.is_node_untouched("three")
    error = result.get_run_failure_event().job_failure_data.error
    assert error is not None and f'executor "failing" {told}' in error.message
    assert told in result.failure_data_for_node("two").error.message
    assert instance.get_run_by_id(result.run_id) == result.dagster_run  # kept, and not taken for crashed


def test_one_that_cannot_start_starts_nothing_and_one_that_cannot_close_is_told(
    instance: DagjobInstance, project: Callable[..., Path], dagjob: Callable[..., Any]
) -> None:
    with pytest.raises(DagjobExecutorFunctionError, match="raised in its method start: OSError: no cluster"):
        execute_job(reconstructable(chain), instance, run_config=config("start"), raise_on_error=True)
    project("jobs.py", Path(__file__).read_text())
    for how, code, told in (
        ("start", 4, "raised in its method start"),
        ("wait", 1, "raised in its method wait"),
        ("close", 0, "raised in its method close"),
    ):
        done = dagjob("run", "jobs.py:chain", "--set", f"execution.config.how={how}", "-f", "jsonl")
        assert done.code == code, done.stderr
        assert f'executor "failing" {told}: OSError: no cluster' in done.stderr
        assert "DJ901" not in done.stderr
