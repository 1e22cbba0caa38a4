"""What only the in-process executor has to get right: it shares its process with the loop and the sinks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from worklike import SmallAttempt

from dagjob.engine.interrupts import Interrupts, user_code
from dagjob.engine.ports import Emit, StepCall
from dagjob.engine.step import failed
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.events import EngineNoted, Event, LogWritten, StepStarted
from dagjob.executors.in_process import InProcess
from dagjob.plan.steps import Failed, Outcome, Step, Succeeded


def call(key: str, **more) -> StepCall:
    return StepCall(Step(key, (key,)), 1, **more)


def test_hooks_run_when_the_loop_has_heard_the_outcome(heard: list[Event]):
    executor = InProcess(SmallAttempt, heard.append)
    executor.submit(call("hooked"))
    executor.submit(call("fine"))
    assert [done.step for done in executor.wait(None)] == ["hooked"]
    assert [type(event) for event in heard] == [StepStarted]
    assert [done.step for done in executor.wait(None)] == ["fine"]
    assert [type(event) for event in heard] == [StepStarted, EngineNoted, StepStarted]


def test_what_a_sink_prints_does_not_land_in_the_log_of_the_op(tmp_path, capfd):
    def sink(event: Event) -> None:
        print(f"heard {type(event).__name__}")

    log = tmp_path / "log.out"
    executor = InProcess(SmallAttempt, sink)
    with capfd.disabled():
        read, write = os.pipe()
        kept = os.dup(1)
        os.dup2(write, 1)
        try:
            executor.submit(call("prints", log=str(log)))
            executor.wait(None)
            executor.close()
        finally:
            os.dup2(kept, 1)
            os.close(write)
            os.close(kept)
    with open(read) as file:
        assert file.read() == "heard StepStarted\n"
    assert log.read_text() == "to stdout\nto stderr\nfrom a program\nto stdout again\n"


def test_a_timeout_never_breaks_into_a_sink():
    whole = []

    def slow_sink(event: Event) -> None:
        time.sleep(0.3)
        whole.append(event)

    executor = InProcess(SmallAttempt, slow_sink)
    executor.submit(call("busy_loop", timeout=0.1))
    [done] = executor.wait(None)
    assert isinstance(done.outcome, Failed)
    assert done.outcome.status == "timeout"
    assert len(whole) == 1


def test_the_alarm_of_the_program_is_restored(heard: list[Event]):
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        executor = InProcess(SmallAttempt, heard.append)
        executor.submit(call("fine", timeout=60.0))
        executor.wait(None)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_signal_cancels_the_op_at_work(heard: list[Event]):
    with Interrupts(grace=30.0) as interrupts:

        def sink(event: Event) -> None:
            if isinstance(event, LogWritten):
                os.kill(os.getpid(), signal.SIGINT)

        executor = InProcess(SmallAttempt, sink, wakeup_fd=interrupts.fd)
        executor.submit(call("chatty"))
        [done] = executor.wait(None)
    assert isinstance(done.outcome, Failed)
    assert (done.outcome.status, done.outcome.retryable) == ("canceled", False)


def test_a_signal_between_two_ops_keeps_the_next_from_beginning(heard: list[Event]):
    with Interrupts(grace=30.0) as interrupts:
        executor = InProcess(SmallAttempt, heard.append, wakeup_fd=interrupts.fd)
        executor.submit(call("deaf"))
        os.kill(os.getpid(), signal.SIGINT)
        [done] = executor.wait(None)
    assert isinstance(done.outcome, Failed)
    assert "interrupted by SIGINT" in done.outcome.error.message


def test_an_op_that_raises_its_own_error_while_it_is_interrupted_is_canceled(heard: list[Event]):
    class Obstinate:
        def __init__(self, call: StepCall, emit: Emit) -> None: ...

        def begin(self) -> None: ...

        def run(self) -> Outcome:
            try:
                with user_code():
                    os.kill(os.getpid(), signal.SIGINT)
                    raise AssertionError("the signal has not come")
            except DagjobExecutionInterruptedError:
                return failed(ValueError("while I cleaned up"), 0.1)

        def finish(self) -> None: ...

        def close(self) -> None: ...

    with Interrupts(grace=30.0) as interrupts:
        executor = InProcess(Obstinate, heard.append, wakeup_fd=interrupts.fd)
        executor.submit(call("obstinate"))
        [done] = executor.wait(None)
    assert isinstance(done.outcome, Failed)
    assert (done.outcome.status, done.outcome.retryable) == ("canceled", False)
    assert done.outcome.error.message == "while I cleaned up"


def test_sleeping_ends_when_a_signal_comes(heard: list[Event]):
    with Interrupts(grace=30.0) as interrupts:
        executor = InProcess(SmallAttempt, heard.append, wakeup_fd=interrupts.fd)
        os.kill(os.getpid(), signal.SIGTERM)
        assert executor.wait(60.0) == ()


def test_sleeping_ends_when_the_time_is_up(heard: list[Event]):
    assert InProcess(SmallAttempt, heard.append).wait(0.01) == ()


def test_an_attempt_that_cannot_be_prepared_fails(heard: list[Event]):
    def work(call: StepCall, emit: object) -> SmallAttempt:
        raise LookupError("no such op")

    executor = InProcess(work, heard.append)
    executor.submit(call("fine"))
    [done] = executor.wait(None)
    assert isinstance(done.outcome, Failed)
    assert done.outcome.error.message == "no such op"
    executor.submit(call("fine"))
    assert not isinstance(executor.wait(None)[0].outcome, Succeeded)


@pytest.mark.parametrize("module", ["dagjob.executors.in_process", "dagjob.executors.start_method"])
def test_nothing_is_imported_that_windows_lacks(module: str):
    code = f"import sys; sys.modules.update(fcntl=None, resource=None, pwd=None, termios=None); import {module}"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_usual_way_to_start_a_process_needs_no_heavy_module():
    code = (
        "import sys; from dagjob.executors import multiprocess, template\n"
        "print(*{'socket', 'subprocess', 'multiprocessing', 'selectors', 'asyncio', 'tempfile', 'threading',"
        " 'dataclasses', 'inspect', 'logging'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == ""


def test_an_op_that_prints_nothing_leaves_no_log(heard: list[Event], tmp_path):
    executor = InProcess(SmallAttempt, heard.append)
    for number, key in enumerate(("fine", "prints", "fine", "fine", "prints")):
        executor.submit(call(key, log=str(tmp_path / f"{number}.out")))
        executor.wait(None)
    executor.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.out", "4.out"]
    assert len({(tmp_path / name).read_text() for name in ("1.out", "4.out")}) == 1


def test_a_log_that_a_running_program_may_still_write_stays_that_of_its_op(heard: list[Event], tmp_path):
    executor = InProcess(SmallAttempt, heard.append)
    executor.submit(call("fine", log=str(tmp_path / "first.out")))
    executor.wait(None)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    executor.submit(call("fine", log=str(tmp_path / "second.out")))
    executor.wait(None)
    child.communicate()
    executor.close()
    assert (tmp_path / "first.out").exists() and not (tmp_path / "second.out").exists()


def test_an_op_that_aims_a_descriptor_elsewhere_does_so_for_itself_alone(heard: list[Event], tmp_path):
    executor = InProcess(SmallAttempt, heard.append)
    for number, key in enumerate(("prints", "closes_stdout", "prints")):
        executor.submit(call(key, log=str(tmp_path / f"{number}.out")))
        executor.wait(None)
    executor.close()
    assert (tmp_path / "0.out").read_text() == (tmp_path / "2.out").read_text() != ""
