"""Ctrl-C while `execute_job` runs: the run is kept as canceled, and the caller gets the signal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dagjob import DagjobInstance, DagjobRunStatus

SCRIPT = """
import sys, time
from dagjob import DagjobInstance, execute_job, in_process_executor, job, multiprocess_executor, op, reconstructable
@op
def slow():
    print("begun", flush=True)
    for _ in range(600): time.sleep(0.1)  # one that begins in the moment of a signal would not notice it
@op
def after(x): ...
@job(executor_def=in_process_executor)
def here(): after(slow())
@job(executor_def=multiprocess_executor)
def elsewhere(): after(slow())
if __name__ == "__main__":
    try: execute_job(reconstructable(globals()[sys.argv[1]]), DagjobInstance.get())
    except KeyboardInterrupt: print("interrupted", flush=True)
"""


@pytest.mark.parametrize("name", ["here", "elsewhere"])
def test_ctrl_c_cancels_the_run_and_is_raised(name: str, tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "slow_jobs.py").write_text(SCRIPT)
    command = [sys.executable, "slow_jobs.py", name]
    environ = {**clean_env, "DAGJOB_HOME": str(tmp_path / "home")}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=20)[0] == "interrupted\n"
    (run,) = DagjobInstance.local_temp(str(tmp_path / "home")).get_runs()
    assert run.status is DagjobRunStatus.CANCELED
