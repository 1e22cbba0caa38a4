"""`dagjob report` and its kin, without a browser: what the page says, and that nothing gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from planted_history import DAY, NOW, Ask, Plant, run_events, step

from dagjob import events as ev

Run = Callable[..., Any]
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page as it is parsed: its tags with their attributes, its texts by the tag around them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        """What a reader sees."""
        return "".join(data for tag, data in self.texts if tag not in ("style", "script"))

    def inside(self, tag: str) -> list[str]:
        return [data for here, data in self.texts if here == tag]

    def attributes(self, tag: str) -> list[dict[str, str]]:
        return [attrs for here, attrs in self.tags if here == tag]


def page_of(ask: Ask, *words: str) -> Page:
    answer = ask("report", *words, "-o", "-")
    assert (answer.code, answer.err) == (0, "")
    return Page(answer.out)


def test_the_page_stands_beside_the_run_and_stdout_says_where(plant: Plant, ask: Ask) -> None:
    state = plant(run_events("aaaaaaaa-1", status="failed", ops=("load", "clean")))
    answer = ask("report", "aaa")
    assert (answer.code, answer.out, answer.err) == (0, state.report("aaaaaaaa-1") + "\n", "")
    page = Page(Path(state.report("aaaaaaaa-1")).read_text(encoding="utf-8"))
    assert page.inside("title")[0] == "daily aaaaaaaa failed"
    assert "ValueError: boom" in page.text
    assert Path(state.report("aaaaaaaa-1")).stat().st_mode & 0o077 == 0
    assert ask("report", "latest:failed", "-o", "r.html").out == "r.html\n"
    assert ask("report", "latest:daily", "-o", "-").out.startswith("<!doctype html>")


def test_the_page_loads_nothing_and_runs_only_its_own_script(plant: Plant, ask: Ask) -> None:
    plant(run_events("aaaaaaaa-1", at=NOW - DAY), run_events("bbbbbbbb-1"))
    page = page_of(ask)
    [policy] = [each["content"] for each in page.attributes("meta") if each.get("http-equiv")]
    assert policy.startswith("default-src 'none'; ")
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.inside(tag)}
        [allowed] = [part for part in policy.split("; ") if part.startswith(name)]
        assert hashes == set(re.findall(r"'sha256-([^']*)'", allowed))
        assert "unsafe" not in allowed
    for _, attributes in page.tags:
        assert not {"src", "style", "srcset", "background"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")


HOSTILE = (
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]>&amp;", "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "[bold]not markup[/bold]", "\u202egnp.exe", "nul\x00byte", "half \udcff surrogate", "{{ 7*7 }}{% raw %}", "'\"` onload=x",
)  # fmt: skip


def test_hostile_texts_stay_texts(plant: Plant, ask: Ask) -> None:
    events: list[ev.Event] = []
    for number, text in enumerate(HOSTILE):
        key = f"op{number}{text}"
        begun, _ = step(key, failed=True)
        error = ev.ErrorInfo(text, text, text, (ev.Frame(text, 3, text, text),), notes=(text,), text=text)
        events += [begun, ev.LogWritten(NOW, key, 1, text, text, text), ev.StepFailed(NOW, key, 1, error, 1.0)]
    keys = tuple(f"op{number}{text}" for number, text in enumerate(HOSTILE))
    more = {"config": {text: text for text in HOSTILE}, "tags": {text: text for text in HOSTILE}}
    plant(
        run_events("aaaaaaaa-1", job=HOSTILE[0], status="failed", ops=keys, steps=events, partition=HOSTILE[0], **more)
    )
    answer = ask("report", "-o", "-")
    assert answer.code == 0, answer.err
    assert not set(answer.out) & {"\x00", "\x1b", "\x07", "\u202e", "\udcff"}
    page = Page(answer.out)
    assert page.open == []
    tags = {tag for tag, _ in page.tags}
    assert "img" not in tags
    assert len(page.inside("script")) == 1
    assert not [name for _, attributes in page.tags for name in attributes if name in ("onerror", "onload")]
    assert "[bold]not markup[/bold]" in page.text and "{{ 7*7 }}" in page.text


# -- what a run writes at its end ----------------------------------------------------------------------------------

JOBS = """
import os
from dagjob import RetryPolicy, op, job

@op(retry_policy=RetryPolicy(max_retries=1))
def flaky(context):
    print("the answer is", os.environ["API_TOKEN"])
    context.log.warning("token %s" % os.environ["API_TOKEN"])
    if context.retry_number == 0:
        raise ValueError("not yet")
    return 1

@op
def fails(x): raise KeyError("no " + os.environ["API_TOKEN"])

@job
def daily(): fails(flaky())

@job
def good(): flaky()
"""
TOKEN = {"API_TOKEN": "hunter2-and-more"}


def test_a_run_writes_its_report_and_its_trace_at_its_end(dagjob: Run, project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:daily", "--report", "o/r.html", "--trace", "o/t.json", "-e", "in_process", env=TOKEN)
    assert done.code == 1, done.stderr
    assert "full report:" not in done.stderr  # which is for a terminal
    text = (project() / "o/r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "hunter2" not in text and "******" in page.text
    assert "KeyError" in page.text and "attempt 2" in page.text and "WARNING" in page.text
    trace = json.loads((project() / "o/t.json").read_text(encoding="utf-8"))
    attempts = [each for each in trace["traceEvents"] if each["ph"] == "X"]
    assert [(each["name"], each["args"]["attempt"], each["cat"]) for each in attempts] == [
        ("flaky", 1, "failed"), ("flaky", 2, "success"), ("fails", 1, "failed"),
    ]  # fmt: skip
    assert attempts[0]["args"]["error"]["message"] == "not yet"
    assert all(each["dur"] >= 0 for each in attempts)
    again = dagjob("report", "-o", "-")  # from the history: the same, with the commands for who has it
    assert "hunter2" not in again.stdout
    assert Page(again.stdout).inside("h1") == ["daily"]


def test_a_run_without_history_has_its_report(dagjob: Run, project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py:good", "--no-state", "--report", "r.html", "-e", "in_process", env=TOKEN)
    assert done.code == 0, done.stderr
    page = Page((project() / "r.html").read_text(encoding="utf-8"))
    assert "the answer is ******" in page.text
    assert "dagjob runs logs" not in page.text  # there is nothing to look into


def test_what_does_not_begin_says_so_where_the_report_would_stand(dagjob: Run, project: Callable[..., Path]) -> None:
    project("jobs.py", JOBS)
    project("r.html", "of an earlier run")
    assert dagjob("run", "jobs.py:dialy", "--report", "r.html").code == 5
    page = Page((project() / "r.html").read_text(encoding="utf-8"))
    assert "did not begin" in page.text and "dialy" in page.text
    for option in ("--report", "--trace"):
        refused = dagjob("run", "jobs.py:good", option, "jobs.py/r")
        assert (refused.code, refused.stdout) == (2, "")
        assert f'{option}: cannot write "jobs.py/r"' in refused.stderr


# -- what stands on it ---------------------------------------------------------------------------------------------


def test_what_a_dead_run_printed_is_left_out_where_it_had_secrets(plant: Plant, ask: Ask, tmp_path: Path) -> None:
    printed = tmp_path / "load.1.out"
    printed.write_text("connecting with hunter2\n")
    steps: list[ev.Event] = [
        ev.StepStarted(NOW - 60, "load", 1, 11, str(printed)),
        ev.LogWritten(NOW - 60, "load", 1, "warning", "slow"),
    ]
    events = run_events("aaaaaaaa-1", steps=steps, resolved={"resources": {"db": {"config": {"password": "******"}}}})
    harmless = run_events("bbbbbbbb-1", steps=steps, resolved={"resources": {}})
    plant(events[:-1], harmless[:-1])  # nobody was left to tell the end
    page = page_of(ask, "aaa")
    assert "hunter2" not in page.text
    assert "slow" in page.text
    assert "nobody was left to mask secrets in it" in page.text and "dagjob runs logs aaaaaaaa load" in page.text
    assert "CRASHED" in page.text and "the main process of the run died" in page.text
    assert "connecting with hunter2" in page_of(ask, "bbb").text


def test_a_run_is_compared_with_the_median_of_those_before(plant: Plant, ask: Ask) -> None:
    def taking(run_id: str, day: int, seconds: float) -> list[ev.Event]:
        return run_events(run_id, at=NOW - day * DAY, seconds=seconds, steps=step("load", NOW - day * DAY, seconds))

    runs = [taking(f"{n}{'a' * 7}-1", 9 - n, seconds) for n, seconds in enumerate((10.0, 12.0, 11.0, 30.0, 500.0))]
    plant(*runs)
    page = page_of(ask, "3aaa")
    headings = [name for name in page.inside("span") if name in ("usual", "ratio")]
    assert headings == ["usual", "ratio"]
    assert "11.0s" in page.inside("td") and "2.7x slow" in page.inside("td")  # those after it count for nothing
    assert "Usually 11.0s (median of 3)." in page.text
    assert len([each for each in page.attributes("rect") if "this" in each.get("class", "").split()]) == 1
    page = page_of(ask, "2aaa")  # two are too few to judge by
    assert "ratio" not in page.inside("span")
    assert "2 runs of daily before this one" in page.text


def test_retries_pauses_and_waits_are_bars(plant: Plant, ask: Ask) -> None:
    at = NOW - 60
    error = ev.ErrorInfo("ConnectionError", "builtins", "reset")
    steps: list[ev.Event] = [
        *step("load", at + 1, 10.0),
        ev.StepStarted(at + 15, "fetch", 1, 11, None),
        ev.StepRetrying(at + 20, "fetch", 1, error, 5.0, 10.0, 3),
        ev.StepStarted(at + 30, "fetch", 2, 12, None),
        ev.StepSucceeded(at + 35, "fetch", 2, 5.0),
    ]
    plant(run_events("aaaaaaaa-1", at=at, ops=("load", "fetch"), steps=steps, seconds=40.0))
    page = page_of(ask)
    told = [text for text in page.inside("title") if text.startswith("fetch, ")]
    assert told == [
        "fetch, waited for a worker, 4.0s, from 11s",
        "fetch, attempt 1: failed, 5.0s, from 15s",
        "fetch, waited for the next attempt, 10.0s, from 20s",
        "fetch, attempt 2: success, 5.0s, from 30s",
    ]
    bars = [each for each in page.attributes("rect") if each.get("class") == "pause"]
    assert [(each["x"], each["width"]) for each in bars] == [("500", "250")]
    assert "critical path: load > fetch" in page.text
    assert "1 op succeeded at a later attempt" in page.text


def test_what_is_shown_alike_still_sorts(plant: Plant, ask: Ask) -> None:
    steps = [event for key, seconds in (("a", 0.0012), ("b", 0.0019)) for event in step(key, NOW, seconds)]
    plant(run_events("aaaaaaaa-1", ops=("a", "b"), steps=steps))
    assert {"0.0012", "0.0019"} <= {each.get("data-v") for each in page_of(ask).attributes("td")}


def test_two_thousand_copies_fold_into_a_page_that_opens(plant: Plant, ask: Ask) -> None:
    keys = tuple(f"parse[{number}]" for number in range(2000))
    at = NOW - 600
    steps: list[ev.Event] = [ev.StepsMapped(at, "parse[?]", keys)]
    for number, key in enumerate(keys):
        begin, end = step(key, at + number / 10, 1.0, failed=number % 500 == 3)
        said = [ev.LogWritten(at, key, 1, "info", "a line of some length " * 10) for _ in range(2)]
        steps += [begin, *said, end]
    events = run_events("aaaaaaaa-1", at=at, status="failed", steps=steps, seconds=300.0)
    events[1] = ev.PlanMade(at, (ev.PlannedOp("parse[?]", "parse", (), True),))
    plant(events)
    answer = ask("report", "-o", "-")
    page = Page(answer.out)
    assert len(answer.out) < 6_000_000
    bodies = page.attributes("tbody")
    assert [each.get("class") for each in bodies] == ["folded"]
    assert len([each for each in page.attributes("tr") if each.get("class") == "copy"]) == 2000
    assert "1,996 success, 4 failed" in page.text
    assert "and in 3 more: parse[503], parse[1003], parse[1503]" in page.text
    assert len([each for each in page.attributes("svg") if each.get("aria-label", "").startswith("parse[")]) == 21
    assert [each.get("class") for each in page.attributes("details")].count("log many") == 1


def test_of_more_copies_than_a_page_can_hold_the_gravest_have_rows(
    plant: Plant, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagjob.report.contents.MOST_COPIES", 3)
    keys = tuple(f"parse[{number}]" for number in range(10))
    steps: list[ev.Event] = [ev.StepsMapped(NOW, "parse[?]", keys)]
    for number, key in enumerate(keys):
        begin, end = step(key, NOW - 60, float(number), failed=number == 4)
        steps += [begin, ev.LogWritten(NOW - 60, key, 1, "info", "a line"), end]
    events = run_events("aaaaaaaa-1", status="failed", steps=steps)
    events[1] = ev.PlanMade(NOW - 60, (ev.PlannedOp("parse[?]", "parse", (), True),))
    plant(events)
    page = page_of(ask)
    assert len([each for each in page.attributes("tr") if each.get("class") == "copy"]) == 3
    assert "9 success, 1 failed" in page.text and "3 have a row" in page.text
    logs = [
        each.get("aria-label") for each in page.attributes("pre") if each.get("aria-label", "").startswith("log of")
    ]
    assert logs == ["log of parse[4]", "log of parse[8]", "log of parse[9]"]


def test_the_last_lines_of_an_op_stand_there_and_all_where_asked(plant: Plant, ask: Ask, tmp_path: Path) -> None:
    printed = tmp_path / "load.1.out"
    printed.write_bytes(
        b"".join(b"line %d\n" % number for number in range(5000)) + b"\xff\xfe bad utf-8 \x1b[31mred\x00\n"
    )
    begun, ended = step("load")
    begun = ev.StepStarted(begun.at, "load", 1, 11, str(printed))
    plant(run_events("aaaaaaaa-1", steps=[begun, ended]))
    page = page_of(ask)
    assert "line 4999" in page.text and "line 3001" in page.text and "line 2999\n" not in page.text
    assert "2,000 lines, the last ones" in page.text
    assert "�� bad utf-8 red�" in page.text
    page = page_of(ask, "--full-logs")
    assert "line 0\n" in page.text and "5,001 lines" in page.text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nope",), 5, "nope"),
        (("aaa", "-o", "no/such/r.html"), 2, "cannot write"),
        (("aaa", "bbb"), 2, "bbb"),
        (("aaa", "--opne"), 2, 'Did you mean "--open"'),
    ],
)
def test_mistakes(words: tuple[str, ...], code: int, said: str, plant: Plant, ask: Ask) -> None:
    plant(run_events("aaaaaaaa-1"))
    answer = ask("report", *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_a_report_that_cannot_stand_beside_the_run_says_where_else(plant: Plant, ask: Ask) -> None:
    state = plant(run_events("aaaaaaaa-1"))
    Path(state.report("aaaaaaaa-1")).mkdir(parents=True)
    answer = ask("report")
    assert (answer.code, answer.out) == (7, "")
    assert "-o FILE" in answer.err
    assert not list(Path(state.run("aaaaaaaa-1")).glob("*.new"))


def test_the_browser_is_given_the_page_and_stdout_only_the_path(
    project: Callable[..., Path], plant: Plant, dagjob: Run
) -> None:
    state = plant(run_events("aaaaaaaa-1"))
    script = project("browser.sh", '#!/bin/sh\necho opening "$1"\necho "$1" > seen\n')
    script.chmod(0o755)
    for words in (("runs", "open"), ("report", "--open")):
        done = dagjob(*words, env={"BROWSER": f"{script} %s"})
        assert (done.code, done.stdout) == (0, f"{state.report('aaaaaaaa-1')}\n")
        assert "opening file://" in done.stderr
        assert (project() / "seen").read_text().strip() == Path(state.report("aaaaaaaa-1")).as_uri()
    done = dagjob("runs", "open", env={"BROWSER": "false", "PATH": "", "DISPLAY": ""})
    assert (done.code, done.stdout) == (0, f"{state.report('aaaaaaaa-1')}\n")
    assert "open it yourself: file://" in done.stderr


def test_run_ids_are_completed(plant: Plant, ask: Ask) -> None:
    plant(run_events("aaaaaaaa-1"))
    for words in (("report", ""), ("runs", "open", "")):
        assert "aaaaaaaa\t" in ask("__complete", "zsh", *words).out


def test_no_other_command_loads_what_pages_are_made_with(
    project: Callable[..., Path], clean_env: dict[str, str]
) -> None:
    project("jobs.py", JOBS)
    code = """
import sys
from dagjob.__main__ import main
for words in (["list"], ["run", "jobs.py:good", "-e", "in_process"], ["runs", "list"], ["runs", "show"]):
    assert main(words) == 0
    assert not [name for name in sys.modules if name == "jinja2" or name.startswith("dagjob.report")], words
"""
    environ = {**clean_env, **TOKEN}
    done = subprocess.run([sys.executable, "-c", code], cwd=project(), env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
