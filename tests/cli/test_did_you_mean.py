"""Whatever is misspelt on a command line, in a variable or in a setting: what was meant is named."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from planted_history import Ask, Plant, run_events

Project = Callable[..., Path]
RUN = "35f3188a-0000-4000-8000-000000000000"
JOBS = """\
from dagjob import Config, StaticPartitionsDefinition, job, op

class Load(Config):
    limit: int = 10

@op(tags={"team": "data"}, pool="warehouse")
def load(config: Load): return 1

@op
def store(x): ...

@job(tags={"kind": "mart"})
def daily(): store(load())

@job(partitions_def=StaticPartitionsDefinition(["north", "south"]))
def parts(): load()
"""
SETTINGS = '[tool.dagjob.profiles.ci]\nformat = "plain"\n[tool.dagjob.pools]\nwarehouse = 2\n'

LINES = {
    "rnu daily": "run",
    "runs lst": "list",
    "config shwo": "show",
    "run daily --formt json": "--format",
    "run daily --format jsno": "json",
    "run daily --tb usr": "user",
    "run daily -e in_proces": "in_process",
    "run daily --show-output al": "all",
    "run daily --log-level wanring": "warning",
    "run daily --annotations githb": "github",
    "run daily --color alwys": "always",
    "run dialy": "daily",
    "run jbos.py": "jobs.py",
    "run jobs.py:dialy": "daily",
    "run daily -s laod": "load",
    "run daily -s tag:taem=data": "team=data",
    "run daily -s tag:taem": "team",
    "run daily -s name:laod*": "load",
    "run daily --exclude stroe": "store",
    "run daily --set laod.limit=5": "load",
    "run daily --set load.limt=5": "limit",
    "run daily -c prod.yml": "prod.yaml",
    "run daily --profile cii": "ci",
    "run daily --pool warehose=2 -n": "warehouse",
    "run daily --print-output laod": "load",
    "run daily --inputs-from 35f3188z -s store": "35f3188a",
    "run parts -p nort": "north",
    "run parts --partition-range north...suoth": "south",
    "backfill parts --partitions nort": "north",
    "resume 35f3188z": "35f3188a",
    "runs show 35f3188z": "35f3188a",
    "runs show latets": "latest",
    "runs show latest:faild": "latest:failed",
    "runs show latest:dialy": "latest:daily",
    "runs list -s status:faild": "failed",
    "runs list --job dialy": "daily",
    "runs logs latest laod": "load",
    "runs logs latest --level inof": "info",
    "runs output latest laod": "load",
    "runs diff latest 35f3188z": "35f3188a",
    "runs stats dialy": "daily",
    "why latest laod": "load",
    "why dialy": "daily",
    "graph daily -f svgg": "svg",
    "graph daily --run 35f3188z": "35f3188a",
    "list -s dialy": "daily",
    "list -s tag:kidn=mart": "kind=mart",
    "list -s name:dialy*": "daily",
    "list -t kidn=mart": "kind=mart",
    "list -f jsno": "json",
    "show daily -f jsn": "json",
    "validate daily -f conside": "concise",
    "partitions status prats": "parts",
    "completions bsh": "bash",
    "explain DJ4033": "DJ403",
    "doctor -f jsn": "json",
    "init --hepl": "--help",
}  # fmt: skip


def test_what_was_meant_is_named(ask: Ask, plant: Plant, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGJOB_PROFILE", raising=False)
    project("jobs.py", JOBS)
    project("prod.yaml", "{}")
    project("pyproject.toml", SETTINGS)
    plant(run_events(RUN, ops=("load", "store")))
    wrong = []
    for line, meant in LINES.items():  # one project for all: it is the making of it that takes time
        answer = ask(*shlex.split(line))
        said = f'id you mean "{meant}"' in answer.err or f"id you mean '{meant}'" in answer.err
        if not said or (answer.code not in (2, 5, 6) and "--pool" not in line):
            wrong.append((line, answer))
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("DAGJOB_FORMAT", "jsno", "json"),
        ("DAGJOB_TB", "usr", "user"),
        ("DAGJOB_EXECUTOR", "multiproces", "multiprocess"),
        ("DAGJOB_LOG_LEVEL", "wanring", "warning"),
        ("DAGJOB_COLOR", "alwys", "always"),
        ("DAGJOB_PROFILE", "cii", "ci"),
        ("DAGJOB_DAGSTER_ALIAS", "nevr", "never"),
    ],
)
def test_a_variable_too(
    name: str, value: str, meant: str, ask: Ask, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project("pyproject.toml", SETTINGS)
    monkeypatch.setenv(name, value)
    answer = ask("run", "daily")
    assert answer.code == 2 and name in answer.err and f'Did you mean "{meant}"?' in answer.err


# -- list and validate ---------------------------------------------------------------------------------------------


def test_a_list_is_strict_or_without_errors_where_it_is_asked(ask: Ask, project: Project) -> None:
    project("jobs.py", JOBS)
    project("bad_jobs.py", "import dagjob\nraise ValueError('no')\n")
    assert [ask("list", *words).code for words in ([], ["--strict"], ["--strict", "--no-errors"])] == [0, 4, 4]
    assert "bad_jobs.py" in ask("list", "--errors").out and "bad_jobs.py" not in ask("list", "--no-errors").out
    assert ask("list", "--no-errors", "-f", "names").err == ""
    assert ask("list", "--no-errors", "--errors").code == 2


NEEDS = """\
from dagjob import Config, ConfigurableResource, EnvVar, job, op

class Db(ConfigurableResource):
    url: str

class Load(Config):
    token: str
    must: int

@op
def load(config: Load, db: Db): ...

@job(resource_defs={"db": Db(url=EnvVar("WAREHOUSE_URL"))})
def daily(): load()

@job(config={"ops": {"load": {"config": {"token": {"env": "API_TOKEN"}, "must": 3}}}}, resource_defs={"db": Db(url="x")})
def own(): load()
"""


def test_variables_are_looked_for_where_it_is_asked(
    ask: Ask, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project("jobs.py", NEEDS)
    for name in ("WAREHOUSE_URL", "API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    assert ask("validate").code == 0
    told = ask("validate", "--env", "-f", "concise")
    assert (told.code, told.out.splitlines()) == (
        1,
        [
            "jobs.py:13:1: DJ204 environment variable WAREHOUSE_URL is not set",
            "jobs.py:16:1: DJ204 environment variable API_TOKEN is not set",
        ],
    )
    monkeypatch.setenv("WAREHOUSE_URL", "x")
    monkeypatch.setenv("API_TOKEN", "x")
    assert ask("validate", "--env").code == 0
