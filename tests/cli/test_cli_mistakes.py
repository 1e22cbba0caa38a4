"""A config with several mistakes in several files: all are told at once, each with its place, and nothing is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
Project = Callable[..., Path]

JOBS = """\
from pydantic import Field as PydanticField
from dagjob import Config, Enum, EnumValue, job, op

class Extract(Config):
    limit: int = PydanticField(10, gt=0)
    name: str

@op
def extract(config: Extract) -> int:
    open("ran", "w").close()
    return 1

@op(config_schema={"country": str, "mode": Enum("Mode", [EnumValue("fast"), EnumValue("slow")])})
def load(context, x): ...

@job
def etl():
    load(extract())
"""


def test_five_mistakes_in_two_files_are_five_errors(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    # The class judges its values when its keys are right, so the unknown key stands with the other op.
    project("base.yaml", "ops:\n  extract:\n    config:\n      limit: -4\n      name: x\n")
    project(
        "prod.yaml", "ops:\n  load:\n    config:\n      country: NO\n      mode: fsat\n      frsh: true\nloger: {}\n"
    )
    files = ("-c", "base.yaml", "-c", "prod.yaml")
    expected = [
        ("base.yaml:4:14", "greater than 0", "limit: -4"),
        ("prod.yaml:4:16", 'write "NO"', "country: NO"),
        ("prod.yaml:5:13", 'did you mean "fast"?', "mode: fsat"),
        ("prod.yaml:6:7", '"frsh"', "frsh: true"),
        ("prod.yaml:7:1", 'did you mean "loggers"?', "loger: {}"),
    ]
    validated = dagjob("validate", "jobs.py", *files)
    run = dagjob("run", "jobs.py", *files, "--format", "plain")
    assert (validated.code, run.code) == (1, 6)
    for text in (validated.stdout, run.stderr):
        blocks = text.split("error[")[1:]
        assert len(blocks) == 5, text
        for block, (place, words, excerpt) in zip(blocks, expected, strict=True):
            assert f"--> {place}\n" in block
            assert words in block
            assert excerpt in block
    assert not (project() / "ran").exists()
    assert "nothing was run" in run.stderr
    assert dagjob("runs", "list", "--format", "json").stdout.strip() in ("", '{\n  "runs": []\n}')


def test_the_same_for_programs(dagjob: Run, project: Project) -> None:
    project("jobs.py", JOBS)
    project(
        "base.yaml",
        "ops:\n  extract:\n    config:\n      limit: ten\n      nmae: x\n  load: {config: {country: x, mode: fast}}\n",
    )
    done = dagjob("validate", "jobs.py", "-c", "base.yaml", "-f", "json")
    problems = json.loads(done.stdout)["problems"]
    assert {(p["code"], p["line"], p["column"]) for p in problems} >= {("DJ203", 4, 14), ("DJ201", 5, 7)}
    assert next(p for p in problems if p["code"] == "DJ201")["suggestion"] == "name"
    concise = dagjob("validate", "jobs.py", "-c", "base.yaml", "-f", "concise").stdout
    assert "base.yaml:4:14: DJ203" in concise


RESOURCES = """\
from pydantic import Field as PydanticField, field_validator
from dagjob import ConfigurableResource, Definitions, ResourceDependency, job, op

class Database(ConfigurableResource):
    url: str
    port: int = PydanticField(5432, lt=65536)

    @field_validator("url")
    @classmethod
    def has_a_scheme(cls, value):
        if "://" not in value:
            raise ValueError("a url has a scheme")
        return value

class Store(ConfigurableResource):
    database: Database
    name: str = PydanticField("n", max_length=3)

@op
def load(database: Database, store: Store): open("ran", "w").close()

resources = {"database": Database.configure_at_launch(), "store": Store(database=Database(url="a://b"))}

@job(resource_defs=resources)
def etl(): load()
"""


def test_the_class_of_a_resource_refuses_its_config_before_anything_runs(dagjob: Run, project: Project) -> None:
    project("jobs.py", RESOURCES)
    project("conf.yaml", "resources:\n  database:\n    config:\n      url: nowhere\n      port: 70000\n")
    for command, code in (("validate", 1), ("run", 6)):
        done = dagjob(command, "jobs.py", "-c", "conf.yaml")
        told = done.stdout + done.stderr
        assert done.code == code
        assert "conf.yaml:4:12" in told
        assert "a url has a scheme" in told
        assert "conf.yaml:5:13" in told
        assert "less than 65536" in told
    assert not (project() / "ran").exists()
