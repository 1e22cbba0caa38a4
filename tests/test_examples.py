"""Every example runs as its first lines say, from the command line; the weather job is also given bad data."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
WEATHER = EXAMPLES / "weather"


def follow(stdout: str) -> list[dict[str, Any]]:
    """The events of `--format jsonl`."""
    return [json.loads(line) for line in stdout.splitlines()]


def ended(stdout: str) -> dict[str, str]:
    """How each op ended, by its key."""
    return {event["op"]: event["status"] for event in follow(stdout) if "op" in event and "status" in event}


RUNS = {
    "hello.py": ([], {"name": "success", "greet": "success"}),
    "retries.py": ([], {"fetch": "success", "show": "success"}),
    "fan_in.py": ([], dict.fromkeys(("thousand", "million", "ten_million", "compare"), "success")),
    "typed_config.py": (["--set", "letter.name=Ada"], {"letter": "success", "post": "success"}),
    "resources.py": (["--set", "resources.database.file=shop.db"], {"load": "success", "total": "success"}),
    "resource_classes.py": ([], {"ask": "success", "count": "success"}),
    "optional_output.py": ([], {"measure": "success", "write_down": "success", "alarm": "skipped"}),
    "mapping.py": (
        [],
        dict.fromkeys(("find", "measure[one]", "measure[three]", "measure[five]", "total"), "success"),
    ),
    "selection.py": ([], dict.fromkeys(("load", "check", "tidy", "report"), "success")),
    "hooks.py": ([], {"fetch": "success", "report": "success"}),
    "io_managers.py": ([], {"prices": "success", "raised": "success", "label": "success"}),
    "environment.py": (
        ["--set", "resources.shop.url=https://shop.example", "--set", "resources.shop.token=abc123"],
        {"orders": "success", "show": "success"},
    ),
    "dask/simulate.py": ([], dict.fromkeys(("seeds", *(f"simulate[{seed}]" for seed in range(4)), "mean"), "success")),
    "timeouts.py": ([], {"ask": "success", "show": "success"}),
    "partitions.py": (["-p", "2026-03-14"], {"count": "success", "report": "success"}),
    "streams.py": ([], {"count": "success"}),
    "progress.py": ([], {"count": "success", "weigh": "success"}),
    "testing/sales.py": (
        ["--set", f"resources.shop.file={EXAMPLES / 'testing' / 'sales.txt'}"],
        {"amounts": "success", "total": "success"},
    ),
    "reference/basic_job.py": ([], {"return_one": "success", "add_one": "success"}),
    "reference/job_with_resources.py": ([], {"query_database": "success"}),
    "reference/job_with_configuration.py": ([], {"configurable_op": "success"}),
    "reference/partitioned_job.py": (["-p", "latest"], {"process_partition": "success"}),
    "reference/job_with_retry_policy.py": ([], {"flaky_op": "success"}),
    "reference/job_with_tags_and_metadata.py": ([], {"my_op": "success"}),
    "reference/job_with_custom_executor.py": ([], {"my_op": "success"}),
}


@pytest.mark.parametrize("example", RUNS)
def test_an_example_runs(example: str, dagjob: Callable[..., Any]) -> None:
    options, expected = RUNS[example]
    done = dagjob("run", str(EXAMPLES / example), "--format", "jsonl", *options)
    assert done.code == 0, done.stderr
    assert ended(done.stdout) == expected


def test_no_example_is_forgotten() -> None:
    found = {
        path.relative_to(EXAMPLES).as_posix()
        for path in EXAMPLES.rglob("*.py")
        if "@job" in path.read_text(encoding="utf-8")
    }
    assert found == {*RUNS, "weather/jobs.py", "weather/by_month.py"}


def test_the_stubborn_op_is_tried_three_times(dagjob: Callable[..., Any]) -> None:
    done = dagjob("run", str(EXAMPLES / "retries.py"), "--format", "jsonl")
    assert [event["attempt"] for event in follow(done.stdout) if event["event"] == "op.start"][:3] == [1, 2, 3]


def test_a_failure_without_retries_is_final(dagjob: Callable[..., Any]) -> None:
    done = dagjob("run", str(EXAMPLES / "retries.py"), "--format", "jsonl", "--set", "fetch.url=ftp://example.com")
    assert done.code == 1
    assert ended(done.stdout) == {"fetch": "failed", "show": "not_run"}


def test_the_optional_branch_runs_when_there_is_something_for_it(dagjob: Callable[..., Any]) -> None:
    done = dagjob("run", str(EXAMPLES / "optional_output.py"), "--format", "jsonl", "--set", "measure.celsius=105")
    assert ended(done.stdout)["alarm"] == "success"


def test_a_typed_config_refuses_what_is_no_number(dagjob: Callable[..., Any]) -> None:
    target = str(EXAMPLES / "typed_config.py")
    done = dagjob("run", target, "--set", "letter.name=Ada", "--set", "letter.copies=many")
    assert done.code == 6
    assert "copies" in done.stderr
    assert "Traceback" not in done.stderr


# -- the weather job -----------------------------------------------------------------------------------------------


@pytest.fixture
def weather(dagjob: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Runs the weather job with little simulation, into `tmp_path / "report"`."""

    def run(*more: str) -> Any:
        return dagjob(
            *("run", str(WEATHER / "jobs.py"), "-c", str(WEATHER / "config.yaml"), "--format", "jsonl"),
            *("--set", "average_year.intervals.resamples=400", "--set", "spells.simulate.years=600"),
            *("--set", f"resources.output.folder={tmp_path / 'report'}", *more),
        )

    return run


def readings() -> list[list[str]]:
    with (WEATHER / "data" / "seattle-weather.csv").open(newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_the_data_is_that_of_the_provenance() -> None:
    digest = hashlib.sha256((WEATHER / "data" / "seattle-weather.csv").read_bytes()).hexdigest()
    assert f"`{digest}`" in (WEATHER / "PROVENANCE.md").read_text(encoding="utf-8")


def test_the_weather_job_writes_a_page_with_pictures(weather: Callable[..., Any], tmp_path: Path) -> None:
    done = weather()
    assert done.code == 0, done.stderr
    statuses = ended(done.stdout)
    assert statuses.pop("save_rejected") == "skipped"
    assert set(statuses.values()) == {"success"}

    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    drawings = page.split("<svg")[1:]
    assert len(drawings) == 3
    for drawing in drawings:
        ElementTree.fromstring("<svg" + drawing.partition("</svg>")[0] + "</svg>")
    assert "Seattle, 2012 to 2015" in page
    assert "lasted 48 days" in page


def test_a_line_that_cannot_be_right_is_set_aside(weather: Callable[..., Any], tmp_path: Path) -> None:
    rows = readings()
    rows[100][2] = "99.0"
    done = weather("--set", f"load_readings.file={write(tmp_path / 'odd.csv', rows)}")
    assert done.code == 0, done.stderr
    assert ended(done.stdout)["save_rejected"] == "success"
    with (tmp_path / "report" / "rejected.csv").open(newline="") as file:
        (rejected,) = csv.DictReader(file)
    assert rejected["line"] == "101"
    assert "99.0" in rejected["reason"]


def test_no_report_is_written_from_a_series_with_a_hole(weather: Callable[..., Any], tmp_path: Path) -> None:
    rows = readings()
    holey = write(tmp_path / "holey.csv", rows[:200] + rows[260:])
    done = weather("--set", f"load_readings.file={holey}")
    assert done.code == 1
    statuses = ended(done.stdout)
    assert (statuses["check"], statuses["write_report"], statuses["draw_years"]) == ("failed", "not_run", "success")
    assert not (tmp_path / "report" / "report.html").exists()


def test_a_file_without_a_column_fails_the_first_op(weather: Callable[..., Any], tmp_path: Path) -> None:
    short = write(tmp_path / "short.csv", [row[:3] for row in readings()])
    done = weather("--set", f"load_readings.file={short}")
    assert done.code == 1
    assert ended(done.stdout)["load_readings"] == "failed"
    assert "temp_min" in done.stdout


def test_the_statistics_are_plain_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from weather.climate import Spell, find_spells, longest_spell
    from weather.readings import Day, missing_days

    days = [Day(date(2012, 1, day), rain, 5.0, 1.0, 2.0) for day, rain in ((1, 0.0), (2, 3.1), (3, 0.2), (5, 0.0))]
    spells = find_spells(days, wet_mm=0.2)
    assert spells == [
        Spell(False, date(2012, 1, 1), 1),
        Spell(True, date(2012, 1, 2), 2),
        Spell(False, date(2012, 1, 5), 1),
    ]
    assert longest_spell(spells, 2012, wet=True).days == 2
    assert list(missing_days(days)) == [date(2012, 1, 4)]


def test_the_job_can_be_moved_elsewhere(dagjob: Callable[..., Any], tmp_path: Path) -> None:
    """Paths are meant from the example, so a copy writes beside itself."""
    copy = shutil.copytree(WEATHER, tmp_path / "weather", ignore=shutil.ignore_patterns("output", "__pycache__"))
    done = dagjob("run", str(copy / "jobs.py"), "--set", "spells.simulate.years=200")
    assert done.code == 0, done.stderr
    assert (copy / "output" / "report.html").exists()
