"""What user code around the body raises - IO managers, input managers, types, loaders - and what the run makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagjob import (
    AssetKey,
    CheckError,
    DagjobMaxRetriesExceededError,
    DagjobType,
    ExecuteInProcessResult,
    Failure,
    In,
    IOManager,
    JobDefinition,
    Nothing,
    Out,
    RetryPolicy,
    RetryRequested,
    dagster_type_loader,
    input_manager,
    job,
    op,
)

Raises = Callable[[], None]


class Once:
    """Raises the first time it is called."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error

    def __call__(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error


def nothing() -> None:
    pass


class Manager(IOManager):
    def __init__(self, handle: Raises = nothing, load: Raises = nothing) -> None:
        self.handle, self.load = handle, load

    def handle_output(self, context: Any, obj: Any) -> None:
        self.handle()

    def load_input(self, context: Any) -> Any:
        self.load()


def in_handle(error: Raises, policy: RetryPolicy | None) -> JobDefinition:
    @op(retry_policy=policy)
    def step() -> int:
        return 1

    @job(resource_defs={"io_manager": Manager(handle=error)})
    def j() -> None:
        step()

    return j


def in_load(error: Raises, policy: RetryPolicy | None) -> JobDefinition:
    @op
    def first() -> int:
        return 1

    @op(retry_policy=policy, out=Out(Nothing))  # type: ignore[arg-type]
    def step(x: Any) -> None:
        pass

    @job(resource_defs={"io_manager": Manager(load=error)})
    def j() -> None:
        step(first())

    return j


def in_an_input_manager(error: Raises, policy: RetryPolicy | None) -> JobDefinition:
    @input_manager
    def manager() -> None:
        error()

    @op(ins={"x": In(input_manager_key="manager")}, retry_policy=policy)
    def step(x: Any) -> None:
        pass

    @job(resource_defs={"manager": manager})
    def j() -> None:
        step()

    return j


def in_the_body(error: Raises, policy: RetryPolicy | None) -> JobDefinition:
    @op(retry_policy=policy)
    def step() -> None:
        error()

    @job
    def j() -> None:
        step()

    return j


def in_a_type_check(error: Raises, policy: RetryPolicy | None) -> JobDefinition:
    def check(_context: Any, _value: Any) -> bool:
        error()
        return True

    @op(out=Out(DagjobType(name="T", type_check_fn=check)), retry_policy=policy)
    def step() -> Any:
        return 1

    @job
    def j() -> None:
        step()

    return j


def in_a_loader(error: Raises, policy: RetryPolicy | None) -> JobDefinition:
    @dagster_type_loader(int)
    def load(context: Any, config: int) -> None:
        error()

    kind = DagjobType(name="T", type_check_fn=lambda _, value: True, loader=load)

    @op(ins={"x": In(kind)}, retry_policy=policy)
    def step(x: Any) -> None:
        pass

    @job(config={"ops": {"step": {"inputs": {"x": 1}}}})
    def j() -> None:
        step()

    return j


MANAGERS = pytest.mark.parametrize("place", [in_handle, in_load, in_an_input_manager])
CHECKS = pytest.mark.parametrize("place", [in_a_type_check, in_a_loader])


def run(definition: JobDefinition) -> ExecuteInProcessResult:
    return definition.execute_in_process(raise_on_error=False)


def events(result: ExecuteInProcessResult) -> list[str]:
    return [
        e.event_type.name for e in result.all_events if e.event_type.name.startswith("STEP_") and e.step_key == "step"
    ]


def failure(result: ExecuteInProcessResult) -> tuple[list[str | None], str, Any]:
    """The classes of the failure and its causes, whose fault it was, and what the user said about it."""
    (event,) = [e for e in result.all_events if e.event_type.name == "STEP_FAILURE"]
    data, chain = event.step_failure_data, []
    error = data.error
    while error is not None:
        chain.append(error.cls_name)
        error = error.cause
    return chain, data.error_source.name, data.user_failure_data


@MANAGERS
def test_a_manager_may_ask_for_another_attempt(place: Any) -> None:
    result = run(place(Once(RetryRequested(max_retries=1)), None))
    assert result.success
    assert events(result).count("STEP_RESTARTED") == 1


@MANAGERS
def test_a_failure_of_a_manager_keeps_what_it_says(place: Any) -> None:
    result = run(place(Once(Failure("disk full", metadata={"left": 0}, allow_retries=False)), RetryPolicy()))
    chain, source, said = failure(result)
    assert (chain, source) == (["Failure"], "FRAMEWORK_ERROR")
    assert (said.description, said.metadata["left"].value) == ("disk full", 0)
    assert "STEP_RESTARTED" not in events(result)


@MANAGERS
def test_under_a_policy_the_error_of_a_manager_is_shown_as_it_is(place: Any) -> None:
    def always() -> None:
        raise ValueError

    result = run(place(always, RetryPolicy(max_retries=1)))
    assert failure(result)[0] == ["RetryRequestedFromPolicy", "ValueError"]
    (retry,) = [e.step_retry_data for e in result.all_events if e.event_type.name == "STEP_UP_FOR_RETRY"]
    assert retry.error.cls_name == "ValueError"


@pytest.mark.parametrize(
    ("place", "outer"),
    [
        (in_handle, "DagjobExecutionHandleOutputError"),
        (in_load, "DagjobExecutionLoadInputError"),
        (in_an_input_manager, "DagjobExecutionLoadInputError"),
        (in_the_body, "DagjobExecutionStepExecutionError"),
        (in_a_type_check, "DagjobTypeCheckError"),
        (in_a_loader, "DagjobTypeLoadingError"),
    ],
)
def test_a_failed_check_of_an_argument_is_the_error_of_the_code_that_called(place: Any, outer: str) -> None:
    def wrong() -> None:
        AssetKey(5)  # type: ignore[arg-type]

    assert failure(run(place(wrong, None)))[:2] == ([outer, "ParameterCheckError"], "USER_CODE_ERROR")
    with pytest.raises(CheckError):
        place(wrong, None).execute_in_process()


@CHECKS
def test_what_a_type_check_or_a_loader_raises_is_the_users_and_is_not_tried_again(place: Any) -> None:
    result = run(place(Once(ValueError()), RetryPolicy()))
    chain, source, _ = failure(result)
    assert (chain[1], source) == ("ValueError", "USER_CODE_ERROR")
    assert "STEP_RESTARTED" not in events(result)


def test_a_value_whose_type_check_raised_can_be_asked_for() -> None:
    assert run(in_a_type_check(Once(ValueError()), None)).output_for_node("step") == 1


def test_a_policy_without_retries_is_a_policy() -> None:
    none = RetryPolicy(max_retries=0)
    assert failure(run(in_the_body(Once(ValueError()), none)))[0] == ["RetryRequestedFromPolicy", "ValueError"]
    with pytest.raises(DagjobMaxRetriesExceededError) as caught:
        in_the_body(Once(ValueError()), none).execute_in_process()
    assert isinstance(caught.value.__cause__, ValueError)
