"""A command that is forked for a test has the surroundings of one that is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from forked_commands import ForkedCommands

FACTS = """
import json, os, signal, sys, threading
from dagjob import job, op

main = sys.modules["__main__"]
facts = {
    "argv": sys.argv,
    "path": sys.path,
    "flags": repr(sys.flags),
    "main": [main.__file__, main.__package__, main.__spec__.name],
    "here": os.getcwd(),
    "environment": dict(os.environ),
    "signals": {number.name: repr(signal.getsignal(number)) for number in signal.Signals},
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "files": sorted(os.listdir("/proc/self/fd")),
    "streams": [[one.encoding, one.errors, one.line_buffering, one.isatty(), one.seekable()]
                for one in (sys.stdin, sys.stdout, sys.stderr)],
    "group": os.getpgrp(),
    "mask": os.umask(0o022),
    "threads": threading.active_count(),
    "read": sys.stdin.read(),
}
with open(os.environ["FACTS"], "w") as file:
    json.dump(facts, file)

@op
def one(): ...

@job
def only(): one()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="commands are forked on Linux only")
def test_its_surroundings_are_the_same(
    project: Callable[..., Path], clean_env: dict[str, str], forked_commands: ForkedCommands, tmp_path: Path
) -> None:
    project("jobs.py", FACTS)
    env = {**clean_env, "FACTS": str(tmp_path / "facts"), "COLUMNS": "70"}
    args = ("list", "jobs.py", "-f", "json")
    forked = forked_commands.run(args, "read this", project(), env, 60)
    facts = json.loads((tmp_path / "facts").read_text())
    line = [sys.executable, "-m", "dagjob", *args]
    started = subprocess.run(line, cwd=project(), env=env, input="read this", capture_output=True, text=True)
    assert facts == json.loads((tmp_path / "facts").read_text())
    assert forked == (started.returncode, started.stdout, started.stderr)
    assert facts["read"] == "read this"


@pytest.mark.skipif(sys.platform != "linux", reason="commands are forked on Linux only")
def test_its_end_is_told_however_it_ends(
    project: Callable[..., Path], clean_env: dict[str, str], forked_commands: ForkedCommands
) -> None:
    project("kills.py", "import os; os.kill(os.getpid(), 9)")
    project("hangs.py", "import time; print('begun', flush=True); time.sleep(600)")
    assert forked_commands.run(["list", "kills.py"], "", project(), clean_env, 60) == (-9, "", "")
    with pytest.raises(subprocess.TimeoutExpired):
        forked_commands.run(["list", "hangs.py"], "", project(), clean_env, 0.5)
    assert forked_commands.run(["--version"], "", project(), clean_env, 60)[0] == 0
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
