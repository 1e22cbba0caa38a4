"""`dagjob runs list`: which runs, in which order, in which form."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from planted_history import DAY, NOW, Ask, Plant, run_events

from dagjob.display.style import Style
from dagjob.display.tables import RunRow, run_table


@pytest.fixture
def listed(plant: Plant, ask: Ask) -> Callable[..., list[str]]:
    """Asks for runs of a history of five, and returns the ends of their ids."""
    plant(
        run_events("7c3f9a2d-1", "daily", at=NOW - 5 * DAY, partition="2026-11-20", tags={"team": "data"}),
        run_events("7c3f0000-2", "daily", at=NOW - 4 * DAY, status="failed", partition="2026-11-21"),
        run_events("e9b2c7fd-3", "etl", at=NOW - 3 * DAY, parent="7c3f0000-2"),
        run_events("d4a8e2c6-4", "fx", at=NOW - 2 * DAY, status="timeout"),
        run_events("a5c3d8e1-5", "daily", at=NOW - DAY / 2, status="canceled", tags={"team": "ops"}),
    )

    def found(*words: str) -> list[str]:
        code, out, err = ask("runs", "list", "-f", "ids", *words)
        assert (code, bool(err)) == ((0, False) if out else (5, True)), (words, code, err)
        return [line[-1] for line in out.splitlines()]

    return found


def test_what_is_asked_for_must_all_be_met(listed: Callable[..., list[str]]) -> None:
    for words, ends in [
        ("", "54321"),
        ("-L 2", "54"),
        ("--job daily", "521"),
        ("-s status:failed", "2"),
        ("-s status:failed,status:timeout", "42"),
        ("-s status:failed -s status:canceled", "52"),
        ("-s status:crashed", ""),
        ("-p 2026-11-21", "2"),
        ("-p 2026-11-21 -s status:success", ""),
        ("-t team=data", "1"),
        ("-t team", "51"),
        ("--since 1d", "5"),
        ("--until 3d12h", "21"),
        ("--since 4d12h --until 1d", "432"),
        ("--job dayly", ""),
    ]:
        assert listed(*words.split()) == list(ends), words


def test_until_a_day_has_all_of_it(plant: Plant, ask: Ask) -> None:
    from datetime import datetime

    plant(run_events("aaaa", at=datetime(2026, 3, 4, 23, 59, 30).timestamp()))
    assert ask("runs", "-f", "ids", "--until", "2026-03-04", "--since", "2026-03-04").out == "aaaa\n"
    assert ask("runs", "-f", "ids", "--until", "2026-03-04 23:59").code == 5


def test_a_filter_that_means_nothing_is_refused(plant: Plant, ask: Ask) -> None:
    plant(run_events("aaaa"))
    for words, told in [
        (["-s", "status:faild"], 'Did you mean "failed"?'),
        (["-s", "failed"], "status:failed"),
        (["-s", "tag:team=x"], "-t KEY=VALUE"),
        (["-L", "0"], "at least 1"),
        (["--until", "yesterday"], "--until takes a time"),
    ]:
        done = ask("runs", "list", *words)
        assert (done.code, done.out) == (2, ""), words
        assert told in done.err, words


def test_nothing_found_is_exit_5_and_nothing_recorded_is_not(ask: Ask, plant: Plant, tmp_path: Path) -> None:
    assert ask("runs") == (0, "", "no run is recorded yet\n")
    assert ask("runs", "-f", "ids") == (0, "", "")
    assert ask("runs", "-s", "status:failed") == (5, "", "no run is recorded yet\n")
    plant(run_events("aaaa", "daily"))
    done = ask("runs", "-f", "json", "--job", "dayly")
    assert (done.code, json.loads(done.out)) == (5, {"runs": []})
    assert done.err == 'no recorded run fits these options. Did you mean "daily"?\n'


def test_each_format_has_all_that_it_promises(plant: Plant, ask: Ask) -> None:
    plant(
        run_events("7c3f9a2d-1", "daily", status="failed", partition="2026-11-20"),
        run_events("8b1f6e3c-2", "daily", parent="7c3f9a2d-1", root="7c3f9a2d-1", partition="2026-11-20"),
    )
    head, first, second = ask("runs").out.splitlines()
    assert head.split() == ["RUN", "JOB", "STATUS", "STARTED", "TOOK", "OPS", "PARTITION", "NOTE"]
    assert first.startswith("7c3f9a2d    daily") and "2026-11-20" in first
    assert second.startswith("└ 8b1f6e3c") and second.endswith("resumed")
    cells = [line.split("\t") for line in ask("runs", "-f", "plain").out.splitlines()]
    assert [(row[0], row[2], row[5:]) for row in cells] == [
        ("8b1f6e3c-2", "success", ["1/1", "2026-11-20", "", "7c3f9a2d-1"]),
        ("7c3f9a2d-1", "failed", ["0/1", "2026-11-20", "", ""]),
    ]
    keys = (
        "id",
        "job",
        "target",
        "status",
        "started",
        "ended",
        "seconds",
        "partition",
        "tags",
        "parent",
        "root",
        "ops",
    )
    runs = json.loads(ask("runs", "-f", "json").out)["runs"]
    assert [set(keys) - set(run) for run in runs] == [set(), set()]
    assert ask("runs", "-q").out == "8b1f6e3c-2\n7c3f9a2d-1\n"


def test_a_column_stands_only_where_a_run_needs_it(plant: Plant, ask: Ask) -> None:
    plant(run_events("aaaa"))
    assert ask("runs").out.splitlines()[0].split() == ["RUN", "JOB", "STATUS", "STARTED", "TOOK", "OPS"]


@pytest.mark.parametrize("columns", [40, 60, 72, 80, 100])
def test_the_table_is_as_wide_as_the_screen_and_keeps_what_matters(columns: int) -> None:
    runs = [
        RunRow(
            f"{n}" * 8, "a_job_with_a_long_name", "canceled", NOW, 3.0, 1, 2, "2026-11-20|eu", "-s load,clean", "gone"
        )
        for n in range(3)
    ]
    lines = run_table(runs, NOW, Style(), columns)
    assert max(map(len, lines)) <= columns
    assert all(f"{n}" * 8 in lines[n + 1] and "■ canceled" in lines[n + 1] for n in range(3))
    assert "2026-11-20|eu" in lines[1] or columns < 50


def test_the_completion_offers_statuses_and_runs(plant: Plant, ask: Ask) -> None:
    plant(run_events("7c3f9a2d-1", "daily"))
    assert "status:failed" in ask("__complete", "zsh", "runs", "list", "-s", "").out
    assert "7c3f9a2d\tdaily success" in ask("__complete", "zsh", "runs", "show", "").out
    assert "7c3f9a2d\tdaily success" in ask("__complete", "zsh", "runs", "diff", "latest", "").out
    assert ask("__complete", "fish", "runs", "logs", "latest:d").out == "latest:daily\n"
    assert "latest:failed" in ask("__complete", "zsh", "runs", "events", "latest:").out.splitlines()
    assert ask("__complete", "zsh", "runs", "logs", "7c3", "").out == "load\tsuccess\n"


HEAVY = ("typer", "rich", "pydantic", "networkx", "yaml", "dataclasses", "inspect", "logging", "difflib", "subprocess")


@pytest.mark.parametrize("words", [["runs"], ["runs", "show"], ["runs", "logs"], ["runs", "events"], ["runs", "stats"]])
def test_looking_back_loads_nothing_heavy(
    words: list[str], plant: Plant, project: Callable[..., Path], clean_env: dict[str, str]
) -> None:
    plant(run_events("7c3f9a2d-1", "daily", status="failed"))
    code = f"import sys; from dagjob.__main__ import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=project(), env=clean_env, capture_output=True, text=True)
    loaded = done.stderr.split()
    assert [name for name in HEAVY if name in loaded] == []
    assert len([name for name in loaded if name.startswith("dagjob.")]) <= 62, loaded
