"""`run`, `show`, `validate` and `runs` as a user meets them: what they print, and their exit codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

ETL = '''
from dagjob import Field, RetryPolicy, job, op, resource

@resource(config_schema={"url": str}, description="Where the data is.")
def db(context):
    return context.resource_config["url"]

@op(config_schema={"limit": Field(int, default_value=10), "name": str}, required_resource_keys={"db"})
def extract(context) -> int:
    print("printed by extract")
    context.log.info("logged by extract")
    return context.op_config["limit"]

@op(retry_policy=RetryPolicy(max_retries=2, delay=0))
def load(number: int) -> int:
    if number == 99:
        raise ValueError("ninety nine")
    return number

@job(resource_defs={"db": db}, tags={"team": "core"})
def etl():
    """Takes and gives."""
    load(extract())
'''

RESOURCES = "resources:\n  db:\n    config:\n      url: y\n"
GOOD = "ops:\n  extract:\n    config:\n      name: x\n" + RESOURCES


@pytest.fixture
def etl(project: Project) -> Path:
    """A project with the job above, and a config that fits it."""
    project("etl_jobs.py", ETL)
    return project("good.yaml", GOOD)


# -- run -----------------------------------------------------------------------------------------------------------


def test_a_run_with_files_and_sets(dagjob: Run, etl: Path, project: Project) -> None:
    project("more.yaml", "ops: {extract: {config: {limit: 6}}}")
    done = dagjob(
        "run", "etl", "-c", "good.yaml", "-c", "more.yaml", "--set", "extract.name=z", "-t", "a=b", "-f", "json"
    )
    assert done.code == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["config"]["ops"] == {"extract": {"config": {"name": "z", "limit": 6}}}
    assert shown["tags"] == {"team": "core", "a": "b"}
    assert {step["key"]: step["status"] for step in shown["steps"]} == {"extract": "success", "load": "success"}


def test_config_from_stdin_and_patterns(dagjob: Run, etl: Path) -> None:
    assert dagjob("run", "etl", "-c", "-", stdin=GOOD).code == 0
    assert dagjob("run", "etl", "-c", "goo*.yaml").code == 0


@pytest.mark.parametrize("options", [[], ["-e", "in_process"], ["-j", "1"], ["--no-state"], ["-x"]])
def test_a_failing_op_is_exit_1(options: list[str], dagjob: Run, etl: Path) -> None:
    done = dagjob("run", "etl", "-c", "good.yaml", "--set", "extract.limit=99", *options)
    assert done.code == 1
    assert "ValueError: ninety nine" in done.stderr
    assert done.stdout == ""


def test_q_prints_the_id_alone(dagjob: Run, etl: Path) -> None:
    done = dagjob("run", "etl", "-c", "good.yaml", "-q")
    assert re.fullmatch(r"[0-9a-f-]{36}\n", done.stdout)
    assert done.stderr == ""
    assert dagjob("runs", "show", done.stdout[:8]).code == 0


def test_a_dry_run_runs_nothing(dagjob: Run, etl: Path, project: Project) -> None:
    done = dagjob("run", "etl", "-c", "good.yaml", "-n")
    assert done.code == 0
    assert "load" in done.stdout
    assert not (project() / ".dagjob").exists()
    assert dagjob("run", "etl", "-n").code == 6


def test_no_state_leaves_nothing_behind(dagjob: Run, etl: Path, project: Project) -> None:
    for env, options in (({}, ["--no-state"]), ({"DAGJOB_NO_STATE": "1"}, [])):
        assert dagjob("run", "etl", "-c", "good.yaml", *options, env=env).code == 0
    assert not (project() / ".dagjob").exists()


def test_the_state_directory_can_be_elsewhere(dagjob: Run, etl: Path, project: Project, tmp_path: Path) -> None:
    for number, (before, after, env) in enumerate(
        (
            ([], ["--home", str(tmp_path / "s0")], {}),
            (["--home", str(tmp_path / "s1")], [], {}),
            ([], [], {"DAGJOB_HOME": str(tmp_path / "s2")}),
        )
    ):
        assert dagjob(*before, "run", "etl", "-c", "good.yaml", *after, env=env).code == 0
        assert (tmp_path / f"s{number}" / "dagjob.db").exists()
    project("pyproject.toml", '[tool.dagjob]\nhome = "state"\n')
    assert dagjob("run", "etl", "-c", "good.yaml").code == 0
    assert (project() / "state" / "dagjob.db").exists()


def test_every_mistake_in_the_config_is_shown_at_its_place(dagjob: Run, etl: Path, project: Project) -> None:
    project(
        "bad.yaml",
        "ops:\n  extract:\n    config:\n      name: NO\n      limitt: 5\n  laod: {}\n" + RESOURCES,
    )
    done = dagjob("run", "etl", "-c", "bad.yaml", "--set", "extract.limit=ten")
    assert (done.code, done.stdout) == (6, "")
    for told in (
        "bad.yaml:4:13",
        "DJ209",
        "bad.yaml:5:7",
        '"limit"',
        "bad.yaml:6:3",
        '"load"',
        "--set extract.limit=ten",
        "4 errors, nothing was run",
    ):
        assert told in done.stderr
    assert not (project() / ".dagjob").exists()


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("missing.yaml", None, 2, "missing.yaml"),
        ("list.yaml", "[1]", 6, "list.yaml:1:1"),
        ("twice.yaml", "a: 1\na: 2\n", 6, "twice.yaml:2:1"),
        ("tab.yaml", "a:\n\tb: 1\n", 6, "tab.yaml:2:1"),
    ],
)
def test_a_config_file_that_is_none(
    name: str, text: str | None, code: int, words: str, dagjob: Run, etl: Path, project: Project
) -> None:
    if text is not None:
        project(name, text)
    done = dagjob("run", "etl", "-c", name)
    assert done.code == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


# -- show ----------------------------------------------------------------------------------------------------------


def test_show_tells_what_a_job_is_made_of(dagjob: Run, etl: Path) -> None:
    done = dagjob("show", "etl")
    assert done.code == 0, done.stderr
    for told in (
        "Takes and gives.",
        "team=core",
        "extract",
        "limit: int = 10",
        "name: str",
        "from extract",
        "db",
        "url",
    ):
        assert told in done.stdout


def test_the_json_of_show(dagjob: Run, etl: Path) -> None:
    shown = json.loads(dagjob("show", "etl", "-f", "json").stdout)
    assert set(shown) == {
        *("target", "name", "description", "tags", "hooks", "owners", "metadata", "executor", "ops"),
        *("resources", "partitions", "config_schema"),
    }
    extract, load = shown["ops"]
    assert (extract["key"], extract["outputs"][0]["type"], extract["resources"]) == ("extract", "Int", ["db"])
    assert load["inputs"] == [{"name": "number", "type": "Int", "from": "extract"}]
    assert load["retry"] == {"max_retries": 2, "delay": 0, "backoff": None, "jitter": None}
    limit = shown["config_schema"]["fields"]["ops"]["fields"]["extract"]["fields"]["config"]["fields"]["limit"]
    assert limit == {"type": "int", "required": False, "default": 10}


# -- validate ------------------------------------------------------------------------------------------------------


def test_a_valid_project(dagjob: Run, etl: Path) -> None:
    done = dagjob("validate")
    assert (done.code, done.stderr) == (0, "")
    assert "etl_jobs.py:etl" in done.stdout
    assert "1 of 1 job valid" in done.stdout
    assert dagjob("validate", "etl", "-c", "good.yaml").code == 0


def test_what_is_wrong_is_told_in_every_format(dagjob: Run, etl: Path, project: Project) -> None:
    project("bad.yaml", "ops:\n  extract:\n    config:\n      name: x\n      limitt: 5\n" + RESOURCES)
    project("bad_jobs.py", "import dagjob\nraise ValueError('boom')\n")
    done = dagjob("validate", "-c", "bad.yaml", "-f", "json")
    assert done.code == 1
    told = json.loads(done.stdout)
    assert told["jobs"] == [{"target": "etl_jobs.py:etl", "ok": False}, {"target": "bad_jobs.py", "ok": False}]
    limit, boom = told["problems"]
    assert limit == {
        "code": "DJ201",
        "severity": "error",
        "message": 'op "extract" has no option "limitt"',
        "file": "bad.yaml",
        "line": 5,
        "column": 7,
        "path": "root:ops:extract:config:limitt",
        "suggestion": "limit",
    }
    assert (boom["code"], Path(boom["file"]).name, boom["line"]) == ("DJ103", "bad_jobs.py", 2)
    concise = dagjob("validate", "-c", "bad.yaml", "-f", "concise").stdout.splitlines()
    assert concise[0] == 'bad.yaml:5:7: DJ201 op "extract" has no option "limitt"'
    assert dagjob("validate", "-c", "bad.yaml", "-f", "github").stdout.startswith("::error file=bad.yaml,line=5,col=7")
    human = dagjob("validate", "-c", "bad.yaml").stdout
    assert "bad.yaml:5:7" in human
    assert "0 of 2 jobs valid, 2 errors" in human


def test_warnings_alone_are_valid(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        """
        from dagjob import job, op

        @op(config_schema={"n": int})
        def number(context) -> int: return 1

        @op
        def text(value: str): ...

        @job
        def wrong(): text(number())
        """,
    )
    project("octal.yaml", "ops: {number: {config: {n: 010}}}")
    done = dagjob("validate", "-c", "octal.yaml", "-f", "concise")
    assert done.code == 0
    assert [re.findall(r"DJ\d+", line)[0] for line in done.stdout.splitlines()] == ["DJ302", "DJ209"]


def test_exit_codes_of_validate_for_its_own_arguments(dagjob: Run, etl: Path) -> None:
    assert dagjob("validate", "nope").code == 5
    assert dagjob("validate", "-c", "missing.yaml").code == 2
    assert dagjob("validate", "etl", "--set", "extract").code == 2


# -- runs ----------------------------------------------------------------------------------------------------------


def test_without_a_history(dagjob: Run, project: Project) -> None:
    done = dagjob("runs")
    assert (done.code, done.stdout) == (0, "")
    assert json.loads(dagjob("runs", "-f", "json").stdout) == {"runs": []}
    assert dagjob("runs", "show", "latest").code == 5
    assert not (project() / ".dagjob").exists()


def test_the_history_of_two_runs(dagjob: Run, etl: Path) -> None:
    assert dagjob("run", "etl", "-c", "good.yaml", "-t", "kind=good").code == 0
    assert dagjob("run", "etl", "-c", "good.yaml", "--set", "extract.limit=99").code == 1
    table = dagjob("runs").stdout
    assert [word for word in ("RUN", "etl", "failed", "success", "1/2", "2/2") if word not in table] == []
    failed, good = json.loads(dagjob("runs", "list", "-f", "json").stdout)["runs"]
    assert (failed["status"], failed["ops"]) == ("failed", {"success": 1, "failed": 1})
    assert dagjob("runs", "-f", "ids", "-t", "kind=good").stdout.strip() == good["id"]
    assert dagjob("runs", "-f", "plain").stdout.splitlines()[1].split("\t")[:3] == [good["id"], "etl", "success"]

    page = dagjob("runs", "show", failed["id"][:8]).stdout
    for told in (
        "FAILED",
        "load",
        "ValueError: ninety nine",
        "etl_jobs.py",
        f"dagjob runs logs {failed['id'][:8]} load",
    ):
        assert told in page
    shown = json.loads(dagjob("runs", "show", "latest", "-f", "json").stdout)
    assert shown["id"] == failed["id"]
    assert [(step["key"], step["status"], step["attempts"]) for step in shown["steps"]] == [
        ("extract", "success", 1),
        ("load", "failed", 3),
    ]
    assert set(shown) == {*failed, "selected", "config", "error", "steps"}


def test_logs(dagjob: Run, etl: Path) -> None:
    assert dagjob("run", "etl", "-c", "good.yaml").code == 0
    done = dagjob("runs", "logs", "latest", "extract")
    assert done.code == 0
    assert [re.sub(r"\d\d:\d\d:\d\d", "TIME", line) for line in done.stdout.splitlines()] == [
        "printed by extract",
        "TIME INFO     logged by extract",
    ]
    assert "extract  printed by extract" in dagjob("runs", "logs", "latest").stdout
    done = dagjob("runs", "logs", "latest", "extrat")
    assert done.code == 5
    assert '"extract"' in done.stderr


def test_validate_without_a_config_says_what_it_did_not_check(dagjob: Run, project: Project) -> None:
    project("jobs.py", "from dagjob import *\n@op(config_schema={'n': int})\ndef a(context): ...\n@job\ndef j(): a()\n")
    done = dagjob("validate", "jobs.py:j")
    assert done.code == 0
    assert "config not checked" in done.stdout
    assert "ops: {a: {config: {n: <int>}}}" in done.stdout
    assert '"needs": [' in dagjob("validate", "jobs.py:j", "-f", "json").stdout
    assert "not checked" not in dagjob("validate", "jobs.py:j", "--set", "a.n=1").stdout
