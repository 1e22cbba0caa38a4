"""Whatever stands in a history, an index, a file name or an exception, no screen obeys it: no escape, no line of its own."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagjob import events as ev
from dagjob.__main__ import main
from dagjob.display.output import write_json, write_lines
from dagjob.display.sanitize import harmless
from dagjob.display.screen import Screen
from dagjob.display.style import COLORS, Style
from dagjob.storage.paths import StateDir
from dagjob.storage.runs import RunStore

PARTS = (
    "\x1b[2J", "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1b]52;c;", "\x1bP", "\x9b2J", "\x1b", "\x07", "\x08",
    "\rPWNED", "\nPWNED", "\r\n::error::PWNED", "\x85PWNED", "\u2028PWNED", "\u202e", "\x00", "\x7f", "##[error]", "é", "a", " ",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PARTS), min_size=1, max_size=6).map("".join)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OUR_COLORS = re.compile("|".join(re.escape(f"\x1b[{code}m") for code in {*COLORS.values(), "0"} if code))
KEPT = frozenset({"status", "level", "event", "code", "kind", "log", "path", "source"})
"""What has a meaning to us: with another text the run would be another one."""


def poisoned(value: Any, poison: str, key: str = "") -> Any:
    """The value with the poison behind every text in it."""
    if isinstance(value, dict):
        return {name: poisoned(each, poison, name) for name, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, poison, key) for each in value]
    return value + poison if isinstance(value, str) and key not in KEPT else value


def plant(state: StateDir, poison: str) -> None:
    """A history with an eventful run, and an index, in which every text is poisoned."""
    error = ev.ErrorInfo(
        "ValueError", "m", "boom", (ev.Frame("job.py", 3, "load", "raise x", 0, 5, 3),), notes=("n",), text="boom"
    )
    events = [
        ev.RunStarted(1e9, "run-", "daily", "jobs:daily", "multiprocess", 2, 1, tags={"team": "x"}, partition="p"),
        ev.PlanMade(1e9, (ev.PlannedOp("load", "load", ()), ev.PlannedOp("next", "next", ("load",)))),
        ev.StepStarted(1e9, "load", 1, 11, None),
        ev.LogWritten(1e9, "load", 1, "info", "half way"),
        ev.StepRetrying(1e9, "load", 1, error, 1.0, 2.5, 3),
        ev.StepStarted(1e9, "load", 2, 11, None),
        ev.OutputStored(1e9, "load", 2, "result", "io", metadata={"rows": "many"}, path="/none", bytes=5),
        ev.StepFailed(1e9, "load", 2, error, 1.0, failure=ev.FailureData("bad row", {"row": "x"})),
        ev.StepNotRun(1e9, "next", ("load",)),
        ev.RunEnded(1e9, "failed", 7.0, {"failed": 1}, "STEP_FAILURE", error, ("load",)),
    ]
    Path(state.db).unlink(missing_ok=True)
    for end in ("-wal", "-shm"):
        Path(state.db + end).unlink(missing_ok=True)
    with RunStore.create(state, "run-") as store:
        for event in events:
            store(event)
    connection = sqlite3.connect(state.db)
    with connection:
        text = {"poison": poison}
        connection.execute(
            'UPDATE runs SET job = job || :poison, target = target || :poison, "partition" = :poison', text
        )
        connection.execute("UPDATE steps SET key = key || :poison, op = op || :poison", text)
        for run, seq, step, body in connection.execute("SELECT run, seq, step, body FROM events").fetchall():
            changed = json.dumps(poisoned(json.loads(body), poison)) if body else None
            connection.execute(
                "UPDATE events SET step = ?, body = ? WHERE run = ? AND seq = ?",
                (step + poison if step else None, changed, run, seq),
            )
    connection.close()
    jobs = [
        {"name": "daily" + poison, "target": "x:" + poison, "description": poison, "ops": [poison], "config": [poison]}
    ]
    Path(state.index).write_text(json.dumps({"format": 1, "files": {}, "jobs": jobs}))


COMMANDS = (
    [],
    ["runs", "list"],
    ["runs", "list", "-f", "plain"],
    ["runs", "list", "-f", "json"],
    ["runs", "show"],
    ["runs", "show", "-f", "json"],
    ["runs", "logs"],
    ["runs", "logs", "latest", "--tb", "full"],
    ["runs", "output", "latest", "load"],
    ["runs", "events"],
    ["runs", "path"],
    ["runs", "stats", "latest"],
    ["runs", "stats"],
    ["runs", "diff", "run-", "latest"],
    ["runs", "logs", "latest", "-f", "jsonl"],
    ["list"],
    ["__complete", "zsh", "run", ""],
    ["__complete", "zsh", "runs", "show", ""],
    ["__complete", "fish", "runs", "logs", "latest", ""],
)


@pytest.fixture
def planted(project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> StateDir:
    monkeypatch.chdir(project())
    monkeypatch.setenv("NO_COLOR", "1")
    return StateDir(str(project() / ".dagjob"))


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(poison=HOSTILE)
def test_no_screen_obeys_what_a_history_or_an_index_says(
    poison: str, planted: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(planted, poison)
    for command in COMMANDS:
        code = main(command)
        shown = "".join(capsys.readouterr())
        assert code in (0, 1, 5), (command, code, shown)
        assert OBEYED.findall(shown) == [], command
        assert not [line for line in shown.split("\n") if line.strip().startswith("PWNED")], command


@given(line=HOSTILE, status=st.sampled_from(sorted(COLORS)))
def test_a_line_keeps_our_colours_and_nothing_else_that_a_terminal_obeys(line: str, status: str) -> None:
    painted = Style(color=True).paint("ours", status)
    shown = harmless(f"{painted} {line} end", color=True)
    assert shown.startswith(painted) and shown.endswith(" end")
    assert OBEYED.findall(OUR_COLORS.sub("", shown)) == []
    assert OBEYED.findall(harmless(f"{line} end")) == [] and harmless(f"{line} end").endswith(" end")


@given(text=HOSTILE)
def test_json_on_a_screen_says_the_same_and_steers_nothing(text: str) -> None:
    stream = io.StringIO()
    write_json(stream, json.dumps({"text": text}, ensure_ascii=False, indent=2))
    assert OBEYED.findall(stream.getvalue()) == []
    assert json.loads(stream.getvalue()) == {"text": text}


@given(text=HOSTILE)
def test_the_board_draws_no_text_that_a_terminal_obeys(text: str) -> None:
    plain, hostile, above = io.StringIO(), io.StringIO(), io.StringIO()
    for stream, said in ((plain, harmless(text)), (hostile, text)):
        Screen(stream, color=True).draw([((said, "failed"), (said, ""))], 80, 24)
    assert hostile.getvalue() == plain.getvalue()
    Screen(above, color=False).print_above([text], 80, 24)
    assert f"{harmless(text)}\r\n" in above.getvalue()


def test_github_finds_no_command_in_what_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    stream = io.StringIO()
    write_lines(stream, ["  ::error file=x::pwned", "a ##[error]b", "std::vector"])
    assert stream.getvalue() == "  : :error file=x::pwned\na ## [error]b\nstd::vector\n"


def test_the_class_of_an_exception_and_the_name_of_a_file_are_shown_harmless(
    project: Callable[..., Path], dagjob: Callable[..., tuple[int, str, str]]
) -> None:
    project(
        "jobs.py",
        r"""
        from dagjob import job, op

        @op
        def one():
            kind = type("Evil\x1b[2J\nPWNED", (Exception,), {})
            exec(compile("raise kind('x\x9b2J')", "evil\x1b]0;t\x07\nPWNED.py", "exec"))

        @job
        def daily():
            one()
        """,
    )
    code, _, err = dagjob("run", "daily", "-e", "in_process")
    assert code == 1 and "Evil" in err and OBEYED.findall(err) == []
    assert not [line for line in err.split("\n") if line.strip().startswith("PWNED")]
