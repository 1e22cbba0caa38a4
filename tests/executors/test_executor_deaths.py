"""Workers that die, hang, leave things behind, or lose those above them: whichever way they were started."""

from __future__ import annotations

import json
import marshal
import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from stages import Make, Stage, names, wait_until
from worklike import SmallSource

from dagjob.events import EngineNoted, LogWritten
from dagjob.executors.frames import EXITED, START, Inbox, frame
from dagjob.executors.template import Stacks, Template
from dagjob.plan.steps import Failed, Succeeded

HERE = Path(__file__).parent


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # the latter if it goes while it is read
        return False


def ours(mark: str) -> list[int]:
    """Processes that have a mark in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes() and alive(int(entry.name)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


# -- deaths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ("exits_hard", "exit code 3"),
        ("exits_with_zero", "exit code 0"),
        ("segfaults", "SIGSEGV (signal 11)"),
        ("killed", "SIGKILL (signal 9)"),
    ],
)
def test_a_process_that_dies_fails_its_op_and_says_how(stage: Stage, op: str, words: str):
    failed = stage.failure(op)
    assert (failed.error.type, failed.error.code) == ("ChildProcessCrashException", "DJ402")
    assert words in failed.error.message
    assert op in failed.error.message
    assert "peak memory" in failed.error.message
    assert failed.retryable
    assert failed.max_rss > 1_000_000
    assert names(stage.heard, op) == ["StepStarted"]


def test_a_kill_hints_at_memory(stage: Stage):
    assert "memory ran out" in stage.failure("killed").error.message


def test_a_segfault_shows_where_python_was(stage: Stage, tmp_path):
    assert "in segfaults" in stage.failure("segfaults", log=str(tmp_path / "out")).error.text


def test_a_running_op_that_is_killed_from_outside_fails_alone(stage: Stage):
    stage.submit("sleeps", "fine")
    os.kill(stage.pid("sleeps"), signal.SIGKILL)
    outcomes = stage.outcomes(2)
    assert isinstance(outcomes["sleeps"], Failed)
    assert isinstance(outcomes["fine"], Succeeded)


def test_a_process_that_dies_in_its_hook_keeps_its_outcome(stage: Stage):
    assert isinstance(stage.play("dies_in_hook")["dies_in_hook"], Succeeded)
    stage.executor.close()
    notes = [event for event in stage.heard if isinstance(event, EngineNoted)]
    assert "exit code 9" in notes[0].text


@pytest.mark.parametrize("way", ["lean", "spawn"])
def test_a_broken_module_fails_the_op_and_says_so(open_stage: Make, way: str):
    stage = open_stage(way, source=SmallSource(broken=True))
    failed = stage.failure("fine")
    assert failed.error.message == "no module named 'the_users_module'"
    assert names(stage.heard, "fine") == ["StepStarted"]


def test_the_outcome_tells_memory_and_processor_time(stage: Stage):
    outcome = stage.play("grabs_memory")["grabs_memory"]
    assert 80_000_000 < outcome.max_rss < 2_000_000_000
    assert 0 < outcome.cpu < 30


# -- asked to stop -------------------------------------------------------------------------------------------------


def test_an_interrupt_cancels_what_runs_and_what_waits(stage: Stage):
    stage.submit("sleeps[1]", "sleeps[2]", "fine")
    stage.pid("sleeps[1]"), stage.pid("sleeps[2]")
    stage.executor.interrupt(20.0)
    outcomes = stage.outcomes(3)
    assert {outcome.status for outcome in outcomes.values()} == {"canceled"}
    assert not any(outcome.retryable for outcome in outcomes.values())
    assert outcomes["sleeps[1]"].error.type == "DagjobExecutionInterruptedError"


def test_an_interrupt_that_comes_before_the_op_has_begun_is_not_lost(stage: Stage):
    stage.submit("sleeps")
    stage.executor.interrupt(1000.0)
    assert stage.outcomes(1)["sleeps"].status == "canceled"


def test_an_op_that_ends_well_after_an_interrupt_has_succeeded(stage: Stage):
    stage.submit("stubborn")
    stage.until(lambda: stage.texts("stubborn"))
    stage.executor.interrupt(20.0)
    assert isinstance(stage.outcomes(1)["stubborn"], Succeeded)


def test_an_op_that_is_deaf_to_signals_is_killed_when_the_grace_is_over(stage: Stage):
    stage.submit("deaf")
    stage.until(lambda: stage.texts("deaf"))
    stage.executor.interrupt(0.5)
    outcome = stage.outcomes(1)["deaf"]
    assert (outcome.status, outcome.retryable) == ("canceled", False)


def test_a_stopped_template_goes_on_when_the_run_is_stopped(stage: Stage):
    stage.submit("sleeps")
    stage.pid("sleeps")
    os.kill(stage.executor.template_pid, signal.SIGSTOP)
    stage.executor.interrupt(1000.0)
    assert stage.outcomes(1)["sleeps"].error.type == "DagjobExecutionInterruptedError"


def test_a_template_that_hears_nothing_is_killed_after_the_grace(open_stage: Make, tmp_path, monkeypatch):
    (tmp_path / "hangs_when_imported.py").write_text("import time\ntime.sleep(1000)")
    monkeypatch.syspath_prepend(str(tmp_path))
    stage = open_stage("lean", preload=("hangs_when_imported",))
    stage.submit("fine")
    stage.executor.interrupt(0.0)
    assert stage.outcomes(1)["fine"].status == "canceled"


def test_a_second_interrupt_kills_at_once(stage: Stage):
    stage.submit("deaf")
    pid = stage.pid("deaf")
    stage.until(lambda: stage.texts("deaf"))
    stage.executor.interrupt(1000.0)
    stage.executor.interrupt(0.0)
    assert stage.outcomes(1)["deaf"].status == "canceled"
    assert not alive(pid)


def test_a_deaf_op_that_takes_too_long_is_killed_after_the_grace(open_stage: Make, way: str):
    stage = open_stage(way, grace=0.3)
    failed = stage.failure("deaf", timeout=0.5)
    assert failed.status == "timeout"
    assert "in deaf" in failed.error.text
    assert "SIGKILL" in failed.error.message


def test_wait_returns_when_a_signal_wakes_it(open_stage: Make, way: str):
    read, write = os.pipe()
    os.set_blocking(read, False)
    try:
        stage = open_stage(way, wakeup_fd=read)
        os.write(write, b"!")
        assert stage.executor.wait(60.0) == []
        with pytest.raises(BlockingIOError):
            os.read(read, 1)
        stage.executor.close()
    finally:
        os.close(read)
        os.close(write)


def test_a_signal_ends_the_wait_for_a_hook_that_hangs(open_stage: Make, way: str):
    read, write = os.pipe()
    try:
        stage = open_stage(way, wakeup_fd=read, grace=0.2)
        stage.play("hangs_in_hook")
        pid = stage.pid("hangs_in_hook")
        stage.until(stage.texts)
        os.write(write, b"!")
        stage.executor.close()
        assert wait_until(lambda: not alive(pid))
        assert "SIGKILL" in next(event.text for event in stage.heard if isinstance(event, EngineNoted))
    finally:
        os.close(read)
        os.close(write)


def test_a_signal_that_was_heeded_and_not_read_yet_is_no_second_one(open_stage: Make, way: str):
    read, write = os.pipe()
    try:
        stage = open_stage(way, wakeup_fd=read, grace=20.0)
        stage.play("tidies")
        stage.until(stage.texts)
        os.write(write, b"!")
        stage.executor.interrupt(20.0)
        stage.executor.close()
        assert [event.text for event in stage.heard if isinstance(event, EngineNoted)] == ["tidied"]
    finally:
        os.close(read)
        os.close(write)


def test_a_hook_that_takes_longer_than_the_timeout_of_its_op_is_killed(open_stage: Make, way: str):
    stage = open_stage(way)
    assert isinstance(stage.play("hangs_in_hook", timeout=0.5)["hangs_in_hook"], Succeeded)
    assert isinstance(stage.play("fine", timeout=30)["fine"], Succeeded)
    stage.executor.close()
    assert "SIGKILL" in next(event.text for event in stage.heard if isinstance(event, EngineNoted))


# -- what is left behind -------------------------------------------------------------------------------------------


def test_what_an_op_leaves_running_ends_with_it(stage: Stage):
    stage.play("leaves_children")
    stage.executor.close()
    assert len(stage.texts()) == 2
    assert wait_until(lambda: not any(alive(int(pid)) for pid in stage.texts()))


def test_what_an_op_leaves_running_ends_with_it_even_if_the_template_does_nothing(open_stage: Make):
    stage = open_stage("preloaded")
    stage.submit("stops_its_template_and_leaves_children")
    stage.until(lambda: len(stage.texts()) == 2)
    assert wait_until(lambda: not any(alive(int(pid)) for pid in stage.texts()))


def test_a_thread_that_an_op_leaves_does_not_keep_its_process(stage: Stage):
    stage.play("leaves_a_thread")
    began = time.monotonic()
    stage.executor.close()
    assert time.monotonic() - began < 30


def test_no_process_is_left_after_close(stage: Stage):
    stage.submit("sleeps", "deaf")
    pids = [stage.pid("sleeps"), stage.pid("deaf")]
    stage.executor.interrupt(0)
    stage.executor.close()
    assert not any(alive(pid) for pid in pids)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_killed_template_fails_what_runs_and_what_comes(stage: Stage):
    stage.submit("leaves_children_and_sleeps")
    stage.until(lambda: len(stage.texts()) == 2)
    pids = [stage.pid("leaves_children_and_sleeps"), *map(int, stage.texts())]
    os.kill(stage.executor.template_pid, signal.SIGKILL)
    stage.submit("fine[1]", "fine[2]", "fine[3]")
    outcomes = stage.outcomes(4)
    assert not any(outcome.retryable for outcome in outcomes.values())
    assert "the process that starts the ops has died" in outcomes["fine[3]"].error.message
    stage.executor.close()
    assert wait_until(lambda: not any(alive(pid) for pid in pids))


def kills_main(main: subprocess.Popen[bytes], template: int) -> None:
    main.kill()


def kills_template_and_main(main: subprocess.Popen[bytes], template: int) -> None:
    main.send_signal(signal.SIGSTOP)  # or it would end the workers itself
    os.kill(template, signal.SIGKILL)
    main.kill()


def stops_template_and_kills_main(main: subprocess.Popen[bytes], template: int) -> None:
    os.kill(template, signal.SIGSTOP)
    main.kill()


@pytest.mark.parametrize("disaster", [kills_main, kills_template_and_main, stops_template_and_kills_main])
def test_whoever_dies_above_them_no_op_and_no_program_of_an_op_lives_on(
    disaster: Callable[[subprocess.Popen[bytes], int], None], way: str, tmp_path
):
    mark = f"DAGJOB_TEST_MARK={tmp_path}"
    script = tmp_path / "main.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(HERE)!r})
        from worklike import SmallAttempt, SmallSource
        from dagjob.engine.ports import StepCall
        from dagjob.executors.multiprocess import Multiprocess
        from dagjob.plan.steps import Step

        said = []
        def emit(event):
            if hasattr(event, "text"):
                said.append(event)
            if len(said) == 4:
                print(executor.template_pid, flush=True)
        executor = Multiprocess(SmallAttempt, SmallSource(), emit, 3, {way!r})
        executor.start()
        for key in ("leaves_children_and_sleeps", "deaf", "busy_in_c"):
            executor.submit(StepCall(Step(key, (key,)), 1))
        while True:
            executor.wait(None)
        """)
    )
    main = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "DAGJOB_TEST_MARK": str(tmp_path)},
    )
    with main:
        try:
            assert main.stdout is not None
            template = int(main.stdout.readline())
            assert wait_until(lambda: len(ours(mark)) >= 7)  # main, template, three workers, two programs
            disaster(main, template)
        finally:
            main.kill()
    assert wait_until(lambda: not ours(mark)), [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in ours(mark)]


# -- much, big, odd ------------------------------------------------------------------------------------------------


def test_an_event_larger_than_any_pipe_arrives(stage: Stage):
    stage.play("huge")
    assert [len(text) for text in stage.texts()] == [30_000_000]


def test_a_chatty_op_does_not_keep_the_others_from_ending(stage: Stage):
    stage.submit("chatty")
    stage.until(lambda: stage.texts("chatty"))
    stage.submit("fine[1]", "fine[2]")
    stage.until(lambda: len(stage.done) == 2)
    stage.executor.interrupt(20.0)
    assert stage.outcomes(3)["chatty"].status == "canceled"


MANY = """
import json
from stages import Stage
from worklike import SmallAttempt, SmallSource
from dagjob.events import StepStarted
from dagjob.executors.multiprocess import Multiprocess

heard = []
stage = Stage(Multiprocess(SmallAttempt, SmallSource(), heard.append, 8, "preloaded"), heard)
stage.executor.start()
outcomes = stage.play(*(f"fine[{number}]" for number in range(200)))
stage.executor.close()
started = [event.pid for event in heard if isinstance(event, StepStarted)]
print(json.dumps([sorted({type(outcome).__name__ for outcome in outcomes.values()}), len(started), len(set(started))]))
"""


def test_two_hundred_quick_ops_on_eight_slots():
    """In a small process: to fork one that has loaded all tests two hundred times takes seconds."""
    done = subprocess.run(
        [sys.executable, "-c", MANY], env={**os.environ, "PYTHONPATH": str(HERE)}, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == [["Succeeded"], 200, 200]


def test_an_event_that_cannot_be_pickled_becomes_a_note(stage: Stage):
    assert isinstance(stage.play("unpicklable_event")["unpicklable_event"], Succeeded)
    notes = [event for event in stage.heard if isinstance(event, LogWritten)]
    assert notes[0].level == "WARNING"
    assert "pickle" in notes[0].text


def test_a_call_that_cannot_be_pickled_fails_its_op(stage: Stage):
    from dagjob.engine.ports import StepCall
    from dagjob.plan.steps import Step

    stage.executor.submit(StepCall(Step("fine", ("fine",), config=lambda: 1), 1))
    failed = stage.outcomes(1)["fine"]
    assert "cannot be sent" in failed.error.message
    assert not failed.retryable


def test_no_template_is_made_without_a_name_that_is_known():
    from dagjob.executors.multiprocess import Multiprocess

    with pytest.raises(ValueError, match="forserver"):
        Multiprocess(None, None, print, 1, "forserver")


class FirstIsDead:
    """Its first worker has ended before anybody can know that it began; the others end when no more orders come."""

    most = 1
    ahead_from = 1
    started = 0

    def start(self, slot, private):
        self.started += 1
        read, orders = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(orders)
            while self.started > 1 and os.read(read, 4096):
                pass
            os._exit(9)
        os.close(read)
        if self.started == 1:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return pid, orders


def test_a_worker_that_died_before_the_template_looked_is_told_of():
    control, write_control = os.pipe()
    read_status, status = os.pipe()
    template = os.fork()
    if not template:
        try:
            os.close(write_control)
            Template(control, status, Stacks()).serve(FirstIsDead())
        finally:
            os._exit(1)
    os.close(control)
    os.close(status)
    os.write(write_control, frame(START, marshal.dumps((0, 7, b"", False))))
    try:
        poll = select.poll()
        poll.register(read_status, select.POLLIN)
        assert poll.poll(10_000), "nobody was told"
        [(kind, payload)] = Inbox().feed(os.read(read_status, 4096))
        assert (kind, marshal.loads(payload)[0]) == (EXITED, 7)
    finally:
        os.close(write_control)
        os.close(read_status)
        os.waitpid(template, 0)
