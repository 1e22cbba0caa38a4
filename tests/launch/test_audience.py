"""Who hears a run, and what becomes of those who fail: a sink that fails never stops the ops."""

from __future__ import annotations

import json
import os
import signal
from io import StringIO

import pytest

from dagjob.display.options import DisplayOptions
from dagjob.engine.interrupts import Interrupts, user_code
from dagjob.engine.ports import Sink
from dagjob.errors import DagjobExecutionInterruptedError, DagjobStateError, ExitCode
from dagjob.events import (
    EngineNoted,
    ErrorInfo,
    Event,
    PlanMade,
    PlannedOp,
    RunEnded,
    StepFailed,
    StepStarted,
    StepSucceeded,
)
from dagjob.launch.audience import RunAudience
from dagjob.launch.registries import STAND_IN
from dagjob.record import replace

ONE, TWO, THREE = (EngineNoted(0.0, text) for text in ("one", "two", "three"))


FAILED = StepFailed(2.0, "a", 1, ErrorInfo("ValueError", "builtins", "no orders"), 2.0)
ENDED = RunEnded(3.0, "failed", 3.0, {"success": 1, "failed": 1}, "STEP_FAILURE", failed_steps=("a",))


class Journal(list[str]):
    """What all sinks of a test did, in order."""


class Keeps(Sink):
    """A store. `fails_at` names the method that raises `error`."""

    def __init__(self, journal: Journal, fails_at: str = "", error: Exception | None = None) -> None:
        self._journal = journal
        self._fails_at = fails_at
        self._error = error or OSError(28, "No space left on device")

    def _do(self, name: str, line: str) -> None:
        if name == self._fails_at:
            raise self._error
        self._journal.append(line)

    def __call__(self, event: Event) -> None:
        self._do("call", f"keep {event.text}")  # type: ignore[attr-defined]

    def flush(self) -> None:
        self._do("flush", "commit")

    def close(self) -> None:
        self._do("close", "close store")


class Shows(Sink):
    """A display. `fails_at` names the method that raises `error`; `refresh` are its wishes, one for each turn."""

    def __init__(
        self,
        journal: Journal,
        name: str = "show",
        *,
        fails_at: str = "",
        error: Exception | None = None,
        refresh: tuple[float | None, ...] = (),
    ) -> None:
        self._journal, self._name, self._fails_at = journal, name, fails_at
        self._error = error or ValueError("no such colour")
        self._refresh = list(refresh)

    def _do(self, method: str, line: str = "") -> None:
        if method == self._fails_at:
            raise self._error
        if line:
            self._journal.append(line)

    def flush(self) -> None:
        self._do("flush", f"flush {self._name}")

    def __call__(self, event: Event) -> None:
        self._do("call", f"{self._name} {event.text if isinstance(event, EngineNoted) else type(event).__name__}")

    def next_refresh(self) -> float | None:
        self._do("next_refresh")
        return self._refresh.pop(0) if self._refresh else None

    def tick(self, now: float) -> None:
        self._do("tick", f"tick {self._name}")

    def close(self) -> None:
        self._do("close", f"close {self._name}")


@pytest.fixture
def journal() -> Journal:
    return Journal()


def test_nothing_is_shown_before_it_is_kept(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagjob.launch.audience._LONGEST_UNKEPT", float("inf"))
    audience = RunAudience(Keeps(journal), [Shows(journal)])
    audience(ONE)
    audience(TWO)
    assert journal == []
    audience.turn()
    assert journal == ["keep one", "keep two", "commit", "show one", "show two", "flush show"]


def test_what_a_long_op_tells_is_kept_while_it_goes_on(journal: Journal) -> None:
    audience = RunAudience(Keeps(journal), [Shows(journal)])
    audience(ONE)
    audience(replace(TWO, at=0.05))
    assert journal == []
    audience(replace(THREE, at=0.051))
    assert journal == ["keep one", "keep two", "keep three", "commit"]


def test_a_turn_in_which_nothing_was_heard_commits_nothing(journal: Journal) -> None:
    audience = RunAudience(Keeps(journal), [Shows(journal)])
    audience.turn()
    assert journal == []


def test_the_end_shows_what_is_left_and_closes_the_store_last(journal: Journal) -> None:
    audience = RunAudience(Keeps(journal), [Shows(journal)])
    audience(ONE)
    audience.close()
    assert journal == ["keep one", "commit", "show one", "flush show", "close show", "close store"]


def test_a_run_may_have_several_displays_and_no_store(journal: Journal) -> None:
    audience = RunAudience(None, [Shows(journal, "left"), Shows(journal, "right")])
    audience(ONE)
    audience.close()
    assert journal == ["left one", "flush left", "right one", "flush right", "close left", "close right"]
    assert audience.state_error is None


def test_all_hear_what_the_mask_makes_of_an_event(journal: Journal) -> None:
    audience = RunAudience(Keeps(journal), [Shows(journal)], mask=lambda event: TWO)
    audience(ONE)
    audience.close()
    assert [line for line in journal if "one" in line] == []
    assert [line for line in journal if "two" in line] == ["keep two", "show two"]


# -- displays that fail --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails_at", ["call", "flush", "next_refresh", "tick", "close"])
def test_a_display_that_raises_is_dropped_and_named_once(
    journal: Journal, fails_at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Shows(journal, "broken", fails_at=fails_at, refresh=(0.0, 0.0, 0.0))
    audience = RunAudience(Keeps(journal), [broken, Shows(journal, "other")])
    for event in (ONE, TWO):
        audience(event)
        audience.turn()
    audience.close()
    audience.close()
    assert [line for line in journal if line.startswith("other")] == ["other one", "other two"]
    assert [line for line in journal if line.startswith("keep")] == ["keep one", "keep two"]
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Shows" in told
    assert "ValueError: no such colour" in told
    assert audience.state_error is None


@pytest.mark.parametrize("fails_at", ["call", "flush", "tick", "close"])
@pytest.mark.parametrize("error", [ValueError("no such colour"), BrokenPipeError()])
def test_what_a_dropped_display_would_have_shown_is_told_by_a_stand_in(fails_at: str, error: Exception) -> None:
    def told(*sinks: Sink) -> str:
        stream = StringIO()
        options = DisplayOptions(stderr=stream, stdout=StringIO())
        audience = RunAudience(None, sinks, stand_in=lambda what: STAND_IN.make(options))
        for events in ((EngineNoted(0.0, "begins", level="warning"),), (FAILED,), (ENDED,)):
            for event in events:
                audience(event)
            audience.turn()
        audience.close()
        return stream.getvalue()

    broken = Shows(Journal(), fails_at=fails_at, error=error, refresh=(0.0, 0.0, 0.0))
    assert told(broken) == ""  # a sink that shows no failures needs nobody in its place
    broken.shows_failures = True
    lines = told(broken, broken).splitlines()
    expected = [
        "warning: begins",
        "error[DJ401]: a failed (2.0s): ValueError: no orders",
        "FAILED in 3.0s: 1 done, 1 failed",
    ]
    assert lines == {"call": expected, "close": expected[2:]}.get(fails_at, expected[1:])


def test_a_stand_in_that_cannot_write_either_ends_nothing() -> None:
    broken = Shows(Journal(), fails_at="call")
    broken.shows_failures = True
    audience = RunAudience(None, [broken], stand_in=lambda what: Shows(Journal(), fails_at="call"))
    audience(ONE)
    audience.close()


def test_a_display_that_was_dropped_is_closed_and_hears_nothing_more(journal: Journal) -> None:
    class FailsOnce(Shows):
        def __call__(self, event: Event) -> None:
            self._fails_at = "call" if event is ONE else ""
            super().__call__(event)

    audience = RunAudience(None, [FailsOnce(journal)])
    for event in (ONE, TWO):
        audience(event)
        audience.turn()
    assert journal == ["close show"]


def test_nobody_reading_a_display_is_no_failure_of_it(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    audience = RunAudience(Keeps(journal), [Shows(journal, fails_at="call", error=BrokenPipeError())])
    audience(ONE)
    audience.close()
    assert audience.broken_pipe
    assert audience.state_error is None
    assert capsys.readouterr().err == ""


# -- a store that fails --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails_at", ["call", "flush", "close"])
def test_a_store_that_raises_costs_the_history_and_no_event(journal: Journal, fails_at: str) -> None:
    audience = RunAudience(Keeps(journal, fails_at), [Shows(journal)])
    for event in (ONE, TWO, THREE):
        audience(event)
        audience.turn()
    audience.close()
    assert [line for line in journal if line.startswith("show")] == ["show one", "show two", "show three"]
    assert isinstance(audience.state_error, DagjobStateError)
    assert audience.state_error.exit_code == ExitCode.STATE == 7
    assert "No space left on device" in str(audience.state_error)
    assert isinstance(audience.state_error.__cause__, OSError)


def test_what_the_store_itself_says_of_its_failure_is_kept(journal: Journal) -> None:
    error = DagjobStateError("the history is locked")
    audience = RunAudience(Keeps(journal, "flush", error))
    audience(ONE)
    audience.close()
    assert audience.state_error is error


def test_a_store_that_failed_is_left_alone(journal: Journal) -> None:
    audience = RunAudience(Keeps(journal, "flush"))
    for event in (ONE, TWO):
        audience(event)
        audience.turn()
    audience.close()
    assert journal == ["keep one"]


# -- when to come back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ([], None),
        ([(None,)], None),
        ([(0.5,)], 0.5),
        ([(0.5,), (None,), (0.2,)], 0.2),
        ([(0.00001,)], 0.001),  # or the loop would spin
    ],
)
def test_the_loop_comes_back_when_the_first_display_wants_it(
    journal: Journal, wishes: list[tuple[float | None, ...]], expected: float | None
) -> None:
    audience = RunAudience(None, [Shows(journal, refresh=each) for each in wishes])
    assert audience.turn() == expected


def test_a_display_whose_time_has_come_is_drawn_in_this_turn(journal: Journal) -> None:
    audience = RunAudience(None, [Shows(journal, "due", refresh=(0.0, 0.4)), Shows(journal, "rests", refresh=(0.3,))])
    assert audience.turn() == 0.3
    assert journal == ["tick due"]


# -- signals -------------------------------------------------------------------------------------------------------


def test_a_signal_never_breaks_into_a_sink_that_hears_an_op_of_this_process(journal: Journal) -> None:
    class Signaled(Keeps):
        def __call__(self, event: Event) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            super().__call__(event)

    audience = RunAudience(Signaled(journal), [Shows(journal)])
    with Interrupts(grace=30.0) as interrupts, pytest.raises(DagjobExecutionInterruptedError), user_code():
        audience(ONE)
        audience.keep()
        journal.append("the op goes on")
    audience.turn()
    assert interrupts.count == 1
    assert journal == ["keep one", "commit", "show one", "flush show"]
    assert audience.state_error is None


def test_an_op_of_this_process_is_seen_to_run_until_its_kind_is_known_to_be_quick():
    class Commits(Sink):
        seen: list[str]
        waiting: list[str]

        def __call__(self, event: Event) -> None:
            self.waiting.append(type(event).__name__)

        def flush(self) -> None:
            self.seen += self.waiting
            self.waiting = []

    store = Commits()
    store.seen, store.waiting = [], []
    audience = RunAudience(store)

    def runs(step: str, seconds: float, pid: int = os.getpid()) -> bool:
        """Whether the step stood in the history while it ran."""
        store.seen.clear()
        audience(StepStarted(0.0, step, 1, pid))
        seen = store.seen[-1:] == ["StepStarted"] and not store.waiting
        audience(StepSucceeded(0.0, step, 1, seconds))
        return seen

    audience(PlanMade(0.0, tuple(PlannedOp(step, "load") for step in ("a", "b", "c", "d"))))
    assert [runs("a", 0.001), runs("b", 1.0), runs("c", 0.001), runs("d", 0.001)] == [True, False, True, False]
    assert not runs("e", 0.001, pid=1)  # of another process: the loop turns while it runs


def test_a_thread_of_an_op_in_process_may_log_and_tell_progress(dagjob, project):
    project(
        "jobs.py",
        """
        import threading
        import time

        from dagjob import job, op

        @op
        def logs(context):
            def work():
                context.log.info("first")
                time.sleep(0.06)  # what waits is committed now and then, by the thread of the run alone
                context.log.info("second")
                context.progress(1, 2)

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()

        @job
        def small():
            logs()
        """,
    )
    done = dagjob("run", "jobs.py", "-e", "in_process", "--format", "jsonl")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["text"] for event in events if event["event"] == "op.log"] == ["first", "second"]
    assert [event["done"] for event in events if event["event"] == "op.progress"] == [1]
    assert [event for event in events if event["event"] == "run.note"] == []


def test_what_an_op_in_process_says_of_itself_is_shown_while_it_runs(dagjob, project):
    project(
        "jobs.py",
        """
        import contextlib
        import io
        import os
        import time
        from pathlib import Path

        from dagjob import job, op

        def sink(event):
            if type(event).__name__ == "Progressed":
                print("printed by the sink")
                Path("seen").touch()

        @op
        def says(context):
            print("before", end="", flush=True)
            with contextlib.redirect_stdout(io.StringIO()) as own:
                for turn in range(1000):
                    context.progress(turn, 1000)
                    time.sleep(0.01)
                    print("into its own")
                    if os.path.exists("seen"):
                        break
            assert turn < 999 and own.getvalue() == "into its own\\n" * (turn + 1)
            os.write(1, b" between ")
            print("after")

        @job
        def small():
            says()
        """,
    )
    done = dagjob("run", "jobs.py", "-e", "in_process", "--sink", "jobs:sink", "--format", "id")
    assert done.code == 0, done.stderr
    assert "before" not in done.stdout + done.stderr
    assert dagjob("runs", "logs").stdout == "says  before between after\n"
