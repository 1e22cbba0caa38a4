"""One attempt of one step: real small ops, real IO managers, no executor. What user code does is in the outcome."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attempts import Attempts, job_of

from dagjob import (
    AssetMaterialization,
    CheckError,
    DagjobInvariantViolationError,
    DynamicOut,
    DynamicOutput,
    ExpectationResult,
    Failure,
    HookContext,
    In,
    IOManager,
    Nothing,
    Out,
    Output,
    RetryPolicy,
    RetryRequested,
    failure_hook,
    op,
    resource,
    success_hook,
)
from dagjob.engine.interrupts import Interrupts
from dagjob.events import HookRan, InputLoaded, LogWritten, OutputChecked, OutputStored, StepStarted
from dagjob.plan.steps import Port, RetryAsk


@op
def one() -> int:
    return 1


@op
def inc(x: int) -> int:
    return x + 1


@pytest.fixture(params=["shared", "own"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Attempts]:
    """`play(body, **job_options)`, with resources of the run and with resources of each attempt."""
    shared = request.param == "shared"
    return lambda body, config=None, **options: Attempts(
        job_of(body, **options), tmp_path / "out", shared=shared, config=config
    )


def raising(error: BaseException, **options: Any) -> Any:
    @op(name="raises", **options)
    def raises() -> None:
        raise error

    return raises


# -- the way of a value --------------------------------------------------------------------------------------------


def test_an_attempt_says_what_it_does_in_order(tmp_path: Path) -> None:
    run = Attempts(job_of(lambda: inc(one())), tmp_path)
    assert run.kinds("one") == ["StepStarted", "OutputChecked", "OutputStored"]
    assert run.kinds("inc") == ["StepStarted", "InputLoaded", "InputChecked", "OutputChecked", "OutputStored"]
    assert run.succeeded("inc").made == (Port("inc"),)
    assert {(event.step, event.attempt) for event in run.events["inc"][0]} == {("inc", 1)}  # type: ignore[attr-defined]


def test_a_value_reaches_the_next_op_through_the_file_of_its_io_manager(play) -> None:
    seen = []

    @op
    def takes(xs: list[int]) -> None:
        seen.append(xs)
        xs.append(4)

    @op
    def gives() -> list[int]:
        return [1, 2]

    def body() -> None:
        xs = gives()
        takes(xs)
        takes.alias("also_takes")(xs)

    run = play(body)
    (stored,) = [event for event in run.events["gives"][0] if isinstance(event, OutputStored)]
    assert stored.path is not None
    assert Path(stored.path).stat().st_size == stored.bytes
    assert seen == [[1, 2, 4], [1, 2, 4]]  # each has a list of its own
    (loaded,) = [event for event in run.events["takes"][0] if isinstance(event, InputLoaded)]
    assert (loaded.upstream_step, loaded.upstream_output, loaded.manager_key) == ("gives", "result", "io_manager")


def test_an_output_is_stored_before_the_body_goes_on(tmp_path: Path) -> None:
    @op(out={"first": Out(int), "second": Out(bool)})
    def two_parts() -> Iterator[Output[Any]]:
        yield Output(1, "first")
        yield Output(any(path.name == "first" for path in tmp_path.rglob("*")), "second")

    @op
    def check(stored: bool) -> None:
        assert stored

    def body() -> None:
        _, second = two_parts()
        check(second)

    assert Attempts(job_of(body), tmp_path).ends == {"two_parts": "success", "check": "success"}


def test_outputs_yielded_before_a_failure_stay_and_the_outcome_is_the_failure(play) -> None:
    @op(out={"first": Out(int), "second": Out(int)})
    def half() -> Iterator[Output[int]]:
        yield Output(1, "first")
        raise ValueError("no second")

    run = play(half)
    assert run.kinds("half") == [*_opening(run, "half"), "OutputChecked", "OutputStored"]
    assert run.failed("half").error.message == "no second"


def _opening(run: Attempts, name: str) -> list[str]:
    """What stands at the head of each attempt, with resources of its own or without."""
    kinds = run.kinds(name)
    return kinds[: next(n for n, kind in enumerate(kinds) if kind.startswith(("Input", "Output")))]


def test_mapping_keys_are_in_the_ports_and_each_copy_loads_its_own_item(play) -> None:
    seen = []

    @op(out=DynamicOut(int))
    def many() -> Iterator[DynamicOutput[int]]:
        for number in (10, 20):
            yield DynamicOutput(number, f"k{number}")

    @op
    def takes(x: int) -> int:
        seen.append(x)
        return x

    @op
    def gathers(xs: list[int]) -> None:
        seen.append(xs)

    run = play(lambda: gathers(many().map(takes).collect()))
    assert run.succeeded("many").made == (Port("many", "result", "k10"), Port("many", "result", "k20"))
    assert seen == [10, 20, [10, 20]]


def test_an_order_only_input_loads_nothing(play) -> None:
    @op(ins={"after": In(Nothing)})
    def waits() -> None: ...

    run = play(lambda: waits(one()))
    assert not any(isinstance(event, InputLoaded) for event in run.events["waits"][0])


# -- how an attempt ends badly -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "retryable", "source"),
    [
        (ValueError("boom"), "failed", True, "USER_CODE_ERROR"),
        (CheckError("boom"), "failed", True, "USER_CODE_ERROR"),
        (Failure("boom"), "failed", True, "FRAMEWORK_ERROR"),
        (Failure("boom", allow_retries=False), "failed", False, "FRAMEWORK_ERROR"),
        (DagjobInvariantViolationError("boom"), "failed", False, "FRAMEWORK_ERROR"),
        (SystemExit(3), "failed", False, "UNEXPECTED_ERROR"),
        (GeneratorExit(), "failed", False, "UNEXPECTED_ERROR"),
        (KeyboardInterrupt(), "canceled", False, "INTERRUPT"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_whatever_an_op_raises_becomes_an_outcome(
    play, error: BaseException, status: str, retryable: bool, source: str
) -> None:
    run = play(raising(error))
    outcome = run.failed("raises")
    assert (outcome.status, outcome.retryable, outcome.source) == (status, retryable, source)
    assert outcome.error.type == type(error).__name__
    assert run.errors["raises"] is error


def test_asking_for_a_retry_is_a_failure_that_says_how_often_and_when(play) -> None:
    run = play(raising(RetryRequested(max_retries=1, seconds_to_wait=7)))
    assert run.failed("raises").ask == RetryAsk(1, 7)
    assert run.failed("raises again").ask == RetryAsk(1, 7)
    assert run.ends == {"raises": "failed"}


def test_a_failure_carries_the_description_and_the_metadata_of_the_user(play) -> None:
    data = play(raising(Failure("no rows", metadata={"rows": 0}))).failed("raises").failure
    assert data is not None
    assert data.description == "no rows"
    assert data.metadata["rows"].value == 0


def test_a_second_attempt_starts_from_nothing_and_may_succeed(play) -> None:
    calls = []

    @op(retry_policy=RetryPolicy(max_retries=1))
    def flaky() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("not yet")
        return 5

    run = play(lambda: inc(flaky()))
    assert run.failed("flaky").error.message == "not yet"
    assert run.succeeded("flaky again").made == (Port("flaky"),)
    (started,) = [event for event in run.events["flaky again"][0] if isinstance(event, StepStarted)]
    assert started.attempt == 2
    assert run.ends == {"flaky": "success", "inc": "success"}


def test_a_signal_that_comes_in_an_op_cancels_the_attempt(play) -> None:
    @op(retry_policy=RetryPolicy(max_retries=3))
    def signaled() -> None:
        signal.raise_signal(signal.SIGTERM)
        for _ in range(1000):
            pass

    with Interrupts(grace=60.0):
        run = play(signaled)
    outcome = run.failed("signaled")
    assert (outcome.status, outcome.retryable, outcome.source) == ("canceled", False, "INTERRUPT")
    assert "SIGTERM" in outcome.error.message


def test_a_value_of_the_wrong_type_is_reported_and_never_stored(play) -> None:
    @op
    def lies() -> int:
        return "text"  # type: ignore[return-value]

    run = play(lies)
    checked = [event for event in run.events["lies"][0] if isinstance(event, OutputChecked)]
    assert [event.success for event in checked] == [False]
    assert not any(isinstance(event, OutputStored) for event in run.events["lies"][0])
    outcome = run.failed("lies")
    assert outcome.error.type == "DagjobTypeCheckDidNotPass"
    assert not outcome.retryable


def test_a_required_output_that_never_came_is_a_failure_and_an_optional_one_is_not(play) -> None:
    @op(out={"needed": Out(int), "maybe": Out(int, is_required=False)})
    def nothing_at_all() -> Iterator[Output[int]]:
        yield from ()

    @op(out={"needed": Out(int), "maybe": Out(int, is_required=False)})
    def enough() -> Iterator[Output[int]]:
        yield Output(1, "needed")

    def body() -> None:
        nothing_at_all()
        enough()

    run = play(body)
    assert run.failed("nothing_at_all").error.type == "DagjobStepOutputNotFoundError"
    assert "needed" in run.failed("nothing_at_all").error.message
    assert run.succeeded("enough").made == (Port("enough", "needed"),)


class Breaks(IOManager):
    """Stores nothing, or loads nothing."""

    def __init__(self, at: str) -> None:
        self._at = at

    def handle_output(self, context: Any, obj: object) -> None:
        if self._at == "handle_output":
            raise OSError("the disk is gone")

    def load_input(self, context: Any) -> object:
        raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("at", "step", "error"),
    [
        ("handle_output", "one", "DagjobExecutionHandleOutputError"),
        ("load_input", "inc", "DagjobExecutionLoadInputError"),
    ],
)
def test_an_io_manager_that_breaks_is_a_failure_that_may_be_retried(play, at: str, step: str, error: str) -> None:
    run = play(lambda: inc(one()), resource_defs={"io_manager": Breaks(at)})
    outcome = run.failed(step)
    assert outcome.error.type == error
    assert outcome.error.cause is not None
    assert outcome.error.cause.message == "the disk is gone"
    assert outcome.retryable


# -- what an op says -----------------------------------------------------------------------------------------------


def test_what_an_op_logs_and_reports_is_heard_when_it_happens(play) -> None:
    @op
    def talks(context: Any) -> Iterator[object]:
        context.log.info("first")
        yield AssetMaterialization("table")
        yield ExpectationResult(True, label="rows")
        context.log.warning("last")
        yield Output(1)

    heard = [event for event in play(talks).events["talks"][0] if type(event).__name__ != "StepStarted"]
    said = [
        event.text if isinstance(event, LogWritten) else type(event).__name__
        for event in heard
        if not type(event).__name__.startswith("Resource")
    ]
    assert said == ["first", "AssetReported", "ExpectationReported", "last", "OutputChecked", "OutputStored"]


# -- resources -----------------------------------------------------------------------------------------------------


def resources_of(journal: list[str], *, fails: bool = False) -> dict[str, Any]:
    @resource
    def connection(_: object) -> Iterator[str]:
        if fails:
            raise OSError("no route")
        journal.append("open")
        yield "connected"
        journal.append("close")

    return {"connection": connection}


@op(required_resource_keys={"connection"})
def uses(context: Any) -> str:
    return str(context.resources.connection)


@op(required_resource_keys={"connection"})
def breaks(context: Any) -> None:
    raise ValueError("boom")


def test_resources_are_opened_once_for_the_run_where_it_shares_them(tmp_path: Path) -> None:
    journal: list[str] = []

    def body() -> None:
        uses()
        breaks()

    Attempts(job_of(body, resource_defs=resources_of(journal)), tmp_path, shared=True)
    assert journal == ["open", "close"]


def test_each_attempt_opens_its_own_and_closes_them_however_it_ends(tmp_path: Path) -> None:
    journal: list[str] = []

    def body() -> None:
        uses()
        breaks()
        one()  # needs none

    Attempts(job_of(body, resource_defs=resources_of(journal)), tmp_path, shared=False)
    assert journal == ["open", "close"] * 2


def test_a_resource_that_cannot_be_opened_fails_the_attempt_that_needs_it(tmp_path: Path) -> None:
    def body() -> None:
        uses()
        one()

    run = Attempts(job_of(body, resource_defs=resources_of([], fails=True)), tmp_path, shared=False)
    assert run.failed("uses").error.type == "DagjobResourceFunctionError"
    assert run.failed("uses").retryable
    assert run.ends == {"uses": "failed", "one": "success"}


# -- hooks ---------------------------------------------------------------------------------------------------------


def hooks_of(journal: list[str]) -> set[Any]:
    @success_hook
    def cheers(context: HookContext) -> None:
        journal.append(f"cheers {context.op.name} {context.op_output_values}")

    @failure_hook
    def mourns(context: HookContext) -> None:
        journal.append(f"mourns {context.op.name} {context.op_exception!r}")

    return {cheers, mourns}


def test_hooks_run_when_the_outcome_is_known_and_see_it(play) -> None:
    journal: list[str] = []

    def body() -> None:
        one()
        raising(ValueError("boom"))()

    run = play(body, hooks=hooks_of(journal))
    assert journal == ["cheers one {'result': 1}", "mourns raises ValueError('boom')"]
    for name in ("one", "raises"):
        before, after = run.events[name]
        assert not any(isinstance(event, HookRan) for event in before)
        assert len([event for event in after if isinstance(event, HookRan)]) >= 1


def test_no_hook_runs_when_an_attempt_is_canceled(play) -> None:
    journal: list[str] = []
    play(raising(KeyboardInterrupt()), hooks=hooks_of(journal))
    assert journal == []


def test_no_hook_runs_after_an_attempt_that_is_made_again(play) -> None:
    journal: list[str] = []
    run = play(raising(ValueError("boom"), retry_policy=RetryPolicy(max_retries=1)), hooks=hooks_of(journal))
    assert journal == ["mourns raises ValueError('boom')"]
    assert not any(isinstance(event, HookRan) and event.outcome != "skipped" for event in run.events["raises"][1])


def test_a_hook_that_raises_changes_no_outcome_and_stops_no_other(play) -> None:
    journal: list[str] = []

    @success_hook
    def a_breaks(context: HookContext) -> None:
        raise KeyError("lost")

    run = play(one, hooks=hooks_of(journal) | {a_breaks})
    assert run.ends == {"one": "success"}
    assert journal == ["cheers one {'result': 1}"]
    errors = [event.error for event in run.events["one"][1] if isinstance(event, HookRan)]
    assert [error.cause.type for error in errors if error is not None and error.cause is not None] == ["KeyError"]


def test_resources_stay_open_for_hooks(play) -> None:
    journal: list[str] = []

    @success_hook(required_resource_keys={"connection"})
    def uses_it(context: HookContext) -> None:
        journal.append(context.resources.connection)

    play(one, hooks={uses_it}, resource_defs=resources_of(journal))
    assert journal == ["open", "connected", "close"]
