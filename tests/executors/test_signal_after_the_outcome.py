"""A signal that comes to a worker when its op has an outcome: that is told, what the op had open is closed, and all is said."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dagjob.engine.ports import StepCall
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import EngineNoted
from dagjob.executors import child
from dagjob.plan.steps import Step, Succeeded

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such signals")


class Said:
    """The line to the main process. A signal comes when the outcome is sent."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.events: list[Any] = []

    def send(self, kind: int, payload: bytes) -> None:
        if kind == child.DONE:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)  # Python's handler has run.
        self.frames.append(kind)

    hold = send

    def emit(self, event: Any) -> None:
        self.events.append(event)


class Attempt:
    """An op that succeeds, and has hooks."""

    has_more = True
    did: list[str]

    def __init__(self) -> None:
        self.did = []

    def run(self) -> Succeeded:
        return Succeeded()

    def finish(self) -> None:
        self.did.append("finish")

    def close(self) -> None:
        self.did.append("close")


@pytest.fixture(params=[False, True], ids=["alone", "with a thread"])
def threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """An op may have left a thread, to which the system gives a signal that the main one blocks."""
    done = threading.Event()
    if request.param:
        threading.Thread(target=done.wait).start()
    yield
    done.set()


@pytest.mark.usefixtures("threads")
def test_a_signal_between_the_outcome_and_the_hooks_leaves_nothing_open() -> None:
    attempt, said = Attempt(), Said()
    before = signal.signal(signal.SIGTERM, child.Interruptions.on_signal)
    try:
        work: Any = lambda call, emit: attempt  # noqa: E731
        stays = child._attempt(lambda: work, StepCall(Step("a", ("a",)), 1, None), said, may_stay=False)  # type: ignore[arg-type]
    finally:
        child.Interruptions.arm()
        signal.signal(signal.SIGTERM, before)
    assert said.frames == [child.DONE, child.END] and not stays
    assert attempt.did == ["close"]
    assert [event.text for event in said.events if isinstance(event, EngineNoted)] == ["what follows an op failed"]


@pytest.mark.usefixtures("threads")
def test_a_signal_that_comes_with_the_outcome_loses_neither_that_nor_the_end_where_nothing_follows() -> None:
    attempt, said = Attempt(), Said()
    attempt.has_more = False
    before = signal.signal(signal.SIGTERM, child.Interruptions.on_signal)
    try:
        work: Any = lambda call, emit: attempt  # noqa: E731
        with pytest.raises(DagjobExecutionInterruptedError):
            child._attempt(lambda: work, StepCall(Step("a", ("a",)), 1, None), said, may_stay=True)  # type: ignore[arg-type]
    finally:
        child.Interruptions.arm()
        signal.signal(signal.SIGTERM, before)
    assert said.frames == [child.DONE, child.END]
    assert said.events == attempt.did == []
