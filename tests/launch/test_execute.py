"""One `execute` for every run: what its callers give it, and what they get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagjob import ExecutorRequirement, executor, job, multiprocess_executor, op
from dagjob.engine.interrupts import NoSignals
from dagjob.errors import DagjobUnmetExecutorRequirementsError
from dagjob.events import Event, RunStarted, StepReused, StepStarted
from dagjob.launch.audience import RunAudience
from dagjob.launch.continued import GoOn
from dagjob.launch.execute import Executed, execute
from dagjob.launch.request import RunRequest, prepare, run_info
from dagjob.launch.user_sinks import FunctionSink
from dagjob.plan.again import Past, PastStep
from dagjob.plan.steps import Port
from dagjob.storage.past import Earlier
from dagjob.storage.paths import StateDir
from dagjob.storage.records import RunRow


@op
def first() -> int:
    return 1


@op
def second(x):
    raise ValueError("no such orders")


@op
def beside():
    pass


@job
def small():
    second(first())
    beside()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the default IO manager stores the outputs of a run without a folder."""
    monkeypatch.chdir(tmp_path)


def executed(request: RunRequest, heard: list[Event]) -> Executed:
    prepared = prepare(request)
    audience = RunAudience(None, [FunctionSink(heard.append)])
    try:
        return execute(prepared, run_info(prepared), lambda: audience, NoSignals())
    finally:
        audience.close()


def test_a_run_ends_with_its_event_and_not_with_the_exception_of_an_op(heard: list[Event]) -> None:
    done = executed(RunRequest(small, in_process=True), heard)
    assert heard[-1] is done.ended
    assert (done.ended.status, done.ended.failure_reason) == ("failed", "STEP_FAILURE")
    assert done.ended.failed_steps == ("second",)
    assert done.ended.counts == {"success": 2, "failed": 1}


def test_a_caller_that_raises_lets_the_run_stop_at_the_first_failure(heard: list[Event]) -> None:
    @job
    def two():
        second.alias("a")(first())
        second.alias("b")(first.alias("f")())

    done = executed(RunRequest(two, in_process=True, raise_on_error=True), heard)
    assert done.ended.failure_reason == "RUN_EXCEPTION"
    assert len(done.ended.failed_steps) == 1


def test_a_run_knows_its_parent_its_root_and_what_was_selected(heard: list[Event]) -> None:
    more: dict[str, Any] = {"parent_run_id": "p", "root_run_id": "r", "selection": ("first+",), "tags": {"k": "v"}}
    executed(RunRequest(small, in_process=True, **more), heard)
    started = heard[0]
    assert isinstance(started, RunStarted)
    assert (started.parent_run_id, started.root_run_id, started.selection) == ("p", "r", ("first+",))
    assert started.tags == {"k": "v"}


def row(run_id: str) -> RunRow:
    return RunRow(**{**dict.fromkeys(RunRow.__match_args__), "id": run_id})


def test_reused_steps_are_told_first_and_not_run(heard: list[Event]) -> None:
    past = Past("p", {"beside": PastStep("success", "p", (Port("beside"),))}, frozenset({"first", "second", "beside"}))
    again = GoOn(Earlier(row("p"), past, {}), StateDir("nowhere"), clauses=("first", "second"))
    done = executed(RunRequest(small, in_process=True, parent_run_id="p", again=again), heard)
    assert [event.step for event in heard if isinstance(event, StepStarted)] == ["first", "second"]
    assert [event.step for event in heard if isinstance(event, StepReused)] == ["beside"]
    assert done.ended.counts["reused"] == 1


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        (ExecutorRequirement.RECONSTRUCTABLE_JOB, "reconstructable"),
        (ExecutorRequirement.NON_EPHEMERAL_INSTANCE, "state directory"),
    ],
)
def test_what_an_executor_requires_is_checked_before_there_is_a_run(
    requirement: ExecutorRequirement, words: str
) -> None:
    @executor(requirements=[requirement])
    def far(context):
        raise AssertionError("never made")

    request = RunRequest(small.with_executor_def(far), on_disk=False)
    with pytest.raises(DagjobUnmetExecutorRequirementsError, match=words):
        prepare(request)


def test_a_job_without_a_name_cannot_run_in_other_processes() -> None:
    with pytest.raises(DagjobUnmetExecutorRequirementsError, match="reconstructable"):
        prepare(RunRequest(small.with_executor_def(multiprocess_executor)))
