"""Terminals, pipes, CI systems, locales and colours, in every combination: what is shown where, and nothing that breaks."""

from __future__ import annotations

import fcntl
import io
import itertools
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from planted_history import Ask, Plant, run_events

from dagjob.cli.running import shown_as
from dagjob.cli.session import Session
from dagjob.cli.terminal import shows_unicode, wants_color
from dagjob.launch.settings import Settings
from dagjob.storage.paths import StateDir

Run = Callable[..., Any]
Project = Callable[..., Path]


class Stream(io.StringIO):
    """A stream that is a terminal or not."""

    encoding = "utf-8"

    def __init__(self, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


SET: Mapping[str, tuple[str | None, ...]] = {
    "NO_COLOR": (None, "", "1"),
    "FORCE_COLOR": (None, "", "0", "1"),
    "CLICOLOR_FORCE": (None, "1"),
    "CI": (None, "true"),
    "GITHUB_ACTIONS": (None, "true"),
    "TERM": ("xterm-256color", "dumb"),
}
ENVIRONMENTS = [
    {name: value for name, value in zip(SET, values, strict=True) if value is not None}
    for values in itertools.product(*SET.values())
]


def test_what_decides_about_colour_is_asked_in_its_order() -> None:
    for environ, option, tty in itertools.product(ENVIRONMENTS, (None, "auto", "always", "never"), (True, False)):
        answers = (
            {"always": True, "never": False}.get(option or "auto"),
            False if environ.get("NO_COLOR") else None,
            True if environ.get("FORCE_COLOR") == "1" or "CLICOLOR_FORCE" in environ else None,
            True if "CI" in environ and "GITHUB_ACTIONS" in environ else None,
            tty and environ["TERM"] != "dumb",
        )
        expected = next(answer for answer in answers if answer is not None)
        assert wants_color(option, environ, Stream(tty)) is expected, (environ, option, tty)


def test_a_board_is_put_up_where_a_person_looks_on_whatever_is_said_about_colour(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for environ, tty in itertools.product(ENVIRONMENTS, (True, False)):
        monkeypatch.setattr(sys, "stderr", Stream(tty))
        session = Session(None, Settings(), StateDir(str(tmp_path)), "auto", 0, False, environ)
        person = tty and "CI" not in environ and environ["TERM"] != "dumb"
        assert shown_as(session, None) == ("board" if person else "plain",), (environ, tty)
        assert shown_as(session, "json") == ("json", "board" if person else "plain")
        assert shown_as(session, "jsonl") == ("jsonl",)
        assert shown_as(session, None, dry_run=True) == ("plain",)


@pytest.mark.parametrize(
    ("encoding", "environ", "unicode"),
    [
        ("utf-8", {}, True),
        ("utf-8", {"LANG": "de_DE.UTF-8"}, True),
        ("utf-8", {"LANG": "C.UTF-8"}, True),
        ("utf-8", {"LC_CTYPE": "C.UTF-8"}, True),
        ("utf-8", {"LANG": "C"}, False),
        ("utf-8", {"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ("utf-8", {"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        ("utf-8", {"LC_ALL": "POSIX"}, False),
        ("utf-8", {"LC_ALL": "C", "PYTHONUTF8": "1"}, True),
        ("utf-8", {"LC_ALL": "", "LANG": "en_US.UTF-8"}, True),
        ("UTF8", {}, True),
        ("ascii", {}, False),
        ("iso-8859-1", {"LANG": "de_DE.ISO-8859-1"}, False),
        (None, {}, False),
    ],
)
def test_signs_beyond_ascii_are_for_who_can_show_them(
    encoding: str | None, environ: dict[str, str], unicode: bool
) -> None:
    assert shows_unicode(encoding, environ) is unicode


# -- what stands on stdout -----------------------------------------------------------------------------------------

JOBS = r"""
import os
import sys
from dagjob import Config, DailyPartitionsDefinition, job, op

print("imported")

class Size(Config):
    size: int = 1

@op
def hostile(config: Size):
    print("half \x1b[3", "\x1b]0;title", "x" * 1_000_000, "over\rwritten", "\x9b2J", "::error::forged", sep="\n")
    sys.stdout.flush()
    os.write(1, b"\xff\xfe no text \xc3\n")
    return "\x1b[2J"

@op
def fails(text):
    print("\x1b[31mred", "\x1b[", sep="\n")
    raise ValueError("zürich \x1b[31m " + "w" * 10_000 + "\r::error::\x1b]0;t\x07")

@job
def good():
    hostile()

@job
def bad():
    fails(hostile())

@job(partitions_def=DailyPartitionsDefinition("2026-11-01", end_date="2026-11-05"))
def daily():
    hostile()
"""
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HERE = ("-c", "here.yaml")


def one_json(text: str) -> None:
    json.loads(text)


def json_lines(text: str) -> None:
    assert [json.loads(line) for line in text.splitlines()]


def words(*expected: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        assert tuple(text.split()) == expected

    return check


def lines(text: str) -> None:
    assert text.endswith("\n") and "imported" not in text


def nothing(text: str) -> None:
    assert text == ""


def an_id(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f-]{36}\n", text)


ON_STDOUT: Mapping[tuple[str, ...], Callable[[str], None]] = {
    ("run", "good", *HERE): nothing,
    ("run", "good", *HERE, "-f", "jsonl"): json_lines,
    ("run", "good", *HERE, "-f", "json"): one_json,
    ("run", "good", *HERE, "-q"): an_id,
    ("run", "good", *HERE, "-n", "-f", "json"): one_json,
    ("list", "-f", "json"): one_json,
    ("list", "-f", "names"): words("jobs.py:bad", "jobs.py:daily", "jobs.py:good"),
    ("list", "-f", "plain"): lines,
    ("show", "good", "-f", "json"): one_json,
    ("validate", "-f", "json"): one_json,
    ("validate", "-f", "concise"): nothing,
    ("graph", "bad", "-f", "json"): one_json,
    ("graph", "bad", "-f", "mermaid"): lines,
    ("config", "show", "good", "-f", "json"): one_json,
    ("config", "new", "good"): lines,
    ("schema", "good"): one_json,
    ("partitions", "list", "daily"): words("2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"),
    ("partitions", "status", "daily", "-f", "json"): one_json,
    ("backfill", "daily", "--last", "2", "-n"): lines,
    ("backfill", "daily", "--last", "1", *HERE, "-f", "json"): one_json,
}


def test_stdout_has_only_the_answer_also_where_colour_is_forced(project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS)
    project("here.yaml", "execution: {config: {in_process: {}}}\n")
    for command, check in ON_STDOUT.items():
        done = dagjob(*command, env={"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"})
        assert done.code == 0, (command, done.stderr)
        assert OBEYED.findall(done.stdout) == [], command
        check(done.stdout)


PAST: Mapping[tuple[str, ...], Callable[[str], None]] = {
    ("runs", "-f", "json"): one_json,
    ("runs", "list", "-f", "ids"): words("first-run"),
    ("runs", "list", "-f", "plain"): lines,
    ("runs", "list", "-q"): words("first-run"),
    ("runs", "show", "-f", "json"): one_json,
    ("runs", "logs", "-f", "json"): one_json,
    ("runs", "events"): json_lines,
    ("runs", "events", "-f", "json"): one_json,
    ("runs", "stats", "-f", "json"): one_json,
    ("runs", "diff", "latest", "latest", "-f", "json"): one_json,
    ("runs", "prune", "--keep", "9", "-n", "-f", "json"): one_json,
    ("runs", "path"): lines,
    ("completions", "bash"): lines,
    ("explain", "DJ201"): lines,
}


def test_nor_has_that_of_a_command_about_the_past(ask: Ask, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(run_events("first-run", "daily"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    for command, check in PAST.items():
        code, out, err = ask(*command)
        assert (code, err) == (0, ""), command
        check(out)
        if command[-1] != "latest":
            assert "\x1b" not in out or "-f" not in command, command


# -- what an op prints ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["plain", "board"])
def test_no_output_of_an_op_breaks_a_screen(form: str, project: Project, dagjob: Run) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "bad", "-f", form, "--show-output", "all", "--color", "never", env={"COLUMNS": "80"})
    assert done.code == 1 and done.stdout == ""
    shown = (
        re.sub(r"\x1b\[(\?(2026|25|7)[hl]|\d*[ABCDGJK]|m)|\r(?=\n)", "", done.stderr)
        if form == "board"
        else done.stderr
    )
    assert OBEYED.findall(shown) == []
    assert "zürich" in shown and "half" in shown
    assert max(map(len, shown.split("\n"))) < 2_100


@pytest.mark.parametrize(
    "surroundings",
    [{"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii:strict"}],
)
def test_a_stream_that_knows_only_ascii_gets_only_that(
    surroundings: dict[str, str], project: Project, clean_env: dict[str, str]
) -> None:
    project("jobs.py", 'from dagjob import job, op\n@op\ndef a(): raise ValueError("zürich")\n@job\ndef bad(): a()\n')
    env = {name: value for name, value in clean_env.items() if name not in ("PYTHONUTF8", "LC_ALL", "LANG", "LC_CTYPE")}
    command = [sys.executable, "-m", "dagjob", "run", "bad", "-e", "in_process"]
    done = subprocess.run(command, cwd=project(), env=env | surroundings, capture_output=True, timeout=60)
    assert done.returncode == 1 and b"UnicodeEncodeError" not in done.stderr
    assert b"> 3 |" in done.stderr and "❱".encode() not in done.stderr
    if "PYTHONIOENCODING" in surroundings:
        assert done.stderr.isascii() and b"z\\xfcrich" in done.stderr


# -- real terminals, readers that go away --------------------------------------------------------------------------


def on_a_terminal(
    command: list[str], cwd: Path, env: Mapping[str, str], columns: int = 80, rows: int = 24
) -> tuple[int, str]:
    """Run a command on a terminal of that size; its exit code and all that it has shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        [sys.executable, "-m", "dagjob", *command],
        cwd=cwd,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    shown = b""
    os.set_blocking(ours, True)
    import threading

    def read() -> None:
        nonlocal shown
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                return
            if not chunk:
                return
            shown += chunk

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(timeout=60)
    assert termios.tcgetattr(theirs) == before
    os.close(theirs)
    reader.join(timeout=10)
    os.close(ours)
    return code, shown.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("more", "columns", "board", "color"),
    [
        ({"TERM": "xterm"}, 80, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, 20, True, False),
        ({"TERM": "dumb"}, 20, False, False),
        ({"TERM": "xterm", "CI": "1"}, 80, False, True),
    ],
)
def test_a_run_on_a_real_terminal(
    more: dict[str, str], columns: int, board: bool, color: bool, project: Project, clean_env: dict[str, str]
) -> None:
    project("jobs.py", JOBS)
    code, shown = on_a_terminal(["run", "bad", "-e", "in_process"], project(), clean_env | more, columns)
    assert code == 1
    assert ("FAILED in" in re.sub(r"\x1b\[\d*m", "", shown)) is not board, shown
    assert ("\x1b[31m" in shown or "\x1b[1;31m" in shown) is color
    if not board and not color:
        assert "\x1b" not in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")
def test_an_exit_code_stays_what_it_is_where_nobody_can_be_told(project: Project, clean_env: dict[str, str]) -> None:
    project("jobs.py", JOBS.replace('print("imported")', ""))
    commands = {"run nothing": 5, "explain DJ9999": 5, "run good --pool x=1 -e in_process": 0, "--nothing": 2}
    for command, code in {**{f"{each} 2>/dev/full": code for each, code in commands.items()}, "run no 2>&-": 5}.items():
        line = f'exec "$0" -m dagjob {command}'
        done = subprocess.run(["sh", "-c", line, sys.executable], cwd=project(), env=clean_env, capture_output=True)
        assert (done.returncode, done.stderr) == (code, b""), line


def test_a_reader_that_has_enough_ends_a_command_quietly(project: Project, clean_env: dict[str, str]) -> None:
    project("jobs.py", JOBS.replace('print("imported")', ""))
    line = '"$0" -m dagjob run good -f jsonl | head -1 >/dev/null; echo ${PIPESTATUS[0]}'
    done = subprocess.run(["bash", "-c", line, sys.executable], cwd=project(), env=clean_env, capture_output=True)
    assert (done.stdout.strip(), done.stderr) in (
        (b"141", b""),
        (b"0", b""),
    )  # 0: it was through before the reader left
    line = '"$0" -m dagjob runs list -f plain; "$0" -m dagjob runs events | head -1'
    done = subprocess.run(["bash", "-c", line, sys.executable], cwd=project(), env=clean_env, capture_output=True)
    assert b"\tgood\tsuccess\t" in done.stdout and b'"run.start"' in done.stdout and done.stderr == b""
