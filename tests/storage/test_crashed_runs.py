import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from recorded_runs import START, ended, error, good_run, planned, started, step

from dagjob import events as ev
from dagjob.storage.locks import RunLock, is_held
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

RUN = "7c3f9a2d-dead"

WRITER = """
import sys
from dagjob import events as ev
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore
sys.path.insert(0, sys.argv[3])
from recorded_runs import START, error, planned, started, step
store = RunStore.create(StateDir(sys.argv[1]), sys.argv[2])
for event in [started(sys.argv[2]), planned("done", "runs", "waits", "again"), *step("done")]:
    store(event)
store(ev.StepStarted(START + 3, "runs", 1, 1))
store(ev.StepStarted(START + 3, "again", 1, 1))
store(ev.StepRetrying(START + 4, "again", 1, error("its own"), 1.0, 60.0, 3))
store.flush()
store(ev.LogWritten(START + 9, "runs", 1, "info", "never committed"))
CHILD
print("ready", flush=True)
sys.stdin.read()
"""
FORKS_A_CHILD = """
import os
if os.fork() == 0:
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    sys.stdin.read()
    os._exit(0)
"""


@pytest.fixture
def writer(state):
    """Starts a process that records a run and waits; ends it, and what it started, after the test."""
    begun = []

    def start(run_id=RUN, child=""):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER.replace("CHILD", child), state.root, run_id, os.path.dirname(__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_run_whose_process_lives_is_running(state, writer, look):
    writer()
    run = look(state).find(RUN)
    assert (run.status, run.ended) == ("running", None)
    assert is_held(state.lock(RUN))


def test_a_killed_run_is_crashed_at_once_with_all_that_was_committed(state, writer, look):
    kill(writer())
    history = look(state)
    run = history.find(RUN)
    assert (run.status, run.ended, run.seconds) == ("crashed", START + 4, 4.0)
    assert run.failure_reason == "UNEXPECTED_TERMINATION"
    assert run.ops == {"success": 1, "failed": 2, "not_run": 1}
    steps = history.view(RUN).ops
    assert (
        {key: op.status for key, op in steps.items()}
        == history.statuses(RUN)
        == {
            "done": "success",
            "runs": "failed",
            "waits": "not_run",
            "again": "failed",
        }
    )
    assert steps["runs"].error.code == "DJ402"
    assert steps["again"].error.message == "its own"
    assert [event["seq"] for event in history.events(RUN)] == list(range(1, 10))


BUSY_WRITER = """
import sys
from dagjob import events as ev
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore
sys.path.insert(0, sys.argv[3])
from recorded_runs import START, started
store = RunStore.create(StateDir(sys.argv[1]), sys.argv[2])
store(started(sys.argv[2]))
number = 1
while True:
    store.flush()
    print(number, flush=True)
    for _ in range(7):
        number += 1
        store(ev.LogWritten(START, "a", 1, "info", "x" * 1000))
"""


@pytest.mark.parametrize("after", [1, 2, 40, 700])
def test_a_process_killed_while_it_writes_has_kept_all_that_it_committed(state, look, after):
    with subprocess.Popen(
        [sys.executable, "-c", BUSY_WRITER, state.root, RUN, os.path.dirname(__file__)], stdout=subprocess.PIPE
    ) as process:
        lines = [process.stdout.readline() for _ in range(after)]
        process.kill()
        committed = int(([*lines, *process.stdout.read().splitlines()])[-1])
    history = look(state)
    numbers = [event["seq"] for event in history.events(RUN)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert committed <= len(numbers) <= committed + 7  # the kill may have come between a commit and the word about it
    assert history.find(RUN).status == "crashed"


def test_what_a_dead_run_left_running_does_not_keep_it_alive(state, writer, look):
    kill(writer(child=FORKS_A_CHILD))  # the child inherits every descriptor, and still waits for its input
    assert look(state).find(RUN).status == "crashed"


def test_the_crash_is_written_down(state, writer, look):
    kill(writer())
    look(state)
    connection = sqlite3.connect(state.db)
    assert connection.execute("SELECT status FROM runs").fetchall() == [("crashed",)]
    connection.close()


def test_the_next_run_writes_it_down_as_well(state, writer, look):
    kill(writer())
    with RunStore.create(state, "next") as store:
        assert store.history().find(RUN).status == "crashed"


@pytest.fixture
def unwritable_copy(state, tmp_path):
    """Copies the history to a place where SQLite can make none of its files, not even for root."""

    def copy():
        connection = sqlite3.connect(state.db)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        (tmp_path / "copy" / "dagjob.db-shm").mkdir(parents=True)
        shutil.copy(state.db, tmp_path / "copy" / "dagjob.db")
        return StateDir(str(tmp_path / "copy"))

    return copy


def test_who_may_not_write_sees_the_crash_all_the_same(state, writer, look, unwritable_copy):
    with RunStore.create(state, "fine") as store:
        for event in good_run("fine"):
            store(event)
    kill(writer())
    copy = unwritable_copy()
    history = look(copy)
    assert [(run.id, run.status) for run in history.runs()] == [(RUN, "crashed"), ("fine", "success")]
    assert [run.id for run in history.runs(status="crashed")] == [RUN]
    assert history.find("latest:crashed").ended == START + 4
    assert history.statuses(RUN)["waits"] == history.view(RUN).op("waits").status == "not_run"
    assert list(history.view("fine").ops) == ["load"]
    connection = sqlite3.connect(f"file:{copy.db}?immutable=1", uri=True)
    assert connection.execute("SELECT status FROM runs WHERE id = ?", [RUN]).fetchall() == [("running",)]
    connection.close()


def test_a_run_that_was_dead_before_its_first_event_leaves_nothing(state, look):
    RunStore.create(state, RUN).close()
    assert look(state).runs() == []


def test_a_run_without_a_plan_can_crash_too(state, look):
    store = RunStore.create(state, RUN)
    store(started(RUN))
    store.close()
    run = look(state).find(RUN)
    assert (run.status, run.ended, run.ops) == ("crashed", START, {})


def test_a_run_in_this_very_process_is_alive_and_stays_so_when_looked_at(state, look):
    with RunStore.create(state, RUN) as store:
        store(started(RUN))
        store.flush()
        for _ in range(2):
            assert look(state).find(RUN).status == "running"
        other = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from dagjob.storage.locks import is_held; print(is_held(sys.argv[1]))",
                state.lock(RUN),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        assert other.stdout == "True\n"


def test_an_ended_run_stays_as_it_ended(state, look):
    with RunStore.create(state, RUN) as store:
        for event in [started(RUN), planned("a"), *step("a"), ended(success=1)]:
            store(event)
    assert look(state).find(RUN).status == "success"


def test_a_lock_is_known_by_its_file_and_not_by_its_path(tmp_path):
    os.symlink(tmp_path, tmp_path / "link")
    lock = RunLock(str(tmp_path / "lock"))
    assert lock.acquire()
    assert is_held(str(tmp_path / "link" / "lock"))
    assert not RunLock(str(tmp_path / "link" / "lock")).acquire()
    lock.release()
    assert not is_held(str(tmp_path / "lock"))
    assert lock.acquire()
    lock.release()


def test_two_that_ask_at_once_do_not_take_each_other_for_the_run(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    asking = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.lockf(f, fcntl.LOCK_SH); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", asking, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"\n"
        assert not is_held(str(path))
        other.stdin.close()


def test_a_step_that_failed_before_the_crash_keeps_its_own_error(state, look):
    store = RunStore.create(state, RUN)
    for event in [started(RUN), planned("a", "b"), ev.StepStarted(START, "a", 1, 1)]:
        store(event)
    store(ev.StepFailed(START + 1, "a", 1, error("mine"), 1.0))
    store.close()
    assert look(state).view(RUN).op("a").error.message == "mine"


def test_a_living_run_whose_folder_was_removed_is_not_called_crashed(state, look):
    store = RunStore.create(state, RUN)
    for event in (started(RUN, at=time.time(), pid=os.getpid()), planned("runs")):
        store(event)
    store.flush()
    shutil.rmtree(state.runs)
    assert look(state).find(RUN).status == "running"
    store.tick(time.time())
    asks = "import sys; from dagjob.storage.locks import is_held; sys.exit(is_held(sys.argv[1]) is not True)"
    assert subprocess.run([sys.executable, "-c", asks, state.lock(RUN)]).returncode == 0
    store(ev.RunEnded(time.time(), "success", 1.0, {}))
    store.close()
    assert look(state).find(RUN).status == "success"


def test_a_dead_run_whose_folder_was_removed_is_crashed(state, look):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    store = RunStore.create(state, RUN)
    store(started(RUN, at=time.time(), pid=gone.pid))
    store.close()
    shutil.rmtree(state.runs)
    assert look(state).find(RUN).status == "crashed"


def test_a_run_that_died_in_its_own_op_lived_until_that_printed_its_last(state, look):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    store = RunStore.create(state, RUN)
    begun = time.time() - 100
    ours = [started(RUN, at=begun, pid=gone.pid, executor="in_process"), planned("runs", "waits")]
    for event in [*ours, ev.StepStarted(begun, "runs", 1, 1)]:
        store(event)
    store.close()
    log = state.log(RUN, "runs", 1)
    os.makedirs(os.path.dirname(log))
    with open(log, "w") as file:
        file.write("its last words")
    os.utime(log, (begun + 40, begun + 40))
    history = look(state)
    assert round(history.find(RUN).seconds) == 40
    assert round(history.view(RUN).op("runs").seconds) == 40
