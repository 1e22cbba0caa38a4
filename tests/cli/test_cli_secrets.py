"""A secret that a run knows is in nothing that the run shows or leaves behind, but in the outputs of its ops."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Project = Callable[..., Path]

IN_FIELD, IN_CLASS, IN_RESOURCE = "field-s3cr3t", "class-s3cr3t", "resource-s3cr3t"
IN_VARIABLE, OF_ENVIRONMENT = "variable-s3cr3t", "environment-s3cr3t"
LINES = "-----BEGIN-----\\nline-of-s3cr3t\\n-----END-----"
SECRETS = (IN_FIELD, IN_CLASS, IN_RESOURCE, IN_VARIABLE, OF_ENVIRONMENT, "line-of-s3cr3t")

JOBS = """
import os, sys
from pydantic import Field as PydanticField, SecretStr
from dagjob import (AssetMaterialization, Config, ConfigurableResource, Failure, Field, MetadataValue, Out, Output, StringSource,
                    failure_hook, job, op)

class Keys(Config):
    token: SecretStr
    plain: str = "plain-text"

class Store(ConfigurableResource):
    password: str = PydanticField(json_schema_extra={"dagster__is_secret": True})

def everything(*more):
    return " ".join([os.environ["MY_API_TOKEN"], *more])

SECRET = Field(StringSource, is_secret=True)

@op(config_schema={"key": SECRET, "other": SECRET}, required_resource_keys={"store"})
def speaks(context):
    told = everything(context.op_config["key"], context.op_config["other"], context.resources.store.password)
    context.log.info(told)
    context.log.warning("split over lines:\\n" + told)
    print(told)
    print(told, file=sys.stderr)
    os.system("echo " + told)
    context.log_event(AssetMaterialization("table", description=told, metadata={"url": told}))
    context.add_output_metadata({"text": told, "json": {"inside": [told]}, "md": MetadataValue.md(told)})
    context.progress(1, 2, text=told)
    return told

@op
def classy(context, config: Keys):
    context.log.info(config.token.get_secret_value() + " " + config.plain)
    return config.token.get_secret_value()

@failure_hook
def tells(context):
    context.log.error(str(context.op_exception))
    raise ValueError(str(context.op_exception))

@op(config_schema={"key": Field(str, is_secret=True)})
def fails(context, x):
    told = everything(context.op_config["key"])
    print("about to fail with", told)
    try:
        raise KeyError(told)
    except KeyError as error:
        raise Failure("failed with " + told, metadata={"why": told}) from error

@job(resource_defs={"store": Store(password="resource-s3cr3t")})
def good():
    speaks()
    classy()

@job(hooks={tells}, resource_defs={"store": Store(password="resource-s3cr3t")})
def bad():
    fails(speaks())
"""

CONFIG = f"""
ops:
  speaks: {{config: {{key: {IN_FIELD}, other: {{env: OTHER_NAME}}}}}}
  classy: {{config: {{token: {IN_CLASS}}}}}
"""
BAD = f"""
ops:
  speaks: {{config: {{key: {IN_FIELD}, other: {{env: OTHER_NAME}}}}}}
  fails: {{config: {{key: "{LINES}"}}}}
"""
ENVIRONMENT = {"MY_API_TOKEN": OF_ENVIRONMENT, "OTHER_NAME": IN_VARIABLE}


@pytest.fixture
def here(project: Project) -> Path:
    project("jobs.py", JOBS)
    project("good.yaml", CONFIG)
    project("bad.yaml", BAD)
    return project()


def left_behind(root: Path) -> dict[str, bytes]:
    """Every file of the state directory but the outputs of ops, which must be what they are."""
    files = [path for path in (root / ".dagjob").rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files if "out" not in path.parts}


def secrets_in(texts: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(name, secret) for name, data in texts.items() for secret in SECRETS if secret.encode() in data]


@pytest.mark.parametrize("how", ["multiprocess", "in_process"])
@pytest.mark.parametrize("shown", ["plain", "jsonl", "json"])
@pytest.mark.parametrize(("name", "code"), [("good", 0), ("bad", 1)])
def test_a_run_shows_and_keeps_no_secret(dagjob: Run, here: Path, how: str, shown: str, name: str, code: int) -> None:
    more = ["--show-output", "all", "--tb", "full", "--log-level", "debug", "-e", how, "-f", shown]
    done = dagjob("run", f"jobs.py:{name}", "-c", f"{name}.yaml", *more, env=ENVIRONMENT)
    assert done.code == code, done.stderr
    assert "******" in done.stdout + done.stderr
    assert secrets_in({"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}) == []
    assert secrets_in(left_behind(here)) == []
    for query in (["show", "latest"], ["show", "latest", "-f", "json"], ["logs", "latest"], ["list", "-f", "json"]):
        told = dagjob("runs", *query)
        assert told.code == 0
        assert secrets_in({" ".join(query): told.stdout.encode() + told.stderr.encode()}) == []


def test_the_ops_get_the_secrets_themselves(dagjob: Run, here: Path) -> None:
    done = dagjob("run", "jobs.py:good", "-c", "good.yaml", "-f", "plain", env=ENVIRONMENT)
    assert done.code == 0
    outputs = b"".join(
        path.read_bytes() for path in (here / ".dagjob").rglob("*") if "out" in path.parts and path.is_file()
    )
    for secret in (IN_FIELD, IN_CLASS, IN_RESOURCE, IN_VARIABLE, OF_ENVIRONMENT):
        assert secret.encode() in outputs


def test_what_is_no_secret_stays(dagjob: Run, here: Path) -> None:
    dagjob("run", "jobs.py:good", "-c", "good.yaml", "-f", "plain", env=ENVIRONMENT)
    assert "plain-text" in dagjob("runs", "logs", "latest").stdout
    kept = json.loads(dagjob("runs", "show", "latest", "-f", "json").stdout)
    assert kept["config"]["ops"]["speaks"]["config"] == {"key": "******", "other": {"env": "OTHER_NAME"}}


def test_the_variables_that_are_secret_are_named_in_pyproject(dagjob: Run, here: Path) -> None:
    (here / "pyproject.toml").write_text('[tool.dagjob]\nredact = ["PLAIN_*"]\n')
    done = dagjob(
        "run", "jobs.py:good", "-c", "good.yaml", "-f", "plain", "--show-output", "all",
        env={**ENVIRONMENT, "PLAIN_WORD": "plain-text"},
    )  # fmt: skip
    assert done.code == 0
    shown = dagjob("runs", "logs", "latest").stdout
    assert "plain-text" not in shown
    assert OF_ENVIRONMENT in shown


def test_an_excerpt_of_a_config_shows_no_secret(dagjob: Run, here: Path) -> None:
    (here / "wrong.yaml").write_text(
        f"ops:\n  speaks:\n    config:\n      key: {IN_FIELD}\n      other: [{IN_VARIABLE}]\n      unknown: 3\n"
        f"  classy: {{config: {{token: {IN_CLASS}, plainn: 1}}}}\n"
    )
    for command in ("validate", "run"):
        for more in ([], ["--set", f"speaks.other=[{IN_VARIABLE}]"]):
            done = dagjob(command, "jobs.py:good", "-c", "wrong.yaml", *more, env=ENVIRONMENT)
            assert done.code in (1, 6)
            told = done.stdout + done.stderr
            assert "unknown" in told
            assert "plainn" in told
            assert secrets_in({"told": told.encode()}) == [], told


def test_an_error_at_import_shows_no_secret_variable(dagjob: Run, here: Path) -> None:
    (here / "jobs.py").write_text("import os, dagjob\nraise ValueError('cannot use ' + os.environ['MY_API_TOKEN'])\n")
    done = dagjob("run", "jobs.py:good", env=ENVIRONMENT)
    assert done.code == 4
    assert "cannot use ******" in done.stderr
    assert OF_ENVIRONMENT not in done.stderr
    for command in (["validate", "jobs.py"], ["list"], ["list", "-f", "json"], ["list", "-f", "plain"]):
        done = dagjob(*command, env=ENVIRONMENT)
        assert "******" in done.stdout + done.stderr
        assert OF_ENVIRONMENT not in done.stdout + done.stderr
