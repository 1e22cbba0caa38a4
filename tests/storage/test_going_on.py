"""Whose process a running run is: no other one is ever signaled, whatever numbers come again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from recorded_runs import planned, started

from dagjob.errors import DagjobStateError
from dagjob.record import replace
from dagjob.storage.going_on import MainProcess
from dagjob.storage.locks import lock_holder
from dagjob.storage.runs import RunStore

RUN = "7c3f9a2d-0001"
HOLDER = """
import sys
from dagjob.storage.locks import RunLock
lock = RunLock(sys.argv[1])
assert lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder():
    begun = []

    def hold(path):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        begun.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in begun:
        process.kill()
        process.communicate()


def recorded(state, look, pid):
    """A run that is recorded as running with this process; nobody holds its lock."""
    store = RunStore.create(state, RUN)
    for event in [started(RUN, pid=pid), planned("a")]:
        store(event)
    store.flush()
    row = look(state).find(RUN)
    store.close()
    return row


def test_the_holder_of_the_lock_is_its_process_and_gets_the_signal(state, look, holder):
    row = recorded(state, look, 0)
    assert lock_holder(state.lock(RUN)) is None
    process = holder(state.lock(RUN))
    assert lock_holder(state.lock(RUN)) == process.pid
    with MainProcess.of(state, replace(row, pid=process.pid)) as found:
        assert not found.ended(0.0)
        assert found.send(signal.SIGKILL)
        assert found.ended(10.0)
        process.wait()
        assert not found.send(signal.SIGTERM)


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(state, look):
    assert MainProcess.of(state, recorded(state, look, os.getppid())) is None


def test_a_run_whose_holder_is_not_the_recorded_process_is_refused(state, look, holder):
    row = recorded(state, look, os.getppid())
    holder(state.lock(RUN))
    with pytest.raises(DagjobStateError, match="container"):
        MainProcess.of(state, row)


def test_a_run_of_another_machine_is_refused(state, look):
    with pytest.raises(DagjobStateError, match='machine "elsewhere"'):
        MainProcess.of(state, replace(recorded(state, look, os.getppid()), host="elsewhere"))
