"""An op that changes its process, empties `sys.path` or patches the standard library, and then fails: it is reported, and the
next op runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

JOBS = """
import builtins, linecache, os, pickle, signal, sys, textwrap, time, traceback
from dagjob import In, Nothing, job, op

@op
def vandal():
    sys.path.clear()
    os.chdir("/")
    os.umask(0)
    os.environ.clear()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    linecache.getline = linecache.getlines = traceback.TracebackException = textwrap.dedent = None
    time.time = time.monotonic = time.perf_counter = pickle.dumps = pickle.loads = os.getpid = os.write = None
    builtins.open = None
    for name in ("linecache", "traceback", "tokenize"):
        sys.modules.pop(name, None)
    raise ValueError("after the damage")

@op
def later():
    import statistics
    print("mean", statistics.mean([1, 3]))
    return 1

@job
def etl():
    vandal()
    later()
"""


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn", "in_process"])
def test_an_op_that_damages_its_process_is_reported_and_the_next_one_runs(
    method: str, dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    project("jobs.py", JOBS)
    where = "in_process: {}" if method == "in_process" else f"multiprocess: {{start_method: {{{method}: {{}}}}}}"
    project("how.yaml", f"execution: {{config: {{{where}}}}}\n")
    done = (
        dagjob("run", "etl", "-c", "how.yaml", "-j", "1")
        if method != "in_process"
        else dagjob("run", "etl", "-e", method)
    )
    assert done.code == 1, done.stderr
    assert "FAILED in" in done.stderr + done.stdout
    assert "ValueError: after the damage" in done.stderr + done.stdout
    assert "1 done, 1 failed" in done.stderr + done.stdout
    assert "mean 2" in dagjob("runs", "logs", "latest", "later").stdout
    shown = dagjob("runs", "show", "latest").stdout
    assert "after the damage" in shown
    assert "jobs.py" in shown
