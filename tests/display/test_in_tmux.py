"""The board in a real tmux, under a real shell: resize, Ctrl-Z and fg, keys, Ctrl-C, a window that is closed.

Run by `make test-tmux`, once, with one Python: `DAGJOB_TESTS_TMUX=1` asks for them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from contextlib import closing

import pytest
from tmux import Tmux

if not os.environ.get("DAGJOB_TESTS_TMUX"):
    pytest.skip("make test-tmux runs them", allow_module_level=True)
if shutil.which("tmux") is None:
    pytest.skip("there is no tmux here", allow_module_level=True)

JOBS = """
import os, signal, time
from dagjob import RetryPolicy, job, op

def until(name):
    while not os.path.exists(name):
        time.sleep(0.02)

@op
def waits(context):
    context.progress(1, 4, "parts")
    print("something to read")
    until("go")

@op(tags={"dagjob/timeout": "2"})
def in_time():
    until("soon")

@op
def fails():
    raise ValueError("no good")

@op
def deaf():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf from now on", flush=True)
    until("go")

@op(retry_policy=RetryPolicy(max_retries=3, delay=60))
def again():
    raise ValueError("not yet")

@job
def many():
    waits(); in_time()

@job
def mixed():
    waits(); fails()

@job
def stubborn():
    deaf()

@job
def retried():
    again()
"""


@pytest.fixture
def tmux(project, clean_env, tmp_path):
    project("jobs.py", JOBS)
    window = Tmux(tmp_path, project(), clean_env)
    yield window
    window.close()


def run(tmux: Tmux, *args: str) -> None:
    tmux.line(sys.executable, "-m", "dagjob", "run", *args)
    tmux.until(lambda text: "? help" in text)


def code_of(tmux: Tmux) -> int:
    """The exit code of the last command, once the shell asks for the next one."""
    tmux.until(lambda text: text.rstrip().endswith("$"))
    tmux.keys("-l", "echo code=$?; stty -a | grep -cE ' icanon .* echo ' ")
    tmux.keys("Enter")
    text = tmux.until(lambda text: "code=" in text.replace("code=$?", "") and text.rstrip().endswith("$"))
    assert tmux.cursor_is_visible
    return int(text.replace("code=$?", "").rpartition("code=")[2].split()[0])


def boards(tmux: Tmux) -> int:
    """How many boards stand on the screen and in what has left it."""
    return tmux.text.count("? help")


def test_a_resize_in_the_middle_leaves_one_board(tmux, project):
    run(tmux, "jobs.py:mixed")
    for columns, lines in ((160, 45), (70, 20), (50, 10), (100, 30)):
        tmux.resize(columns, lines)
        shown = "1 failed" if columns >= 60 else "mixed 0/2"
        tmux.until(lambda text, shown=shown: shown in text)
    tmux.until(lambda _: boards(tmux) == 1)
    (project() / "go").touch()
    assert code_of(tmux) == 1
    assert tmux.text.count("fails failed") == 1
    assert boards(tmux) == 0


def test_ctrl_z_stops_the_ops_too_and_no_timeout_counts_it(tmux, project):
    run(tmux, "jobs.py:many")
    tmux.keys("C-z")
    tmux.until(lambda text: "Stopped" in text and text.rstrip().endswith("$"))
    assert boards(tmux) == 0
    assert tmux.cursor_is_visible
    stopped = time.monotonic()
    while time.monotonic() < stopped + 2.2:  # Longer than the op may take.
        time.sleep(0.1)
    tmux.line("bg")
    tmux.until(lambda text: text.rstrip().endswith("$"))
    tmux.line("echo", "the shell is mine")
    tmux.until(lambda text: text.count("the shell is mine") == 2)
    assert boards(tmux) == 0  # Nothing is drawn into what others write.
    tmux.line("fg")
    tmux.until(lambda _: boards(tmux) == 1)
    (project() / "soon").touch()
    (project() / "go").touch()
    assert code_of(tmux) == 0


def test_keys_are_no_text_and_do_what_they_say(tmux, project):
    run(tmux, "jobs.py:mixed")
    tmux.until(lambda text: "1 failed" in text)
    tmux.keys("t")
    tmux.until(lambda text: "0/2 done, 1 running, 1 failed" in text)
    tmux.keys("?")
    tmux.until(lambda text: "go on with fg" in text)
    tmux.keys("?", "f")
    tmux.until(lambda text: "f all" in text)
    (project() / "go").touch()
    assert code_of(tmux) == 1
    assert "command not found" not in tmux.text


@pytest.mark.parametrize(("job", "times", "code"), [("many", 1, 130), ("stubborn", 2, 130), ("retried", 1, 1)], ids=str)
def test_ctrl_c_in_each_state_gives_the_terminal_back(tmux, job, times, code):
    run(tmux, f"jobs.py:{job}")
    begun = {"retried": "attempt 2 of 4", "stubborn": "deaf from now on"}.get(job, "")
    tmux.until(lambda text: begun in text)
    tmux.keys("C-c")
    if times > 1:
        tmux.until(lambda text: "stopping, ctrl-c again: kill" in text)
        tmux.keys("C-c")
    assert code_of(tmux) in (code, 130)
    assert "dagjob resume" in tmux.text


def test_a_window_that_is_closed_cancels_the_run(tmux, project):
    run(tmux, "jobs.py:many")
    tmux.close()
    stop = time.monotonic() + 30
    status = "running"
    while status == "running" and time.monotonic() < stop:
        with closing(sqlite3.connect(project() / ".dagjob" / "dagjob.db")) as database:
            [(status,)] = database.execute("SELECT status FROM runs")
        time.sleep(0.1)
    assert status == "canceled"
