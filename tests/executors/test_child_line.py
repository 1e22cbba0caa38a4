"""A worker whose main process is gone: whatever it still has to say ends it, and shows nothing."""

from __future__ import annotations

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
