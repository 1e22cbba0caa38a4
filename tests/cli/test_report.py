"""`dagjob report` and its kin, without a browser: what the page says, and that nothing gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

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
