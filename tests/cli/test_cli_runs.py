"""Looking back at a run: its values, its logs, its page."""

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

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
from dataclasses import dataclass
from dagjob import DynamicOut, DynamicOutput, MetadataValue, RetryPolicy, graph, job, op

@dataclass
class Row:
    a: int

class Shy:
    def __repr__(self): raise RuntimeError("not now")

@op
def fetch(context) -> list:
    context.log.info("fetched 3 rows\\nfrom afar")
    context.add_output_metadata(
        {"row_count": 3, "path": MetadataValue.path("/data/x.csv"), "mean": 2.5, "deep": {"a": 1}}
    )
    print("printed")
    return [21.5, 23.0, "\\u2603"]

@op(retry_policy=RetryPolicy(max_retries=2))
def mean(context, values: list) -> Row:
    print("trying", context.retry_number)
    if context.retry_number < 2:
        raise ValueError(f"not yet, at {context.retry_number}")
    return Row(3)

@op(out=DynamicOut())
def split(context):
    for key in "ab":
        yield DynamicOutput(key * 2, key)

@op
def each(context, key):
    print("each " + key * 200)
    return Shy()

@graph
def inner():
    split().map(each)

@job
def weather():
    inner()
    mean(fetch())
"""


@pytest.fixture
def weather(project: Project, dagjob: Run) -> Any:
    project("jobs.py", JOBS)
    done = dagjob("run", "jobs.py")
    assert done.code == 0, done.stderr
    return done


# -- values --------------------------------------------------------------------------------------------------------


def test_the_end_of_a_run_tells_what_is_worth_seeing_and_how_to_see_a_value(weather: Any, dagjob: Run) -> None:
    [fetched] = [line for line in weather.stderr.splitlines() if " ok      fetch" in line]
    assert fetched.endswith("3 rows, path /data/x.csv, mean 2.5")
    *_, last = weather.stderr.splitlines()
    run_id = json.loads(dagjob("runs", "show", "-f", "json").stdout)["id"]
    # The last that came, as an example; two ops end at about the same time.
    assert re.fullmatch(rf"see a value:  dagjob runs output {run_id[:8]} (mean|'inner\.each\[[ab]\]')", last)
    done = dagjob("run", "jobs.py", "--no-state")
    assert "see a value" not in done.stderr


def test_a_stored_value_is_printed_as_json_if_it_can_be(weather: Any, dagjob: Run, tmp_path: Path) -> None:
    assert dagjob("runs", "output", "latest", "fetch").stdout == '[21.5, 23.0, "☃"]\n'
    assert dagjob("runs", "output", "latest", "fetch.result").stdout == '[21.5, 23.0, "☃"]\n'
    assert dagjob("runs", "output", "latest", "inner.split.result[b]").stdout == '"bb"\n'
    # From another folder, too, the class of the value is found.
    there = str(tmp_path / "project")
    assert dagjob("-C", there, "runs", "output", "latest:weather", "mean", cwd=tmp_path).stdout == "Row(a=3)\n"
    copied = dagjob("runs", "output", "latest", "fetch", "-o", str(tmp_path / "x.pickle"))
    assert (copied.code, copied.stdout) == (0, "")
    assert (tmp_path / "x.pickle").read_bytes().startswith(b"\x80\x05")
    assert dagjob("runs", "output", "latest", "fetch", "-o", str(tmp_path / "x.pickle")).code == 2


def test_a_value_that_cannot_be_shown_is_told_in_words(weather: Any, dagjob: Run, project: Project) -> None:
    for words, code, told in [
        (("latest", "inner.split"), 5, "name one of them"),
        (("latest", "mean.reslt"), 5, 'Did you mean "result"?'),
        (("latest", "meen"), 5, 'Did you mean "mean"?'),
        (("mean",), 2, "OP is missing"),
        (("latest", "inner.each[a]"), 7, "raised RuntimeError: not now"),
    ]:
        done = dagjob("runs", "output", *words)
        assert (done.code, done.stdout) == (code, ""), words
        assert told in done.stderr
    project("jobs.py", "raise ValueError('gone')")
    done = dagjob("runs", "output", "latest", "mean")
    assert (done.code, done.stdout) == (4, "")
    assert "ValueError: gone" in done.stderr
    [file] = (project() / ".dagjob").glob("runs/*/out/fetch/*")
    file.chmod(0o622)
    done = dagjob("runs", "output", "latest", "fetch")
    assert (done.code, done.stdout) == (7, "")
    assert "other users may write the stored value" in done.stderr
    file.unlink()
    done = dagjob("runs", "output", "latest", "fetch")
    assert done.code == 7
    assert "is gone" in done.stderr


# -- logs ----------------------------------------------------------------------------------------------------------


def story(text: str) -> list[str]:
    return [re.sub(r"\d\d:\d\d:\d\d", "TIME", line) for line in text.splitlines()]


def test_the_logs_of_a_run_are_one_complete_story(weather: Any, dagjob: Run) -> None:
    assert story(dagjob("runs", "logs", "latest", "fetch").stdout) == [
        "TIME INFO     fetched 3 rows",
        "                  from afar",
        "printed",
    ]
    told = story(dagjob("runs", "logs", "latest", "mean", "--tb", "short").stdout)
    assert told == [
        "trying 0",
        "TIME FAILED   ValueError: not yet, at 0",
        "  jobs.py:25",
        "-- mean, attempt 2 --",
        "trying 1",
        "TIME FAILED   ValueError: not yet, at 1",
        "  jobs.py:25",
        "-- mean, attempt 3 --",
        "trying 2",
    ]
    last = dagjob("runs", "logs", "latest", "mean", "--tb", "short", "--tail", "2").stdout
    assert story(last) == told[-2:]
    # Without RUN it is the latest; the user's own line is shown by default, and nothing is cut.
    whole = dagjob("runs", "logs").stdout
    assert 'raise ValueError(f"not yet, at {context.retry_number}")' in whole
    assert f"inner.each[a]  each {'a' * 400}\n" in whole


@pytest.mark.parametrize("name", ["inner", "inner.each", "inner.each[*]"])
def test_logs_take_a_graph_and_a_mapped_op(name: str, weather: Any, dagjob: Run) -> None:
    lines = dagjob("runs", "logs", "latest", name).stdout.splitlines()
    assert sorted(lines) == [f"inner.each[{key}]  each {key * 400}" for key in "ab"]
    assert dagjob("runs", "logs", "latest", "inne").code == 5


def test_a_reader_that_has_seen_enough_ends_the_logs_quietly(
    project: Project, dagjob: Run, clean_env: dict[str, str]
) -> None:
    project(
        "jobs.py",
        "from dagjob import job, op\n@op\ndef a():\n  for n in range(50000): print('line', n)\n@job\ndef j(): a()\n",
    )
    assert dagjob("run", "jobs.py").code == 0
    line = f"{sys.executable} -m dagjob runs logs latest | head -1"
    done = subprocess.run(line, shell=True, cwd=project(), env=clean_env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("a  line 0\n", "")


# -- the page and the list -----------------------------------------------------------------------------------------


def test_the_page_of_a_run_tells_failed_attempts_and_metadata(weather: Any, dagjob: Run) -> None:
    page = dagjob("runs", "show").stdout  # without RUN: the latest
    assert "3 rows, path /data/x.csv, mean 2.5" in page
    assert 'deep: {"a":1}' in page
    assert "attempt 1: ValueError: not yet, at 0  (jobs.py:25)" in page
    assert "attempt 2: ValueError: not yet, at 1  (jobs.py:25)" in page
    assert "result[a] 17 B" in page


def test_runs_are_filtered(project: Project, dagjob: Run) -> None:
    name = "a_job_with_a_name_that_is_longer_than_any_screen_would_like_to_show"
    project(
        "jobs.py",
        f"""
        from dagjob import job, op
        @op
        def a(): ...
        @op
        def b(): 1 / 0
        @job
        def good(): a()
        @job
        def {name}(): b()
        """,
    )
    assert [dagjob("run", f"jobs.py:{one}").code for one in ("good", name, "good")] == [0, 1, 0]

    def jobs(*words: str) -> list[str]:
        done = dagjob("runs", "list", "-f", "json", *words)
        assert done.code == 0, done.stderr
        return [run["job"] for run in json.loads(done.stdout)["runs"]]

    assert jobs("-L", "2") == ["good", name]
    assert jobs("--job", "good") == ["good", "good"]
    assert jobs("-s", "status:failed") == [name]
    assert jobs("--since", "1h", "--job", name) == [name]
    assert name in dagjob("runs").stdout  # no terminal: nothing is cut
    assert name in dagjob("list").stdout
    assert "PARTITIONS" not in dagjob("list").stdout  # no job has any
    assert "more with  -L 10" in dagjob("runs", "-L", "1").stdout
    assert dagjob("runs", "-s", "status:success", "--job", name).stderr == "no recorded run fits these options\n"
    for words in (["-L", "0"], ["-L", "many"], ["--since", "yesterday"], ["-s", "status:bad"]):
        assert dagjob("runs", *words).code == 2


# -- text that is no UTF-8 -----------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not let a file have such a name")
@pytest.mark.parametrize("locale", [{"PYTHONUTF8": "1"}, {"PYTHONUTF8": "0", "LC_ALL": "C"}], ids=["utf-8 mode", "C"])
def test_what_is_printed_is_utf_8_whatever_a_file_or_an_exception_is_called(
    locale: dict[str, str], project: Project, clean_env: dict[str, str]
) -> None:
    code = """
from dagjob import job, op
@op
def a(context):
    context.log.info("log \\udce9")
    raise ValueError("boom \\udce9")
@job(tags={"t\\udce9": "v\\udce9"}, description="d\\udce9")
def j(): a()
"""
    root = os.fsencode(project())
    os.mkdir(root + b"/jobs")
    for name, text in ((b"caf\xe9_jobs.py", code), (b"br\xe9_jobs.py", 'import dagjob\nraise ValueError("\\udce9")\n')):
        with open(root + b"/jobs/" + name, "w", encoding="ascii") as file:
            file.write(text)

    def answer(*words: bytes) -> bytes:
        line = [os.fsencode(sys.executable), b"-m", b"dagjob", *words]
        return subprocess.run(line, cwd=project(), env={**clean_env, **locale}, capture_output=True).stdout

    target = b"jobs/caf\xe9_jobs.py"
    json.loads(answer(b"run", target, b"-f", b"json", b"-t", b"x=\xe9").decode())
    for words in ("list", "validate", "runs list", "runs show", f"show {os.fsdecode(target)}"):
        asked = [os.fsencode(word) for word in words.split()]
        assert answer(*asked).decode(), words  # would raise
        assert json.loads(answer(*asked, b"-f", b"json").decode()), words
    for words in ("runs logs", "validate -f github", "validate -f concise"):
        assert answer(*words.encode().split()).decode(), words
    assert answer(b"config", b"new", target).decode()
    assert json.loads(answer(b"schema", target).decode())
    assert answer(b"list", b"-f", b"names") == b"jobs/caf\xe9_jobs.py:j\n"  # for scripts: the name as it is
