"""A worker whose main process is gone: whatever it still has to say ends it, and shows nothing."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys

import pytest

LONELY = """
import os
from dagjob.engine.ports import StepDone
from dagjob.events import LogWritten
from dagjob.executors.child import Line
from dagjob.executors.frames import DONE, END

read, write = os.pipe()
line = Line(write, os.getpid())
os.close(read)
line.{what}
print("still here")
"""


@pytest.mark.parametrize(
    "what",
    [
        "say_hello()",
        "send(DONE, b'done')",
        "send(END, b'')",
        "emit(LogWritten(0.0, 'one', 1, 'INFO', 'x' * 100_000))",
    ],
)
def test_a_worker_that_nobody_listens_to_goes_without_a_word(what: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LONELY.format(what=what)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")


@pytest.mark.parametrize("what", ["say_hello()", "send(END, b'')"])
def test_a_worker_to_whom_nobody_listens_takes_along_what_its_op_has_started(what: str):
    """Who would end that otherwise, the template, may have been killed together with the main process."""
    lives, mark = os.pipe()
    program = 'import os; os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)'
    script = f"{program}\n{LONELY.format(what=what)}"
    worker = subprocess.Popen(
        [sys.executable, "-c", script], pass_fds=[mark], process_group=0, stdout=subprocess.DEVNULL
    )
    try:
        os.close(mark)
        worker.wait(30)
        assert select.select([lives], [], [], 20.0)[0], "its program lives on"
        assert os.read(lives, 1) == b""
    finally:
        os.close(lives)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
