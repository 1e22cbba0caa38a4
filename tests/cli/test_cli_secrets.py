"""A secret that a run knows is in nothing that the run shows or leaves behind, but in the outputs of its ops."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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


# -- where a secret is not the exact text of a value ------------------------------------------------------------------

ELSEWHERE = """
import json, os
from pydantic import Field as PydanticField, SecretStr
from dagjob import Config, ConfigurableResource, Field, config_mapping, configured, job, op, resource

IS_SECRET = {"dagster__is_secret": True}

class Login(Config):
    token: str = PydanticField(json_schema_extra=IS_SECRET)
    country: str = "any"
    limit: int = 3

@op
def login(config: Login): print(json.dumps(config.token))

@job
def plain(): login()

@config_mapping(config_schema={"key": Field(str, is_secret=True)})
def maps(config): raise ValueError("cannot use " + config["key"])

@job(config=maps)
def mapped(): login()

@op(config_schema={"pw": Field(str, is_secret=True)})
def legacy(context): print(context.op_config["pw"])

@configured(legacy, {"base": str})
def made(config): return {"pw": "made-" + config["base"]}

class Inner(ConfigurableResource):
    pw: SecretStr = SecretStr("default-s3cr3t")

class Outer(ConfigurableResource):
    inner: Inner

@op
def uses(outer: Outer): print(outer.inner.pw.get_secret_value())

@job(resource_defs={"outer": Outer(inner=Inner(pw="nested-s3cr3t"))})
def nested(): uses()

at_launch = Inner.configure_at_launch()

@job(resource_defs={"outer": Outer(inner=at_launch), "inner": at_launch})
def launched(): uses()

@op(required_resource_keys={"old"})
def uses_old(context): print(context.resources.old)

@resource(config_schema={"pw": Field(str, is_secret=True)})
def old(context): return context.resource_config["pw"]

@job(resource_defs={"old": old.configured({"pw": "configured-s3cr3t"})})
def resources(): uses_old()

@job
def fixed(): legacy.configured({"pw": "fixed-s3cr3t"}, name="fixed_legacy")()

@job
def called(): made()

@op
def progresses(context): context.progress(1, 2, os.environ["MY_API_TOKEN"])

@job
def tagged(): progresses()
"""


@pytest.fixture
def elsewhere(project: Project) -> Path:
    project("jobs.py", ELSEWHERE)
    return project()


@pytest.mark.parametrize(
    ("name", "more", "secret"),
    [
        ("fixed", [], "fixed-s3cr3t"),
        ("called", ["--set", "made.base=s3cr3t"], "made-s3cr3t"),
        ("resources", [], "configured-s3cr3t"),
        ("nested", [], "nested-s3cr3t"),
        ("launched", [], "default-s3cr3t"),
        ("launched", ["--set", "resources.inner.pw=given-s3cr3t"], "given-s3cr3t"),
        ("plain", ["--set-file", "login.token=token.txt"], 'with \\"quotes'),
        ("tagged", ["-t", f"why={OF_ENVIRONMENT}"], OF_ENVIRONMENT),
    ],
)
def test_a_secret_from_wherever_it_comes_is_masked(
    dagjob: Run, elsewhere: Path, name: str, more: list[str], secret: str
) -> None:
    (elsewhere / "token.txt").write_text('with "quotes')
    done = dagjob("run", f"jobs.py:{name}", *more, "-f", "jsonl", "--show-output", "all", env=ENVIRONMENT)
    assert done.code == 0, done.stderr
    shown = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode(), **left_behind(elsewhere)}
    for query in (["show", "latest"], ["show", "latest", "-f", "json"], ["logs", "latest"], ["list", "-f", "json"]):
        told = dagjob("runs", *query)
        shown[" ".join(query)] = told.stdout.encode() + told.stderr.encode()
    assert [name for name, data in shown.items() if secret.encode() in data] == []
    assert any(b"****" in data for data in shown.values())


BESIDE = {
    "another line is no YAML": "token: s3cr3t-word\n      country: [a\n",
    "the key is misspelt": "tokn: s3cr3t-word\n",
    "the text is not the value": 'token: "s3\\x63r3t-word"\n      limit: x\n',
    "the text is folded": "token: >-\n        s3cr3t-word\n      limit: x\n",
    "the key stands twice": "token: s3cr3t-word\n      token: s3cr3t-other\n",
    "the value holds a variable's": "token: a\n      limit: [environment-s3cr3t]\n",
}


@pytest.mark.parametrize("command", ["validate", "run", "config show"])
@pytest.mark.parametrize("config", BESIDE.values(), ids=BESIDE)
def test_no_excerpt_shows_a_secret(dagjob: Run, elsewhere: Path, command: str, config: str) -> None:
    (elsewhere / "wrong.yaml").write_text(f"ops:\n  login:\n    config:\n      {config}")
    done = dagjob(*command.split(), "jobs.py:plain", "-c", "wrong.yaml", env=ENVIRONMENT)
    told = done.stdout + done.stderr
    assert done.code in (1, 6)
    assert "wrong.yaml:" in told
    assert "****" in told
    assert [part for part in ("s3cr3t", "\\x63r3t", OF_ENVIRONMENT) if part in told] == []


@pytest.mark.parametrize(
    "text", ["login.token={s3cr3t-word", "login.tokn=s3cr3t-word", "login.country=[s3cr3t-of-env]"]
)
def test_no_argument_shows_a_secret(dagjob: Run, elsewhere: Path, text: str) -> None:
    for command in ("validate", "run"):
        done = dagjob(command, "jobs.py:plain", "--set", text, env={"MY_API_TOKEN": "s3cr3t-of-env"})
        assert done.code in (1, 6)
        assert "--set" in done.stdout + done.stderr
        assert "s3cr3t" not in done.stdout + done.stderr


def test_a_file_may_be_meant_for_another_job(dagjob: Run, elsewhere: Path) -> None:
    (elsewhere / "inner.yaml").write_text("resources:\n  inner:\n    config:\n      pw: s3cr3t-word\n")
    done = dagjob("validate", "-c", "inner.yaml")
    assert done.code == 1
    assert "s3cr3t-word" not in done.stdout + done.stderr


def test_what_a_mapping_raises_shows_no_secret(dagjob: Run, elsewhere: Path) -> None:
    for command in ("validate", "run", "config show"):
        done = dagjob(*command.split(), "jobs.py:mapped", "--set", "key=s3cr3t-word")
        assert done.code in (1, 6)
        assert "cannot use ******" in done.stdout + done.stderr
        assert "jobs.py:20" in done.stdout + done.stderr
        assert "s3cr3t-word" not in done.stdout + done.stderr


def test_the_crash_file_has_no_values_of_the_command_line(tmp_path: Path) -> None:
    code = (
        "import sys, dagjob.cli.run as run\n"
        "def boom(*_): raise ZeroDivisionError('boom')\n"
        "run.open_session = boom\n"
        "from dagjob.__main__ import main\n"
        "sys.exit(main(['run', 'jobs.py:j', '--set', 'a.b=s3cr3t', '-t', 'c=s3cr3t', '--config-json', '{\"x\": \"s3cr3t\"}',"
        " '--set=d.e=s3cr3t', '--config-json={\"y\": \"s3cr3t\"}']))\n"
    )
    home = tmp_path / "state"
    home.mkdir()
    environ = {**os.environ, "DAGJOB_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    (crash,) = (home / "crash").iterdir()
    assert "'a.b=...'" in crash.read_text()
    assert "s3cr3t" not in crash.read_text()


LATE = """
from dagjob import *
from typing import Dict, List, Optional
from pydantic import Field as F, SecretStr, field_validator

@op(config_schema={"pw": Field(str, is_secret=True)})
def uses(context): ...

@success_hook
def tells(context): print("hook sees", context.op_config["pw"])

@job(hooks={tells})
def hooked(): uses()

class Many(Config):
    some: Optional[List[SecretStr]] = None
    by_name: Dict[str, SecretStr] = {}

@op
def many(config: Many): print([s.get_secret_value() for s in config.some or ()], config.by_name)

@job
def listed(): many()

@dagster_type_loader({"pw": Field(str, is_secret=True)})
def load(context, config): return config["pw"]

Text = DagjobType(lambda _, value: True, name="Text", loader=load)

@op(ins={"x": In(Text)})
def taker(x): print("took", x)

@job
def loaded(): taker()

@op(config_schema={"text": str})
def shows(context): print(context.op_config["text"])

@config_mapping(config_schema={"url": Field(StringSource, is_secret=True)})
def passes_on(config): return {"ops": {"shows": {"config": {"text": "to " + config["url"]}}}}

@job(config=passes_on)
def passed(): shows()

class Judged(Config):
    pw: str = F("default-s3cr3t", json_schema_extra={"dagster__is_secret": True})
    @field_validator("pw")
    @classmethod
    def no(cls, value): raise ValueError("cannot take " + value)

@op
def judged(config: Judged): ...

@job
def refused(): judged()

@job(config={"ops": {"judged": {"config": {"pw": "own-s3cr3t"}}}})
def refused_own(): judged()

@resource(config_schema={"pw": Field(str, is_secret=True)})
def opened(context): print("opened with", context.resource_config["pw"])

@op(required_resource_keys={"opened"})
def needs(context): ...

@job(resource_defs={"opened": opened})
def opens(): needs()
"""


@pytest.mark.parametrize("how", ["multiprocess", "in_process"])
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("hooked", ["--set", "uses.pw=given-s3cr3t"]),
        ("listed", ["--set", "many.some=[given-s3cr3t]", "--set", "many.by_name={a: given-s3cr3t}"]),
        ("loaded", ["--set", "taker.inputs.x.pw=given-s3cr3t"]),
        ("passed", ["--set", "url={env: PLAIN_NAME}"]),
    ],
)
def test_what_comes_late_or_from_afar_is_masked_too(
    dagjob: Run, project: Project, how: str, name: str, more: list[str]
) -> None:
    project("jobs.py", LATE)
    words = ["-e", how, "--show-output", "all", "-f", "plain"]
    done = dagjob("run", f"jobs.py:{name}", *more, *words, env={"PLAIN_NAME": "variable-s3cr3t"})
    assert done.code == 0, done.stderr
    logs = dagjob("runs", "logs", "latest").stdout
    assert "****" in logs
    texts = {"told": (done.stdout + done.stderr + logs).encode(), **left_behind(project())}
    assert [name for name, text in texts.items() if b"s3cr3t" in text] == []


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("refused", ["--set", "judged.pw=given-s3cr3t"]),
        ("refused_own", []),
        ("refused", ["--set", "judged.pw={env: PLAIN_NAME}"]),
    ],
)
def test_what_a_validator_says_shows_no_secret(dagjob: Run, project: Project, name: str, more: list[str]) -> None:
    project("jobs.py", LATE)
    for command in ("validate", "run", "config show"):
        done = dagjob(*command.split(), f"jobs.py:{name}", *more, env={"PLAIN_NAME": "variable-s3cr3t"})
        told = done.stdout + done.stderr
        assert done.code != 0
        assert "cannot take ******" in told
        assert "s3cr3t" not in told, (command, told)


def test_what_a_resource_prints_while_it_is_opened_is_no_data(dagjob: Run, project: Project) -> None:
    project("jobs.py", LATE)
    done = dagjob("run", "jobs.py:opens", "--set", "resources.opened.pw=x", "-e", "in_process", "-f", "jsonl")
    assert done.code == 0, done.stderr
    assert all(isinstance(json.loads(line), dict) for line in done.stdout.splitlines())


def test_what_is_left_of_a_long_secret_that_was_cut_is_hidden(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        "from dagjob import *\n@op(config_schema={'mode': Enum('Mode', [EnumValue('a')])})\ndef o(context): ...\n"
        "@job\ndef j(): o()\n",
    )
    secret = "".join(f"{number:03}" for number in range(40))
    for command in ("validate", "run"):
        done = dagjob(command, "jobs.py", "--set", f"o.mode=pre-{secret}-post", env={"MY_TOKEN": secret})
        told = done.stdout + done.stderr
        assert "must be one of a" in told
        assert [at for at in range(0, 100, 7) if secret[at : at + 12] in told] == []


def test_odd_values_of_secret_variables_do_no_harm(dagjob: Run, project: Project) -> None:
    project("jobs.py", LATE)
    for value in ("abc\udcffdefgh", "        ", "\n\n\n\n"):
        done = dagjob("run", "jobs.py:hooked", "--set", "uses.pw=given-s3cr3t", env={"MY_TOKEN": value})
        assert done.code == 0, done.stderr
        wrong = dagjob("validate", "jobs.py:hooked", "--set", "uses.pww=1", env={"MY_TOKEN": value})
        assert wrong.code == 1
        assert "--set uses.pww=" in wrong.stdout


SOUNDS = """
import os
from dagjob import Config, ConfigurableResource, EnvVar, StringSource, job, op

class Inner(ConfigurableResource):
    login: str

class Outer(ConfigurableResource):
    inner: Inner
    api_key: str

class Plain(Config):
    folder: str
    stage: str

@op(config_schema={"pw": StringSource, "who": StringSource})
def login(context, config_of_plain):
    told = " ".join([*context.op_config.values(), config_of_plain, os.environ.get("SERVICE", "")])
    print(told)
    context.log.warning(told)
    raise RuntimeError(f"{told} was refused")

@op
def plain(config: Plain):
    return f"{config.folder} {config.stage}"

@op
def uses(outer: Outer):
    print(outer.api_key)
    raise ValueError(outer.api_key)

@job
def j():
    login(plain())

@job(resource_defs={"outer": Outer(inner=Inner(login=EnvVar("WHO")), api_key=EnvVar("FOURTH"))})
def in_code():
    uses()
"""
BY_NAME = """
ops:
  plain: {config: {folder: {env: DATA_DIR}, stage: {env: STAGE}}}
  login: {config: {pw: {env: FIRST}, who: {env: MY_PW}}}
"""
VALUES = {
    "FIRST": "one-s3cr3t", "MY_PW": "two-s3cr3t", "SERVICE": "https://bob:thr%40ee-s3cr3t@host:80/p?a=b@c",
    "FOURTH": "four-s3cr3t", "WHO": "somebody", "DATA_DIR": "/srv/data-folder", "STAGE": "production-stage",
}  # fmt: skip


@pytest.mark.parametrize("target", ["j", "in_code"])
def test_what_comes_from_the_environment_is_secret_by_its_name_or_that_of_its_field(
    dagjob: Run, project: Project, target: str
) -> None:
    project("jobs.py", SOUNDS)
    project("c.yaml", BY_NAME)
    more = ["-c", "c.yaml"] if target == "j" else []
    done = dagjob("run", f"jobs.py:{target}", *more, "--show-output", "all", env=VALUES)
    assert done.code == 1, done.stderr
    shown = done.stdout + done.stderr + dagjob("runs", "logs", "latest").stdout
    kept = b"".join(left_behind(project()).values())
    assert "s3cr3t" not in shown
    assert b"s3cr3t" not in kept
    if target == "j":
        assert "/srv/data-folder production-stage https://bob:******@host:80/p?a=b@c was refused" in shown


def test_redact_adds_names_to_the_usual_ones_and_takes_some_out(dagjob: Run, project: Project) -> None:
    project("jobs.py", SOUNDS)
    project("c.yaml", BY_NAME)
    project("pyproject.toml", '[tool.dagjob]\nredact = ["default", "sta*", "!*_PW"]\n')
    done = dagjob("run", "jobs.py:j", "-c", "c.yaml", env={**VALUES, "MY_PW": "readable"})
    assert done.code == 1, done.stderr
    assert "****** readable /srv/data-folder ****** https://bob:******@host" in done.stderr


def test_an_error_of_a_validator_shows_no_variable_of_a_field_that_sounds_secret(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        """
        from dagjob import Config, job, op
        from pydantic import field_validator

        class Login(Config):
            pw: str

            @field_validator("pw")
            @classmethod
            def long(cls, value):
                raise ValueError(f"{value} is too short")

        @op
        def login(config: Login): ...

        @job
        def j(): login()
        """,
    )
    done = dagjob("run", "jobs.py:j", "--set", "login.pw.env=FIRST", env=VALUES)
    assert done.code == 6, done.stderr
    assert "****** is too short" in done.stderr
