"""Runs of a parent that has closed stdin, stdout or stderr, as cron jobs and daemons do."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

JOBS = """
import os, sys
from dagjob import job, op

@op
def talks():
    print("out")
    print("err", file=sys.stderr)
    os.system("echo from a child")
    assert os.read(0, 1) == b""

@job
def speaks():
    talks()
"""
CLOSED = [fds for count in (1, 2, 3) for fds in itertools.combinations(range(3), count)]


STARTER = """
import os, sys
from dagjob.__main__ import main
import dagjob.launch.launch, dagjob.storage.runs  # once, not in each of them
combinations, folder, words = eval(sys.argv[1]), sys.argv[2], sys.argv[3:]
runs = {}
for fds in combinations:
    pid = os.fork()
    if pid == 0:
        for fd in fds:
            os.close(fd)
            setattr(sys, ("stdin", "stdout", "stderr")[fd], None)  # as Python does
        sys.argv[1:] = ["--home", os.path.join(folder, "".join(map(str, fds))), *words]
        os._exit(main())
    runs[pid] = fds
codes = {runs[pid]: os.waitstatus_to_exitcode(status) for pid, status in (os.wait() for _ in list(runs))}
sys.exit(f"not well: {codes}" if any(codes.values()) else 0)
"""


@pytest.mark.parametrize("method", ["preloaded", "lean", "spawn", "in_process"])
def test_whichever_streams_are_closed_ops_run_and_what_they_print_is_kept(
    method: str, project: Callable[..., Path], clean_env: dict[str, str], tmp_path: Path
) -> None:
    project("jobs.py", JOBS)
    chosen = {"execution": {"config": {"multiprocess": {"start_method": {method: {}}}}}}
    how = ["-e", method] if method == "in_process" else ["--config-json", json.dumps(chosen)]
    command = [sys.executable, "-P", "-c", STARTER, repr(CLOSED), str(tmp_path), "run", "jobs.py:speaks", *how]
    nowhere = subprocess.DEVNULL
    subprocess.run(command, cwd=project(), env=clean_env, stdin=nowhere, stdout=nowhere, check=True, timeout=120)
    for fds in CLOSED:
        [log] = tmp_path.glob(f"{''.join(map(str, fds))}/runs/*/logs/talks.1.out")
        assert sorted(log.read_text().splitlines()) == ["err", "from a child", "out"]
