"""`dagjob runs logs`: parts of a log, a log as it grows, and the pager."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted_history import NOW, Ask, Plant, run_events

from dagjob import clock
from dagjob import events as ev
from dagjob.storage.changes import PAUSE, Changes

Project = Callable[..., Path]
ERROR = ev.ErrorInfo("ValueError", "builtins", "boom", text="ValueError: boom")


@pytest.fixture
def logged(plant: Plant, project: Project) -> None:
    """Two attempts of `load`, which print and log, and one of `next`, which logs."""
    files = []
    for attempt in (1, 2):
        file = project() / f"load.{attempt}.out"
        file.write_text(f"printed {attempt} a\nprinted {attempt} b\n")
        files.append(str(file))
    plant(
        run_events(
            "7c3f9a2d-1",
            ops=("load", "next"),
            steps=[
                ev.StepStarted(NOW, "load", 1, 11, files[0]),
                ev.LogWritten(NOW, "load", 1, "debug", "fine", offset=12),
                ev.StepRetrying(NOW, "load", 1, ERROR, 1.0, 0.0, 1),
                ev.StepStarted(NOW, "load", 2, 11, files[1]),
                ev.LogWritten(NOW, "load", 2, "warning", "odd", offset=12),
                ev.StepSucceeded(NOW, "load", 2, 1.0, None, None),
                ev.StepStarted(NOW, "next", 1, 11, None),
                ev.LogWritten(NOW, "next", 1, "error", "bad"),
                ev.StepSucceeded(NOW, "next", 1, 1.0, None, None),
            ],
        )
    )


def story(text: str) -> list[str]:
    return [re.sub(r"\d\d:\d\d:\d\d (\w+) +", r"\1 ", line) for line in text.splitlines()]


def test_parts_of_a_log_can_be_asked_for(logged: None, ask: Ask) -> None:
    second = ["-- load, attempt 2 --", "printed 2 a", "WARNING odd", "printed 2 b"]
    for words, lines in [
        ("load", ["printed 1 a", "DEBUG fine", "printed 1 b", "FAILED ValueError: boom", *second]),
        ("load --attempt 2", second[1:]),
        ("load --stream output", ["printed 1 a", "printed 1 b", second[0], "printed 2 a", "printed 2 b"]),
        ("load --stream log", ["DEBUG fine", second[0], "WARNING odd"]),
        ("load --level warning", ["FAILED ValueError: boom", second[0], "WARNING odd"]),
        ("--level error --stream log", ["next  ERROR bad"]),
        ("load --tail 2", second[-2:]),
        ("next --follow", ["ERROR bad"]),  # it has ended: all of it, and no wait
    ]:
        done = ask("runs", "logs", "latest", *words.split())
        assert (done.code, story(done.out)) == (0, lines), words
    for words, code, told in [
        ("load --attempt 3", 5, 'op "load" of run 7c3f9a2d had 2 attempts, no attempt 3'),
        ("--stream output --level info", 2, "has no level"),
        ("--level loud", 2, "--level takes one of"),
        ("--follow -f json", 2, "--format jsonl"),
        ("--attempt 0", 2, "at least 1"),
    ]:
        done = ask("runs", "logs", "latest", *words.split())
        assert (done.code, done.out) == (code, ""), words
        assert told in done.err, words


def test_a_log_as_json_is_one_document_or_a_line_for_each_line(logged: None, ask: Ask) -> None:
    document = json.loads(ask("runs", "logs", "latest", "load", "-f", "json").out)
    lines = [json.loads(line) for line in ask("runs", "logs", "latest", "load", "-f", "jsonl").out.splitlines()]
    assert document == {"run": "7c3f9a2d-1", "lines": lines}
    assert [(line["attempt"], line["stream"], line["level"], line["text"]) for line in lines[:4]] == [
        (1, "output", None, "printed 1 a"),
        (1, "log", "debug", "fine"),
        (1, "output", None, "printed 1 b"),
        (1, "error", "retrying", "ValueError: boom"),
    ]
    assert lines[3]["error"]["type"] == "ValueError"


JOBS = """
import time
from pathlib import Path
from dagjob import job, op

def wait_for(name):
    until = time.monotonic() + 30
    while not Path(name).exists() and time.monotonic() < until:
        time.sleep(0.01)

@op
def load(context):
    print("first", flush=True)
    wait_for("go")
    context.log.info("logged")
    print("half a line, ", end="", flush=True)
    context.log.info("in between")
    print("and its end", flush=True)
    wait_for("end")

@op
def other(done):
    print("other")

@job
def daily():
    other(load())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
@pytest.mark.parametrize("killed", [False, True])
def test_a_log_is_followed_until_the_run_ends_or_dies(
    killed: bool, project: Project, clean_env: dict[str, str], ask: Ask
) -> None:
    project("jobs.py", JOBS)
    line = [sys.executable, "-m", "dagjob"]
    both: dict[str, Any] = {"cwd": project(), "env": clean_env, "text": True}
    run = subprocess.Popen([*line, "run", "jobs.py", "-f", "jsonl"], stdout=subprocess.PIPE, **both)
    assert run.stdout is not None
    while '"op.start"' not in run.stdout.readline():
        pass
    follow = subprocess.Popen([*line, "runs", "logs", "--follow"], stdout=subprocess.PIPE, **both)
    assert follow.stdout is not None
    assert follow.stdout.readline() == "load  first\n"  # while the attempt goes on
    (project() / "go").touch()
    told = [story(follow.stdout.readline())[0] for _ in range(3)]
    assert told == ["load  INFO logged", "load  half a line, and its end", "load  INFO in between"]
    if killed:
        run.kill()
    else:
        (project() / "end").touch()
    rest = story(follow.stdout.read())
    assert follow.wait(30) == 0
    follow.stdout.close()
    (project() / "end").touch()
    run.communicate()
    if killed:
        assert rest[0] == "load  FAILED the main process of the run died while this op was running"
    else:
        assert rest == ["other  other"]
        assert story(ask("runs", "logs", "latest", "load").out) == [
            text.removeprefix("load  ") for text in ["first", *told]
        ]


def test_who_waits_for_changes_is_woken_by_them_and_not_too_often(tmp_path: Path) -> None:
    file = tmp_path / "file"
    begun = clock.monotonic()
    with Changes([str(tmp_path)]) as changes:
        for _ in range(2):
            file.write_text("b")
            changes.wait(30)
        assert PAUSE * 2 - 0.01 <= clock.monotonic() - begun < 10
    with Changes([str(tmp_path)], told=False) as changes:
        begun = clock.monotonic()
        changes.wait(30)
        assert PAUSE - 0.01 <= clock.monotonic() - begun < 10


@pytest.mark.skipif(sys.platform == "win32", reason="terminals")
def test_a_pager_shows_a_log_on_a_terminal_only(logged: None, project: Project, clean_env: dict[str, str]) -> None:
    import pty

    def shown(pager: str) -> str:
        here, there = pty.openpty()
        env = {**clean_env, "TERM": "xterm", "DAGJOB_PAGER": pager, "NO_COLOR": "1"}
        words = [sys.executable, "-m", "dagjob", "runs", "logs", "latest", "next"]
        done = subprocess.Popen(words, cwd=project(), env=env, stdin=there, stdout=there, stderr=there)
        os.close(there)
        text = b""
        try:
            while piece := os.read(here, 4096):
                text += piece
        except OSError:  # what Linux says when nobody has the other end any more
            pass
        os.close(here)
        assert done.wait(30) == 0
        return text.decode().replace("\r\n", "\n")

    assert re.fullmatch(r"paged \S+ ERROR    bad\n", shown("sed s/^/paged_/ | tr _ ' '"))
    assert re.fullmatch(r"\S+ ERROR    bad\n", shown(""))
    assert shown("true") == ""  # left at once
