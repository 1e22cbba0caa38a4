"""Ctrl-C before a command begins and after it is done: it is never lost, and nobody sees a traceback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENTRY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["dagjob"].split(":")

INTERRUPTED = """
import os, runpy, signal, sys

class InterruptsImport:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in {modules}:
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.{handler})  # who runs the tests in the background has switched it off
sys.meta_path.insert(0, InterruptsImport)
"""
STARTS = {
    "dagjob": f"from {ENTRY[0]} import {ENTRY[1]} as main; sys.exit(main())",  # What an installer makes of the entry.
    "python -m dagjob": """
sys.orig_argv = [sys.executable, "-P", "-m", "dagjob", *sys.argv[1:]]
sys.argv[0] = "-m"
runpy.run_module("dagjob", run_name="__main__", alter_sys=True)
""",
}


@pytest.fixture
def started(project: Callable[..., Path], clean_env: dict[str, str]) -> Callable[..., tuple[int, str, str]]:
    """`started("list")` is a command from its first line on, with SIGINT when Python looks for one of `at`."""

    def run(
        *words: str, at: str = "", start: str = "dagjob", handler: str = "default_int_handler"
    ) -> tuple[int, str, str]:
        code = INTERRUPTED.format(modules=at.split(), handler=handler) + STARTS[start]
        command = [sys.executable, "-P", "-c", code, *words]
        done = subprocess.run(command, cwd=project(), env=clean_env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("start", "module", "code"),
    [
        ("dagjob", "dagjob", -signal.SIGINT),
        ("dagjob", "dagjob.__main__", -signal.SIGINT),
        ("dagjob", "dagjob.cli.arguments", -signal.SIGINT),
        ("dagjob", "dagjob.cli.list", 130),
        ("python -m dagjob", "dagjob.__main__", -signal.SIGINT),
        ("python -m dagjob", "dagjob.cli.list", 130),
    ],
)
def test_an_interrupt_while_a_command_is_loaded_leaves_no_traceback(
    start: str, module: str, code: int, started: Callable[..., tuple[int, str, str]]
) -> None:
    assert started("list", at=module, start=start) == (code, "", "")


def test_who_was_started_with_interrupts_ignored_keeps_that(
    project: Callable[..., Path], started: Callable[..., tuple[int, str, str]]
) -> None:
    project("jobs.py", "from dagjob import job, op\n\n@op\ndef load(): ...\n\n@job\ndef daily(): load()\n")
    modules = "dagjob dagjob.cli.arguments dagjob.cli.list dagjob.engine.target"
    code, told, trouble = started("list", at=modules, handler="SIG_IGN")
    assert (code, trouble) == (0, "")
    assert "daily" in told


def test_an_interrupt_that_python_drops_is_heard(
    project: Callable[..., Path], started: Callable[..., tuple[int, str, str]]
) -> None:
    text = """
    import os, signal, threading
    from dagjob import job

    class Dropped:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    Dropped()
    threading.Event().wait(50)
    """
    project("jobs.py", text)
    assert started("list") == (130, "", "")


HANGS_AT_THE_END = """
import atexit, os, signal, threading
from dagjob import job, op

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

def hang():
    threading.main_thread().join()  # It has ended for `threading` as soon as it waits for the others.
    while not broken_off.wait(0.01):  # Python does not hear one that comes just before it waits.
        interrupt()
    threading.Event().wait(50)

broken_off = threading.Event()
atexit.register(print, "the next one")
atexit.register(interrupt)
atexit.register(broken_off.set)
{thread}

@op
def load(): ...

@job
def daily(): load()
"""


@pytest.mark.parametrize("words", ["list", "run jobs.py -e in_process"])
@pytest.mark.parametrize("thread", ["threading.Thread(target=hang).start()", ""], ids=["a thread", "none"])
def test_an_interrupt_breaks_off_what_hangs_at_the_end_without_a_traceback(
    words: str, thread: str, project: Callable[..., Path], started: Callable[..., tuple[int, str, str]]
) -> None:
    project("jobs.py", HANGS_AT_THE_END.format(thread=thread))
    code, told, trouble = started(*words.split())
    assert code == 0, trouble
    assert told.endswith("the next one\n")
    assert "Traceback" not in trouble
    assert "KeyboardInterrupt" not in trouble


AFTER_THE_RUN = """
import os, signal
from dagjob import job, op

@op
def load(): begun.append(1)

@op
def fails(): begun.append(1); raise ValueError("no")

@job
def good(): load()

@job
def bad(): fails()

begun, close = [], os.close

def close_and_interrupt(fd):
    close(fd)
    if begun and getattr(signal.getsignal(signal.SIGINT), "__name__", "") != "_heard":  # The run no longer listens.
        os.kill(os.getpid(), signal.SIGINT)

os.close = close_and_interrupt
"""


@pytest.mark.parametrize(("job", "ends"), [("good", 0), ("bad", 1)])
def test_an_interrupt_after_the_end_of_a_run_changes_nothing(
    job: str, ends: int, project: Callable[..., Path], started: Callable[..., tuple[int, str, str]]
) -> None:
    project("jobs.py", AFTER_THE_RUN)
    code, _, trouble = started("run", f"jobs.py:{job}", "-e", "in_process")
    assert code == ends, trouble
    assert "Traceback" not in trouble
    assert "KeyboardInterrupt" not in trouble


LAST_MOMENTS = """
import atexit, os, signal, sys
from dagjob import job, op

@op
def load(): ...

@job
def daily(): load()

class Last:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGINT):  # No global name is there any more.
        kill(pid, number)

{last}
"""


@pytest.mark.parametrize(
    ("last", "number"),
    [("sys.last = Last()", signal.SIGINT), ("atexit.register(os.kill, os.getpid(), signal.SIGTERM)", signal.SIGTERM)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_in_the_last_moments_ends_the_process_and_leaves_the_run_as_it_ended(
    last: str, number: signal.Signals, project: Callable[..., Path], started: Callable[..., tuple[int, str, str]]
) -> None:
    project("jobs.py", LAST_MOMENTS.format(last=last))
    code, _, trouble = started("run", "jobs.py", "-e", "in_process")
    assert code == -number, trouble
    assert "Traceback" not in trouble
    code, told, trouble = started("runs", "show", "-f", "json")
    assert (code, json.loads(told)["status"]) == (0, "success"), trouble
