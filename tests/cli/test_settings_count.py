"""Each key of `[tool.dagjob]` and each variable has its effect, in the order: command line, variable, profile, job, section."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.cli import registry
from dagjob.cli.arguments import read_line
from dagjob.cli.running import asked_for, looks, named_format
from dagjob.cli.session import open_session
from dagjob.errors import DagjobUsageError
from dagjob.launch import setting_rules as rules
from dagjob.launch.registries import SINKS
from dagjob.launch.settings import find_project

Run, Project = Callable[..., Any], Callable[..., Path]

JOBS = """\
import os
from dagjob import job, op
import helper

@op(config_schema={"limit": int, "name": str})
def load(context):
    print("printed by load")
    names = ("FROM_FILE", "DAGJOB_RUN_ID", "DAGJOB_JOB", "DAGJOB_OP", "DAGJOB_ATTEMPT", "DAGJOB_RUN_DIR")
    context.log.info("seen " + " ".join(f"{name}={os.environ.get(name)}" for name in names))

@op
def fails(): helper.boom()

@job(tags={"team": "code"})
def daily(): load(); fails()

@job
def other(): load()
"""
SETTINGS = """\
[tool.dagjob]
paths = ["jobs.py"]
python-path = ["src"]
config = ["config/base.yaml"]
default-job = "daily"
home = ".state"
workers = 1
executor = "in_process"
tb = "short"
show-output = "all"
hide-frames = ["helper"]
env-file = ".env"
sinks = ["helper:hear"]

[tool.dagjob.defaults.tags]
team = "data"
owner = "me"

[tool.dagjob.jobs.daily]
config = ["config/daily.yaml"]
timeout = "2h"

[tool.dagjob.profiles.ci]
format = "plain"
junit-xml = "report.xml"
jobs = 2
config = ["config/ci.yaml"]
executor = "multiprocess"
tags = { team = "profile" }
"""


@pytest.fixture
def everything(project: Project) -> Path:
    """A project whose pyproject.toml says much."""
    project("jobs.py", JOBS)
    project("src/helper.py", "def boom(): raise ValueError('no')\ndef hear(event): open('heard', 'a').write('.')\n")
    project("pyproject.toml", SETTINGS)
    project(".env", "FROM_FILE=yes\n")
    project("config/base.yaml", "ops: {load: {config: {limit: 1, name: base}}}\n")
    project("config/daily.yaml", "ops: {load: {config: {name: of daily}}}\n")
    project("config/ci.yaml", "ops: {load: {config: {limit: 7}}}\n")
    return project()


def test_the_settings_of_section_and_job_count(everything: Path, dagjob: Run) -> None:
    done = dagjob("run", "-f", "json")
    told = json.loads(done.stdout)
    assert (done.code, told["job"]) == (1, "daily") and "  in_process\n" in done.stderr
    assert told["tags"] == {"team": "code", "owner": "me"}
    assert told["config"]["ops"]["load"]["config"] == {"limit": 1, "name": "of daily"}
    assert (everything / ".state" / "dagjob.db").exists() and (everything / "heard").exists()
    assert "printed by load" in done.stderr  # show-output
    assert "FROM_FILE=yes" in done.stderr and f"DAGJOB_RUN_ID={told['id']}" in done.stderr
    assert all(
        f"{name}=None" not in done.stderr for name in ("DAGJOB_JOB", "DAGJOB_OP", "DAGJOB_ATTEMPT", "DAGJOB_RUN_DIR")
    )
    assert "jobs.py:12" in done.stderr and "helper.py" not in done.stderr  # tb short, hide-frames


def test_a_profile_counts_more_and_is_ci_where_ci_is_set(everything: Path, dagjob: Run) -> None:
    done = dagjob("run", env={"CI": "true"})
    assert "run " in done.stderr and "2 workers" in done.stderr
    assert (everything / "report.xml").exists()
    told = json.loads(dagjob("runs", "show", "-f", "json").stdout)
    assert told["tags"]["team"] == "profile"
    assert told["config"]["ops"]["load"]["config"] == {"limit": 7, "name": "of daily"}
    shown = dagjob("config", "show", "--origin", "--profile", "ci").stdout
    assert "config/ci.yaml:1, profile ci" in shown and "config/daily.yaml:1, jobs.daily" in shown
    for words, env in ((["--profile", "cii"], {}), ([], {"DAGJOB_PROFILE": "cii"})):
        done = dagjob("run", *words, env=env)
        assert done.code == 2 and 'no profile "cii". Did you mean "ci"?' in done.stderr


def test_a_setting_of_a_job_that_there_is_not_is_told(everything: Path, dagjob: Run, project: Project) -> None:
    project("pyproject.toml", SETTINGS.replace("jobs.daily", "jobs.dialy"))
    done = dagjob("validate", "-f", "concise")
    assert (
        'pyproject.toml:19:19: DJ100 [tool.dagjob.jobs.dialy]: there is no job "dialy". Did you mean "daily"?'
        in done.stdout
    )


# -- which one wins ------------------------------------------------------------------------------------------------

WINS: dict[str, tuple[str, str, Any]] = {
    # option: variable; what is found where the value is A on the command line ... in the section
    "tb": ("DAGJOB_TB", "tb", ("user", "full", "short", "none")),
    "log-level": ("DAGJOB_LOG_LEVEL", "log_level", ("debug", "info", "warning", "error")),
    "show-output": ("", "show_output", ("all", "none", "failed", "all")),
    "format": ("DAGJOB_FORMAT", "format", ("jsonl", "json", "id", "plain")),
    "jobs": ("DAGJOB_JOBS", "slots", (1, 2, 3, 4)),
    "executor": ("DAGJOB_EXECUTOR", "executor", ("in_process", "multiprocess", "in_process", None)),
    "timeout": ("", "timeout", ("1s", "2s", "3s", "4s")),
    "op-timeout": ("", "op_timeout", ("1s", "2s", "3s", "4s")),
    "grace": ("", "grace", ("1s", "2s", "3s", "4s")),
    "max-failures": ("", "max_failures", (1, 2, 3, 4)),
}


@pytest.mark.parametrize("name", WINS)
def test_the_nearest_counts(name: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    variable, field, values = WINS[name]
    monkeypatch.chdir(project())
    for each in ("CI", "DAGJOB_PROFILE", variable or "DAGJOB_X"):
        monkeypatch.delenv(each, raising=False)

    def found(*words: str) -> Any:
        args = read_line(["run", "daily", *words]).parsed
        assert args is not None
        session = open_session(args)
        args = session.filled(args, "daily")
        every = {
            **looks(args, session, keep=True),
            **asked_for(args, session, {}),
            "format": named_format(args, session),
        }
        return every[field]

    def wanted(value: Any) -> Any:
        return float(value[:-1]) if isinstance(value, str) and value.endswith("s") and value[0].isdigit() else value

    on_line, in_variable, in_profile, in_section = values
    quoted = {value: value if isinstance(value, int) else f'"{value}"' for value in values}
    if in_section is not None:
        key = "workers" if name == "jobs" else name
        project("pyproject.toml", f"[tool.dagjob]\n{key} = {quoted[in_section]}\n")
        assert found() == wanted(in_section)
    project(
        "pyproject.toml",
        f"[tool.dagjob]\n[tool.dagjob.jobs.daily]\n{name} = {quoted[in_variable]}\n"
        f"[tool.dagjob.profiles.p]\n{name} = {quoted[in_profile]}\n",
    )
    assert found() == wanted(in_variable) and found("--profile", "p") == wanted(in_profile)
    if variable:
        monkeypatch.setenv(variable, str(in_variable))
        assert found("--profile", "p") == wanted(in_variable)
    assert found("--profile", "p", f"--{name}", str(on_line)) == wanted(on_line)


def test_each_setting_that_stands_for_an_option_is_one_of_run() -> None:
    run = registry.ROOT.find("run")
    assert run is not None
    assert [name for name in rules.OPTIONS if name != "workers" and run.option(f"--{name}") is None] == []


def test_switches_and_what_stands_instead_of_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project())
    project(
        "pyproject.toml",
        '[tool.dagjob]\nfail-fast = true\nformat = "plain"\n[tool.dagjob.profiles.p]\nfail-fast = false\n',
    )

    def filled(*words: str) -> Any:
        args = read_line(["run", *words]).parsed
        assert args is not None
        return open_session(args).filled(args)

    assert filled().on(registry.FAIL_FAST) and filled().text(registry.RUN_FORMAT) == "plain"
    assert not filled("--keep-going").on(registry.FAIL_FAST) and not filled("--profile", "p").on(registry.FAIL_FAST)
    assert filled("-q").text(registry.RUN_FORMAT) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('tb = "usr"', 2, '"tb" is one of user, full, short, none, not "usr". Did you mean "user"?'),
        ("[tool.dagjob.profiles.ci]\nfromat = 'x'", 3, '[tool.dagjob.profiles.ci] has no setting "fromat". Did you mean "format"?'),
        ("[tool.dagjob.profiles.ci]\njobs = 0", 3, '"jobs" must be a number of workers, at least 1, or "auto", not 0'),
        ("[tool.dagjob.jobs.daily]\ntimeout = '2x'", 3, '"timeout" must be a time such as'),
        ("[tool.dagjob.jobs.daily]\nenv-file = 'x'", 3, 'has no setting "env-file"'),
        ("retention = { rns = 2 }", 2, 'has no "rns". Did you mean "runs"?'),
        ("[tool.dagjob.defaults]\ntgs = {}", 3, 'has no setting "tgs". Did you mean "tags"?'),
        ("[tool.dagjob.defaults.tags]\nteam = 3", 2, "must be a table of strings"),
        ("profiles = 3", 2, "must be a table of tables"),
        ("fail-fast = 'yes'", 2, '"fail-fast" must be true or false'),
        ("executor = 'multiproces'", 2, 'Did you mean "multiprocess"?'),
        ('jobs = "auto"\n[tool.dagjob.jobs.daily]\ntimeout = "2h"', 3, "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_with_its_line(text: str, line: int, words: str, project: Project) -> None:
    project("pyproject.toml", f"[tool.dagjob]\n{text}\n")
    with pytest.raises(DagjobUsageError) as caught:
        find_project(str(project()))
    assert words in str(caught.value)
    assert caught.value.place is not None and caught.value.place.line == line
    if "cannot be read" in words:
        assert caught.value.notes == ('beside [tool.dagjob.jobs.NAME] the number of workers is called "workers"',)


def test_the_page_shows_every_setting(request: pytest.FixtureRequest) -> None:
    page = (request.config.rootpath / "docs" / "settings.md").read_text(encoding="utf-8")
    shown = tomllib.loads(page.split("```toml\n")[1].split("```")[0])["tool"]["dagjob"]
    named = {*shown, *shown["profiles"]["ci"], *shown["jobs"]["daily"]}
    assert {*rules.OWN, *rules.TABLES, "jobs", "workers"} - named == set()
    assert [
        name for name in {*rules.OPTIONS, *rules.SHARED} - set(SINKS) if f"`{name}`" not in page and name not in named
    ] == []
