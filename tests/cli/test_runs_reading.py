"""Reading one run back: its page, events, values, folder, and all of it as one file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planted_history import Ask, Plant, run_events

import dagjob as package
from dagjob.errors import DagjobRunNotFoundError, DagjobStateError

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
from dagjob import job, op

class Point:
    def __repr__(self): return "Point()"

@op
def fetch() -> list:
    print("fetching")
    return [1, "\\u2603"]

@op
def point(rows: list):
    return Point()

@job(tags={"team": "data"})
def weather():
    point(fetch())
"""


def test_the_page_names_the_runs_that_go_on_with_each_other(plant: Plant, ask: Ask) -> None:
    plant(
        run_events("aaaaaaaa-1", status="failed"),
        run_events("bbbbbbbb-2", status="failed", parent="aaaaaaaa-1", root="aaaaaaaa-1"),
        run_events("cccccccc-3", parent="bbbbbbbb-2", root="aaaaaaaa-1"),
    )
    pages = {run: " ".join(ask("runs", "show", run).out.split()) for run in ("aaa", "bbb", "ccc")}
    assert "resumed by bbbbbbbb failed" in pages["aaa"] and "resumes" not in pages["aaa"]
    assert "began as" not in pages["bbb"]
    assert "resumes aaaaaaaa failed resumed by cccccccc success" in pages["bbb"]
    assert "began as aaaaaaaa failed resumes bbbbbbbb failed" in pages["ccc"]


def test_the_events_of_a_run_are_the_lines_that_it_printed(project: Project, dagjob: Run, ask: Ask) -> None:
    project("jobs.py", JOBS)
    printed = dagjob("run", "jobs.py", "-f", "jsonl").stdout
    known = [json.loads(line) for line in printed.splitlines() if '"run.heartbeat"' not in line]
    done = ask("runs", "events")
    assert [json.loads(line) for line in done.out.splitlines()] == known
    document = json.loads(ask("runs", "events", "latest:weather", "-f", "json").out)
    assert document["events"] == known and document["run"].startswith(known[0]["run"])

    # The values and the file of the same run.
    value = json.loads(ask("runs", "output", "latest", "fetch", "-f", "json").out)
    assert (value["op"], value["output"], value["value"], value["repr"]) == ("fetch", "result", [1, "\u2603"], None)
    value = json.loads(dagjob("runs", "output", "latest", "point", "-f", "json").stdout)
    assert (value["class"], value["value"], value["repr"]) == ("jobs.Point", None, "Point()")
    assert package.load_output("latest:weather", "fetch.result") == [1, "\u2603"]
    folder = Path(ask("runs", "path", "latest").out.strip())
    assert (folder / "plan.json").is_file()

    done = ask("runs", "export")
    [name] = done.out.split()
    assert (done.code, name) == (0, f"weather-{known[0]['run']}.zip")
    with zipfile.ZipFile(project() / name) as archive:
        assert set(archive.namelist()) >= {"run.json", "events.jsonl", "config.yaml", "plan.json", "logs/fetch.1.out"}
        assert not [one for one in archive.namelist() if one.startswith("out/") or one == "lock"]
        assert archive.read("logs/fetch.1.out") == b"fetching\n"
        assert archive.read("events.jsonl").decode() == ask("runs", "events").out
        assert json.loads(archive.read("run.json")) == json.loads(ask("runs", "show", "-f", "json").out)
    assert ask("runs", "export").code == 2  # it is there
    assert ask("runs", "export", "-y", "--with-outputs").code == 0
    with zipfile.ZipFile(project() / name) as archive:
        assert len([one for one in archive.namelist() if one.startswith("out/")]) == 2
    assert ask("runs", "export", "-o", "no/such/folder.zip").code == 2
    assert [path.name for path in project().glob("*.new")] == []


def test_a_value_that_is_not_there_is_told(
    plant: Plant, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(project())
    with pytest.raises(DagjobRunNotFoundError, match="no run is recorded yet"):
        package.load_output("latest", "load")
    state = plant(run_events("aaaa"))
    with pytest.raises(DagjobRunNotFoundError, match="has no outputs"):
        package.load_output("aaaa", "load")
    with pytest.raises(DagjobRunNotFoundError, match="no run is recorded yet"):
        package.load_output("aaaa", "load", home=str(tmp_path / "other"))
    Path(state.db).write_text("no database at all, but long enough to be looked at as one")
    with pytest.raises(DagjobStateError):
        package.load_output("aaaa", "load")


QUERIES = ("list", "show", "logs", "events", "output latest load", "path", "export", "stats", "diff latest latest")


@pytest.mark.parametrize("query", QUERIES)
def test_without_a_history_a_query_says_so_and_makes_none(query: str, ask: Ask, project: Project) -> None:
    done = ask("runs", *query.split())
    assert done.out == "" and "no run is recorded yet" in done.err
    assert done.code == (0 if query == "list" else 5)
    assert [path.name for path in project().iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize("query", QUERIES)
def test_a_history_that_cannot_be_read_is_exit_7(query: str, plant: Plant, ask: Ask) -> None:
    import sqlite3

    state = plant(run_events("aaaa"))
    connection = sqlite3.connect(state.db)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    done = ask("runs", *query.split())
    assert (done.code, done.out) == (7, "")
    assert "DJ502" in done.err and "install" in done.err
    for name in Path(state.root).glob("dagjob.db*"):
        name.write_text("no database at all, but long enough to be looked at as one" * 40)
    done = ask("runs", *query.split())
    assert (done.code, done.out) == (7, "")
    assert "dagjob.db" in done.err and "Traceback" not in done.err
