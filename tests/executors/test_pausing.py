from __future__ import annotations

import os
import signal
import time

import pytest
from stages import Make, wait_until

from dagjob.plan.steps import Failed

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="asks Linux how a process stands")


def stands(pid: int) -> str:
    """`T` for a process that is stopped, `X` for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def test_ops_stand_still_with_the_run_and_their_timeout_does_not_count_it(open_stage: Make):
    stage = open_stage("preloaded")
    stage.submit("sleeps", timeout=0.2)
    pid = stage.pid("sleeps")
    stage.executor.pause()
    assert wait_until(lambda: stands(pid) == "T")  # As in a run, where nobody looks at the clock meanwhile.
    stage.executor.go_on(0.4)
    stage.until(lambda: stands(pid) != "T")
    outcome = stage.outcomes(1)["sleeps"]
    assert isinstance(outcome, Failed) and outcome.status == "timeout"
    began = next(event.at for event in stage.heard if type(event).__name__ == "StepStarted")
    assert time.time() - began >= 0.6


def test_what_is_stopped_still_ends_when_the_run_is_killed(open_stage: Make):
    stage = open_stage("preloaded")
    stage.submit("sleeps")
    pid = stage.pid("sleeps")
    stage.executor.pause()
    stage.until(lambda: stands(pid) == "T")
    os.kill(stage.executor.template_pid, signal.SIGKILL)
    outcome = stage.outcomes(1)["sleeps"]
    assert isinstance(outcome, Failed)
    stage.until(lambda: stands(pid) in "ZX")
