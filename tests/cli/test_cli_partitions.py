"""Partitions on the command line: which one a run is for, what else is told of them, and what is refused before it starts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob import JobDefinition, partition_loading_context
from dagjob.cli.partition import of_partition
from dagjob.errors import DagjobError
from dagjob.launch.partition import NoStore
from dagjob.launch.request import RunRequest, prepare

JOBS = """
from dagjob import (DailyPartitionsDefinition, DynamicPartitionsDefinition, MultiPartitionsDefinition,
    StaticPartitionsDefinition, daily_partitioned_config, job, op, static_partitioned_config)

@op(config_schema={"day": str})
def load(context):
    print("loading", context.partition_key, context.op_config["day"])

@daily_partitioned_config(start_date="2024-01-01")
def by_day(start, end):
    return {"ops": {"load": {"config": {"day": f"{start:%d.%m.}"}}}}

@job(config=by_day)
def daily():
    load()

@op
def see(context):
    import os
    open("seen", "a").write(f"{context.partition_keys} {os.environ['DAGJOB_PARTITION']}\\n")

days = DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
letters = StaticPartitionsDefinition(["a/b", "../../x", "c d", "x" * 300])

@job(partitions_def=days)
def january():
    see()

@job(partitions_def=MultiPartitionsDefinition({"region": StaticPartitionsDefinition(["eu", "us"]), "day": days}))
def pairs():
    see()

@job(partitions_def=letters)
def odd():
    see()

@job(partitions_def=DynamicPartitionsDefinition(name="fruits"))
def fruit():
    see()

def raising(now):
    raise KeyError("no list")

@job(partitions_def=DynamicPartitionsDefinition(raising))
def unlisted():
    see()

@static_partitioned_config(["a"])
def broken(key):
    raise ValueError("no config")

@job(config=broken)
def unconfigured():
    see()

@job(partitions_def=StaticPartitionsDefinition([]))
def none():
    see()

@job
def plain():
    pass
"""

JOB: dict[str, JobDefinition] = {}
exec(JOBS, JOB)


@pytest.fixture
def jobs(project: Callable[..., Path], clean_env: dict[str, str]) -> Path:
    return project("jobs.py", JOBS)


def seen(jobs: Path) -> list[str]:
    return (jobs.parent / "seen").read_text().splitlines()


def test_a_run_of_one_partition_gets_its_config_and_is_kept_with_it(jobs: Path, dagjob: Any) -> None:
    done = dagjob("run", "jobs.py:daily", "-p", "2024-02-29", "--show-output", "all")
    assert done.code == 0, done.stderr
    assert "partition 2024-02-29" in done.stderr and "loading 2024-02-29 29.02." in done.stderr
    (run,) = json.loads(dagjob("runs", "list", "-f", "json").stdout)["runs"]
    assert run["partition"] == "2024-02-29" and run["tags"]["dagster/partition_set"] == "daily_partition_set"
    assert "2024-02-29" in dagjob("runs").stdout and "2024-02-29" in dagjob("runs", "show").stdout


@pytest.mark.parametrize(
    ("job", "words", "keys", "shown"),
    [
        ("january", ["-p", "latest"], ["2024-01-31"], "2024-01-31"),
        ("pairs", ["-p", "2024-01-03|us"], ["2024-01-03|us"], "2024-01-03|us"),
        ("pairs", ["-p", "region=us, day=latest"], ["2024-01-31|us"], "2024-01-31|us"),
        ("pairs", ["-p", "latest|eu"], ["2024-01-31|eu"], "2024-01-31|eu"),
        ("odd", ["-p", "../../x"], ["../../x"], "../../x"),
        ("odd", ["--partition=" + "x" * 300], ["x" * 300], "x" * 300),
        ("january", ["-t", "dagster/partition=by hand"], ["by hand"], "by hand"),
        (
            "january",
            ["--partition-range", "2024-01-30...latest"],
            ["2024-01-30", "2024-01-31"],
            "2024-01-30...2024-01-31",
        ),
        ("odd", ["--partition-range", "a/b...c d"], ["a/b", "../../x", "c d"], "a/b...c d"),
    ],
)
def test_a_partition_may_be_named_in_several_ways(
    jobs: Path, dagjob: Any, job: str, words: list[str], keys: list[str], shown: str
) -> None:
    done = dagjob("run", f"jobs.py:{job}", "-e", "in_process", *words)
    assert done.code == 0, done.stderr
    assert seen(jobs) == [f"{keys} {shown}"]
    there = {path.name for path in jobs.parent.iterdir()}
    assert there <= {"jobs.py", "seen", "pyproject.toml", ".dagjob", "__pycache__"}


@pytest.mark.parametrize(
    ("job", "words", "told"),
    [
        ("daily", [], ['job "daily" is partitioned (daily, ', "-p latest"]),
        ("daily", ["-p", "2024-1-5"], ["no partition '2024-1-5'", "did you mean '2024-01-05'?", "'2024-01-01' to '20"]),
        ("january", ["-p", "2024-02-01"], ["the keys go from '2024-01-01' to '2024-01-31'"]),
        ("january", ["-p", ""], ["no partition ''"]),
        ("january", ["-p", "a\nb"], ["a\\nb"]),
        ("january", ["-p", "9" * 400], ["999..."]),
        ("pairs", ["-p", "us|2024-01-03"], ["did you mean '2024-01-03|us'"]),
        ("pairs", ["-p", "region=us"], ["no partition 'region=us'"]),
        ("pairs", ["-p", "region=us,month=1"], ["no partition"]),
        ("fruit", ["-p", "apple"], ["none by now"]),
        ("none", ["-p", "latest"], ["none by now"]),
        ("none", [], ["is partitioned"]),
        ("plain", ["-p", "a"], ['job "plain" has no partitions', "leave --partition out"]),
        ("plain", ["--partition-range", "a...b"], ["leave --partition-range out"]),
        ("unlisted", ["-p", "a"], ["lists the partitions", "no list"]),
        (
            "unconfigured",
            ["-p", "a"],
            ["the partitioned config broken raised ValueError: no config, for the partition 'a'"],
        ),
        ("january", ["--partition-range", "2024-01-05...2024-01-02"], ["reversed", "2024-01-02...2024-01-05"]),
        ("january", ["--partition-range", "2024-01-05"], ["A...B"]),
        ("january", ["--partition-range", "2024-01-05...2030-01-01"], ["2030-01-01"]),
        ("daily", ["--partition-range", "2024-01-05...2024-01-06"], ["none for a range", "-c"]),
    ],
)
def test_what_cannot_be_is_refused_with_6(jobs: Path, job: str, words: list[str], told: list[str]) -> None:
    named = dict(zip(words[::2], words[1::2], strict=True))
    request = RunRequest(JOB[job])
    with partition_loading_context(dynamic_partitions_store=NoStore()), pytest.raises(DagjobError) as info:
        prepare(of_partition(request, named.get("-p"), named.get("--partition-range")))
    assert info.value.exit_code == 6
    said = "\n".join((str(info.value), *info.value.notes, str(info.value.__cause__)))
    assert all(text in said for text in told), said


@pytest.mark.parametrize(
    ("job", "words", "told"),
    [
        ("daily", [], "choose one with -p"),
        ("january", ["-p", "a\nb"], "a\\nb"),
        ("unlisted", ["-p", "a"], "KeyError: 'no list'"),
        ("unconfigured", ["-p", "a"], "ValueError: no config"),
    ],
)
def test_the_command_tells_so_before_anything_starts(
    jobs: Path, dagjob: Any, job: str, words: list[str], told: str
) -> None:
    done = dagjob("run", f"jobs.py:{job}", *words)
    assert (done.code, told in done.stderr) == (6, True), done.stderr
    assert "dagjob/" not in done.stderr  # our internals
    assert not (jobs.parent / ".dagjob" / "runs").exists()


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (
            'TimeWindowPartitionsDefinition("2024", "%Y", cron_schedule="0 0 30 2 *")',
            "'0 0 30 2 *' is no cron schedule",
        ),
        ('DailyPartitionsDefinition("2024-01-01", timezone="Mars/X")', "there is no time zone 'Mars/X'"),
        ('DailyPartitionsDefinition("2024-01-01", hour_offset=24)', "hour_offset must be from 0 to 23, not 24"),
    ],
)
def test_a_schedule_that_cannot_be_is_told_at_its_line(project: Any, dagjob: Any, definition: str, told: str) -> None:
    code = "from dagjob import *\n\n@job(partitions_def={})\ndef daily(): ...\n"
    project("jobs.py", code.format(definition))
    done = dagjob("run", "jobs.py", "-p", "latest")
    assert (done.code, told in done.stderr, "jobs.py:3" in done.stderr) == (6, True, True), done.stderr


def test_two_answers_to_one_question_are_a_usage_error(jobs: Path, dagjob: Any) -> None:
    assert dagjob("run", "jobs.py:january", "-p", "a", "--partition-range", "a...b").code == 2


def test_a_dry_run_and_validate_and_config_show_look_at_the_same_partition(jobs: Path, dagjob: Any) -> None:
    shown = dagjob("run", "jobs.py:daily", "-n", "-p", "2024-02-29").stdout
    assert re.search("partition 2024-02-29  +nothing is run", shown)
    assert dagjob("run", "jobs.py:daily", "-n").code == 6
    shown = dagjob("config", "show", "jobs.py:daily", "-p", "2024-02-29", "--origin")
    assert '"29.02."' in shown.stdout or "29.02." in shown.stdout
    assert "the partition's, jobs.py" in shown.stdout
    assert dagjob("config", "show", "jobs.py:daily").code == 6
    assert dagjob("config", "show", "jobs.py:january").code == 0
    assert dagjob("validate", "jobs.py:daily", "-p", "2024-02-29").code == 0
    unknown = dagjob("validate", "jobs.py:daily", "-p", "2024-02-30")
    assert unknown.code == 1 and "2024-02-30" in unknown.stdout + unknown.stderr
    checked = dagjob("validate", "jobs.py:unconfigured")  # by its last partition
    assert checked.code == 1 and "no config" in checked.stdout + checked.stderr


def test_list_and_show_tell_kind_first_last_and_count(jobs: Path, dagjob: Any) -> None:
    listed = {job["name"]: job["partitions"] for job in json.loads(dagjob("list", "-f", "json").stdout)["jobs"]}
    assert listed["january"] == {
        "kind": "daily",
        "description": "daily since 2024-01-01 until 2024-02-01",
        "first": "2024-01-01",
        "last": "2024-01-31",
        "count": 31,
    }
    assert listed["plain"] is None
    assert (listed["fruit"]["count"], listed["unlisted"]["count"], listed["pairs"]["count"]) == (0, None, 62)
    table = dagjob("list").stdout
    assert "daily, 31 keys" in table and "day x region, 62 keys" in table
    assert "daily, 31 keys, 2024-01-01 to 2024-01-31" in dagjob("show", "jobs.py:january").stdout


def test_dynamic_keys_of_the_state_directory_are_known(jobs: Path, dagjob: Any) -> None:
    from dagjob import DagjobInstance

    DagjobInstance.local_temp(str(jobs.parent / ".dagjob")).add_dynamic_partitions("fruits", ["kiwi", "fig"])
    assert "dynamic, 2 keys" in dagjob("list").stdout
    assert dagjob("run", "jobs.py:fruit", "-p", "kiwi").code == 0
    assert dagjob("run", "jobs.py:fruit", "--partition-range", "kiwi...fig").code == 0
    assert seen(jobs) == ["['kiwi'] kiwi", "['kiwi', 'fig'] kiwi...fig"]
    assert "did you mean 'kiwi'" in dagjob("run", "jobs.py:fruit", "-p", "kiwis").stderr


def test_the_last_keys_complete_the_option_without_an_import(jobs: Path, dagjob: Any) -> None:
    (jobs.parent / ".dagjob").mkdir(mode=0o700)
    dagjob("list")
    jobs.write_text("raise SystemExit('imported')")
    offered = dagjob("__complete", "zsh", "run", "jobs.py:january", "-p", "").stdout.split()
    assert offered[:3] == ["latest", "2024-01-31", "2024-01-30"] and len(offered) == 32
    assert (
        dagjob("__complete", "zsh", "run", "january", "--partition=2024-01-0").stdout.split()[-1].endswith("2024-01-01")
    )
    assert dagjob("__complete", "bash", "dagjob run odd -p c", ":=").stdout.split("\n")[0] == "c\\ d"
    assert dagjob("__complete", "zsh", "run", "plain", "-p", "").stdout == ""
