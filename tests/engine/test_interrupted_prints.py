"""A signal that comes while what an op prints is written: it is written once, and the op is interrupted all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

PRINTS = """
import os, signal, sys, time
from dagjob.engine.interrupts import Interrupts, user_code
from dagjob.errors import DagjobExecutionInterruptedError
from dagjob.executors.child import Interruptions
from dagjob.executors.streams import flush_streams, patient_stream, settle_streams

def send(frame, event, arg):
    if frame.f_globals["__name__"] == "dagjob.builtin.patient_file" and frame.f_code.co_name == "_push":
        if event == "return":  # The system has taken it, and nobody has noted that.
            sys.settrace(None)
            os.kill(os.getpid(), signal.SIGINT)
        return send

def op():
    sys.stdout = patient_stream(1, sys.stdout)
    sys.settrace(send)
    try:
        print("begun", flush=True)
        for _ in range(500):
            time.sleep(0.01)
        print("not interrupted")
    except DagjobExecutionInterruptedError:
        print("interrupted")
    flush_streams()
    settle_streams()

def in_process():
    with Interrupts(5.0), user_code():
        op()

def in_worker():
    signal.signal(signal.SIGINT, Interruptions.on_signal)
    op()
"""


@pytest.mark.parametrize("way", ["in_process", "in_worker"])
def test_what_is_printed_when_a_signal_comes_is_printed_once(way: str) -> None:
    script = f"{PRINTS}\n{way}()"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=30)
    assert (ended.stdout, ended.stderr) == ("begun\ninterrupted\n", "")
