"""`dagjob job ...` takes the command lines of `dagster job ...`: a script moves by replacing one word."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.__main__ import main

Dagjob = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """
    from dagster import StaticPartitionsDefinition, job, op

    @op(config_schema={"n": int})
    def one(context):
        print(context.op_config["n"], sorted(context.run.tags.items()))
        return 1

    @op
    def two(x): ...

    @job(tags={"team": "core"})
    def first():
        two(one())

    @op
    def of_part(context):
        print("part", context.partition_key)

    @job(partitions_def=StaticPartitionsDefinition(["p1", "p2", "p3"]))
    def parts():
        of_part()
"""


@pytest.fixture
def jobs(project: Project) -> Path:
    project("pyproject.toml", '[tool.dagjob]\ndagster-alias = "always"\n')
    project("one.yaml", "ops: {one: {config: {n: 1}}}\n")
    return project("jobs.py", JOBS)


def printed(done: Any) -> str:
    assert done.code == 0, done.stderr
    return done.stdout + done.stderr


def test_execute_takes_files_config_tags_and_a_selection(jobs: Path, dagjob: Dagjob) -> None:
    line = ("job", "execute", "-f", "jobs.py", "-j", "first", "-c", "one.yaml", "--tags", '{"k": "v"}', "-o", "one")
    done = dagjob(*line)
    assert done.code == 0, done.stderr
    assert "SUCCESS" in done.stderr and "two" not in done.stderr
    shown = json.loads(dagjob("runs", "show", "-f", "json").stdout)
    assert {**shown["tags"], "k": "v", "team": "core"} == shown["tags"]
    assert (shown["job"], shown["target"]) == ("first", "jobs.py:first")


def test_a_tag_may_name_the_partition(jobs: Path, dagjob: Dagjob) -> None:
    line = ("job", "execute", "-m", "jobs", "-a", "parts", "--tags", '{"dagster/partition": "p2"}')
    assert dagjob(*line).code == 0
    assert json.loads(dagjob("runs", "show", "-f", "json").stdout)["partition"] == "p2"


def test_a_working_directory_is_imported_from(jobs: Path, dagjob: Dagjob, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "helpers_of_mine.py").write_text("from jobs import first\n")
    line = (
        "job",
        "print",
        "-d",
        str(tmp_path / "lib"),
        "--package-name",
        "helpers_of_mine",
        "-j",
        "first",
        "--verbose",
    )
    assert "first" in printed(dagjob(*line))


def test_list_print_backfill_and_scaffold_config(jobs: Path, dagjob: Dagjob) -> None:
    assert "parts" in printed(dagjob("job", "list", "-f", "jobs.py"))
    assert "of_part" in printed(dagjob("job", "print", "-f", "jobs.py", "-j", "parts"))
    told = printed(
        dagjob("job", "backfill", "-f", "jobs.py", "-j", "parts", "--from", "p2", "--to", "p3", "--noprompt")
    )
    assert "2 partitions" in told or "2 done" in told
    required = dagjob("job", "scaffold_config", "-f", "jobs.py", "-j", "first", "--print-only-required").stdout
    assert required.startswith("ops:\n  one:")
    assert (
        dagjob("job", "scaffold_config", "-f", "jobs.py", "-j", "parts", "--print-only-required").stdout.split()[0]
        == "{}"
    )
    assert "n:" in printed(dagjob("job", "scaffold_config", "-f", "jobs.py", "-j", "first"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("execute", "-f", "jobs.py", "-j", "first", "--tags", "notjson"), "--tags takes a JSON object"),
        (("execute", "-f", "jobs.py", "-j", "first", "--tags", '{"k": 1}'), "--tags takes a JSON object"),
        (("execute", "-f", "jobs.py", "-f", "other.py"), "one file or module holds the job"),
        (("execute", "-f", "jobs.py", "-d", "nowhere"), 'there is no folder "nowhere"'),
        (("launch", "-f", "jobs.py"), 'dagjob job has no command "launch"'),
        (("execute", "--grpc-port", "3"), 'no option "--grpc-port"'),
    ],
)
def test_a_mistake_is_told_in_one_line(
    line: tuple[str, ...], told: str, jobs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(jobs.parent)
    assert main(["job", *line]) == 2
    assert told in capsys.readouterr().err


def test_they_are_not_offered(dagjob: Dagjob) -> None:
    words: Any = [line.split()[:1] for line in dagjob("--help").stdout.splitlines()]
    assert ["job"] not in words and ["run"] in words
    assert "job" not in [line.split("\t")[0] for line in dagjob("__complete", "").stdout.splitlines()]
    assert "scaffold_config" in dagjob("job", "--help").stdout
