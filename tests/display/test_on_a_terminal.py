"""The board of a real run on a real terminal: what a person types is done, and the terminal is as before, however it ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import termios
from contextlib import closing

import pytest
from pseudo_terminal import PseudoTerminal

if not hasattr(os, "openpty"):
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)

JOBS = """
import os, time
from dagjob import job, op

@op
def waits(context):
    print("line of waits")
    while not os.path.exists("go"):
        time.sleep(0.02)

@op
def dies():
    while not os.path.exists("go"):
        time.sleep(0.02)
    os.kill(os.getpid(), 9)

@op
def progresses(context):
    while not os.path.exists("go"):
        time.sleep(0.02)
    context.progress(1, 2)
    time.sleep(9)

@op
def fails():
    raise ValueError("no good")

@job
def good():
    waits()

@job
def deadly():
    dies()

@job
def progressing():
    progresses()

@job
def mixed():
    waits()
    fails()
"""


@pytest.fixture
def terminal(project, clean_env):
    project("jobs.py", JOBS)
    opened = []

    def start(*args: str, **more) -> PseudoTerminal:
        opened.append(PseudoTerminal("run", *args, cwd=project(), env=clean_env, **more))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def main_process(terminal: PseudoTerminal) -> int:
    """The launcher has become the command, so it is the process that was started."""
    return terminal.process.pid


def go(project) -> None:
    (project() / "go").touch()


@pytest.mark.parametrize(
    ("job", "act", "code"),
    [
        ("good", go, 0),
        ("deadly", go, 1),
        ("good", signal.SIGTERM, 143),
        ("good", signal.SIGQUIT, -signal.SIGQUIT),
        ("good", "\x03", 130),
        ("good", "\x1c", -signal.SIGQUIT),
    ],
    ids=["success", "a child is killed", "SIGTERM", "SIGQUIT", "ctrl-c", "ctrl-backslash"],
)
def test_the_terminal_is_as_before_after_every_end(terminal, project, job, act, code):
    shown = terminal(f"jobs.py:{job}")
    shown.until_shown("? help")
    assert not shown.is_as_before()
    if callable(act):
        act(project)
    elif isinstance(act, str):
        shown.type(act)
    else:
        os.kill(main_process(shown), act)
    assert shown.wait() == code
    assert shown.is_as_before()
    assert "? help" not in "\n".join(shown.shown.shown) or act in (signal.SIGQUIT, "\x1c")


def test_an_error_of_our_own_gives_the_terminal_back(terminal, project):
    """A sink of the user's that ends the process in the middle of the run."""
    project("leaves.py", "import sys\ndef on_event(event):\n    if type(event).__name__ == 'Progressed': sys.exit(5)\n")
    shown = terminal("jobs.py:progressing", "--sink", "leaves:on_event")
    shown.until_shown("? help")
    go(project)
    assert shown.wait() != 0
    assert shown.is_as_before()


def test_keys_do_what_the_board_says(terminal, project):
    shown = terminal("jobs.py:mixed", columns=160, lines=40)
    shown.until(lambda text: "log tail (l hides)" in text and "line of waits" in text)
    shown.type("l")
    shown.until(lambda _: "log tail (l hides)" not in "\n".join(shown.shown.shown))
    shown.type("f")
    shown.until(
        lambda _: "waits  " not in "\n".join(shown.shown.shown[-6:]) and "f all" in "\n".join(shown.shown.shown)
    )
    shown.type("f?")
    shown.until_shown("with all ops; go on with fg")
    shown.type("?\r")
    shown.until_shown("0/2 done, 1 running, 1 failed")
    shown.type("s")
    shown.until_shown("in waits")
    shown.resize(70, 12)
    shown.until(lambda _: sum("ctrl-c stop" in line for line in shown.shown.shown) == 1)
    go(project)
    assert shown.wait() == 1
    assert shown.is_as_before()


def test_no_keys_are_read_where_nobody_is_to_be_asked(terminal, project):
    shown = terminal("jobs.py:good", "--no-input")
    shown.until_shown("ctrl-c stop")
    assert "? help" not in shown.text
    assert shown.modes == termios.tcgetattr(shown._theirs)
    go(project)
    assert shown.wait() == 0


def test_a_signal_asks_how_the_run_stands(terminal, project):
    shown = terminal("jobs.py:good", "--format", "plain")
    shown.until(lambda _: (project() / ".dagjob").exists() and b"run " in shown.raw)
    os.kill(main_process(shown), signal.SIGUSR1)
    shown.until_shown("0/1 done, 1 ")
    go(project)
    assert shown.wait() == 0


def test_a_run_whose_terminal_vanishes_is_canceled_and_recorded(terminal, project):
    shown = terminal("jobs.py:good")
    shown.until_shown("? help")
    shown.vanish()
    assert shown.process.wait(30) == 129
    with closing(sqlite3.connect(project() / ".dagjob" / "dagjob.db")) as database:
        [(status, reason)] = database.execute("SELECT status, failure_reason FROM runs")
    assert (status, reason) == ("canceled", "UNEXPECTED_TERMINATION")


IN_PROCESS = """
import os, sys, time
from dagjob import job, op

@op
def here():
    print("before", flush=True)
    open("began", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.02)
    print("after", flush=True)

@job
def alone():
    here()
"""


def test_an_op_of_this_process_is_told_of_while_it_runs_and_its_output_stays_its_own(terminal, project):
    project("here.py", IN_PROCESS)
    shown = terminal("here.py:alone", "-e", "in_process")
    shown.until(lambda _: (project() / "began").exists())
    os.kill(main_process(shown), signal.SIGUSR1)
    shown.until_shown("0/1 done, 1 running")
    go(project)
    assert shown.wait() == 0
    assert shown.is_as_before()
    [log] = (project() / ".dagjob").rglob("*.out")
    assert log.read_text() == "before\nafter\n"
