"""The command in forks of one process that has loaded it: for tests of many commands, which cost more to start than to do.

Each fork is a command for itself: its folder, environment, output, modules of the user's. Only what dagjob itself imports is
there already. What a start costs, what it loads and how it dies is tested with real starts (`dagjob` of the outer conftest).
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SERVER = r"""
import json, os, sys, tempfile
import dagjob.__main__, dagjob.cli.arguments, dagjob.cli.backfill, dagjob.cli.commands, dagjob.cli.partitions
import dagjob.display.plain, dagjob.executors.shared, dagjob.executors.template, dagjob.launch.backfill
import dagjob.partitions.chosen, dagjob.plan.build, dagjob.storage.history

def be_the_command(order, out, err):
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    for fd, file in enumerate((os.open(os.devnull, os.O_RDONLY), out.fileno(), err.fileno())):
        os.dup2(file, fd)
    sys.argv = ["dagjob", *order["args"]]
    return dagjob.__main__.main()

while line := sys.stdin.buffer.readline():
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = be_the_command(json.loads(line), out, err)
                sys.stdout.flush()
                sys.stderr.flush()
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode())
    print(json.dumps([code, *told]), flush=True)
"""


class Finished(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


class Forks:
    """A process that does commands, each in a fork of itself, one after the other."""

    def __init__(self) -> None:
        env = {**os.environ, "PYTHONUTF8": "1"}
        command = [sys.executable, "-P", "-c", SERVER]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)

    def run(self, args: tuple[str, ...], cwd: Path, env: dict[str, str], timeout: float = 60) -> Finished:
        """A command, until it ends."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"args": args, "cwd": str(cwd), "env": env}).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], timeout)
        assert ready, f"{args} takes longer than {timeout:g} s"
        return Finished(*json.loads(process.stdout.readline()))

    def close(self) -> None:
        """No more commands."""
        self._process.communicate()
