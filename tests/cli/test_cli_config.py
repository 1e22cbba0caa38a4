"""`dagjob config show` and `new`: the config that counts, with its origins, and one to start from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dagjob.builtin.yaml_files import parse_config
from dagjob.display.yaml_text import laid_out, scalar_text, value_lines

Run = Callable[..., Any]
Project = Callable[..., Path]
MODULE = (Path(__file__).parent / "config_jobs.py").read_text(encoding="utf-8")
DAILY = "config_jobs.py:daily"

PROD = """\
ops:
  load:
    config:
      path: prod.csv
      pet: {cat: {lives: 3}}
  inner:
    ops:
      shape:
        config: {n: 1, where: {file: f}, rows: [], m: {}}
        inputs: {title: t}
inputs: {top: {value: 1}}
resources:
  db:
    config:
      url: {env: DB_URL}
      password: given-secret
"""


@pytest.fixture
def here(project: Project) -> Path:
    project("config_jobs.py", MODULE)
    project("prod.yaml", PROD)
    return project()


# -- show ----------------------------------------------------------------------------------------------------------


def test_the_resolved_config_reads_as_a_config(dagjob: Run, here: Path) -> None:
    done = dagjob("config", "show", DAILY, "-c", "prod.yaml", "--set", "load.limit=5")
    assert done.code == 0, done.stderr
    shown = yaml.safe_load(done.stdout)
    load = shown["ops"]["load"]["config"]
    assert (load["path"], load["limit"], load["mode"], load["pet"]) == ("prod.csv", 5, "fast", {"cat": {"lives": 3}})
    assert "plain" not in shown["ops"]
    assert shown["resources"]["db"]["config"] == {"url": {"env": "DB_URL"}, "password": "******", "port": 5432}
    again = here / "again.yaml"
    again.write_text(done.stdout.replace("******", "given-secret"))
    assert dagjob("config", "show", DAILY, "-c", "again.yaml").stdout == done.stdout


def test_the_stars_of_a_secret_are_no_secret(dagjob: Run, here: Path) -> None:
    (here / "again.yaml").write_text(dagjob("config", "show", DAILY, "-c", "prod.yaml").stdout)
    line = 1 + next(n for n, line in enumerate((here / "again.yaml").read_text().splitlines()) if "******" in line)
    done = dagjob("run", DAILY, "-c", "again.yaml", "-f", "plain")
    assert done.code == 6
    assert f"again.yaml:{line}:" in done.stderr
    assert "{env: NAME}" in done.stderr


def test_a_secret_that_is_a_default_is_left_out(dagjob: Run, here: Path) -> None:
    (here / "plain.yaml").write_text(PROD.replace("      password: given-secret\n", ""))
    done = dagjob("config", "show", DAILY, "-c", "plain.yaml")
    assert yaml.safe_load(done.stdout)["resources"]["db"]["config"] == {"url": {"env": "DB_URL"}, "port": 5432}


def test_nothing_of_the_environment_and_no_secret_is_shown(dagjob: Run, here: Path) -> None:
    for more in ([], ["--origin"], ["-f", "json"], ["-f", "json", "--origin"]):
        done = dagjob("config", "show", DAILY, "-c", "prod.yaml", *more, env={"DB_URL": "postgres://value-of-variable"})
        assert done.code == 0
        for secret in ("value-of-variable", "given-secret", "hunter2-default"):
            assert secret not in done.stdout + done.stderr
        assert "DB_URL" in done.stdout


def test_each_value_has_its_origin(dagjob: Run, here: Path) -> None:
    (here / "name.txt").write_text("from a file")
    done = dagjob(
        "config", "show", DAILY, "-c", "prod.yaml", "--set", "load.limit=5", "--set-file", "inner.shape.text=name.txt",
        "--config-json", '{"ops": {"load": {"config": {"mode": "slow"}}}}', "--origin",
    )  # fmt: skip
    noted = {line.partition("  # ")[0].strip(): line.partition("  # ")[2] for line in done.stdout.splitlines()}
    assert noted["path: prod.csv"] == "prod.yaml:4"
    assert noted["limit: 5"] == "--set load.limit"
    assert noted["mode: slow"] == "--config-json"
    assert noted['text: "from a file"'] == "--set-file inner.shape.text"
    assert noted["ratio: null"] == "default"
    told = json.loads(dagjob("config", "show", DAILY, "-c", "prod.yaml", "--origin", "-f", "json").stdout)
    assert told["origins"]["ops.load.config.path"] == "prod.yaml:4"
    assert told["config"]["ops"]["load"]["config"]["path"] == "prod.csv"


def test_the_job_s_own_config_is_an_origin(dagjob: Run, here: Path) -> None:
    line = MODULE.split("def owned")[0].count("\n") + 1
    done = dagjob("config", "show", "config_jobs.py:owned", "--origin")
    assert [row for row in done.stdout.splitlines() if "own.csv" in row and f"config_jobs.py:{line - 1}" in row]
    given = '{"ops": {"load": {"config": {"path": "x", "pet": {"cat": {}}}}}}'
    done = dagjob("config", "show", "config_jobs.py:owned", "--config-json", given, "--origin")
    assert "own.csv" not in done.stdout


def test_behind_a_mapping_its_config_is_shown(dagjob: Run, here: Path) -> None:
    done = dagjob("config", "show", "config_jobs.py:mapped", "--set", "path=x")
    assert yaml.safe_load(done.stdout) == {"path": "x", "size": 3}


def test_a_config_that_does_not_fit_is_told_with_its_places(dagjob: Run, here: Path) -> None:
    done = dagjob("config", "show", DAILY, "-c", "prod.yaml", "--set", "load.limitt=5")
    assert done.code == 6
    assert "limitt" in done.stderr
    assert "--set load.limitt=5" in done.stderr


def test_a_job_without_config_shows_only_how_it_is_run(dagjob: Run, here: Path) -> None:
    done = dagjob("config", "show", "config_jobs.py:needs_nothing")
    assert list(yaml.safe_load(done.stdout)) == ["execution"]


# -- new -----------------------------------------------------------------------------------------------------------


def filled(text: str) -> str:
    """A new config with a value in every place that has to be filled in, of the type that stands beside it."""
    for sign, value in (("int", "1"), (r"\[", "[]"), (r"\{", "{}"), ("", "filled")):
        text = re.sub(rf'"\.\.\."(?= *# {sign})', value, text)
    return text


@pytest.mark.parametrize("everything", [[], ["--all"]])
@pytest.mark.parametrize("name", ["daily", "owned", "mapped", "judged", "needs_nothing"])
def test_a_new_config_is_yaml_and_fits_as_it_is(dagjob: Run, here: Path, name: str, everything: list[str]) -> None:
    target = f"config_jobs.py:{name}"
    done = dagjob("config", "new", target, *everything)
    assert done.code == 0, done.stderr
    (here / "new.yaml").write_text(filled(done.stdout))
    checked = dagjob("validate", target, "-c", "new.yaml", env={"DB_URL": "x", "DB_PASSWORD": "y"})
    assert checked.code == 0, done.stdout + checked.stdout


def test_a_new_config_says_what_is_required_and_comments_the_rest_out(dagjob: Run, here: Path) -> None:
    lines = [line.rstrip() for line in dagjob("config", "new", DAILY).stdout.splitlines()]
    assert lines[0] == f"# dagjob: {DAILY}"
    assert any(line.lstrip().startswith("path:") and "str, required: the file to read" in line for line in lines)
    assert any(line.lstrip().startswith("# limit: 10") and "int: at most so many rows" in line for line in lines)
    assert any(line.startswith("# resources:") for line in lines)
    assert any("password: {env: DB_PASSWORD}" in line for line in lines)


def test_without_its_comment_signs_a_block_is_a_config_too(dagjob: Run, here: Path) -> None:
    text = dagjob("config", "new", DAILY).stdout
    block = [line.removeprefix("# ") for line in text.splitlines() if line.startswith(("# resources", "#   "))]
    assert yaml.safe_load("\n".join(block))["resources"]["db"]["config"]["port"] == 5432


def test_a_file_gets_its_schema_and_is_never_written_over_unasked(dagjob: Run, here: Path) -> None:
    done = dagjob("config", "new", DAILY, "-o", "conf.yaml")
    assert done.code == 0
    assert (here / "conf.yaml").read_text().startswith("# yaml-language-server: $schema=conf.schema.json\n")
    assert json.loads((here / "conf.schema.json").read_text())["type"] == "object"
    (here / "conf.yaml").write_text("mine")
    done = dagjob("config", "new", DAILY, "-o", "conf.yaml")
    assert done.code == 2
    assert "--yes" in done.stderr
    assert (here / "conf.yaml").read_text() == "mine"
    assert dagjob("config", "new", DAILY, "-o", "conf.yaml", "--yes").code == 0


def test_config_alone_is_its_help(dagjob: Run, here: Path) -> None:
    done = dagjob("config")
    assert done.code == 0
    assert "show" in done.stdout
    assert "new" in done.stdout


# -- the text ------------------------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["no", "1e3", "12:30", "2024-01-01", "- x", "a: b", "#", "a\nb\n", "\n"])
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_reads_back(document: dict[str, Any]) -> None:
    lines = laid_out(list(value_lines(document, lambda path: "a note")))
    text = "".join(f"{line}\n" for line in lines) or "{}"
    assert parse_config(text, "x.yaml").value == document
    assert parse_config(f"a: {scalar_text(document)}", "x.yaml").value == {"a": document}


# -- files that name their job -------------------------------------------------------------------------------------


def test_a_config_to_start_from_is_no_json(dagjob: Run, here: Path) -> None:
    done = dagjob("config", "new", DAILY, "-o", "new.json")
    assert done.code == 2
    assert "new.yaml" in done.stderr
    assert not (here / "new.json").exists()


def test_what_a_run_would_refuse_is_not_shown(dagjob: Run, here: Path) -> None:
    for more in (["--set", "load.limit=null"], ["--set", "load.limit=-3"]):
        done = dagjob("config", "show", DAILY, "-c", "prod.yaml", *more)
        assert done.code == 6
        assert "limit" in done.stderr


def test_a_job_in_a_file_is_found_from_below_the_project(dagjob: Run, here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.dagjob]\n")
    (here / "below").mkdir()
    made = dagjob("config", "new", "../config_jobs.py:daily", "-o", "new.yaml", cwd=here / "below")
    assert made.code == 0, made.stderr
    check = made.stderr.partition("check it:  dagjob ")[2].split()
    new = here / "below" / "new.yaml"
    new.write_text(filled(new.read_text()))
    environment = {"DB_URL": "x", "DB_PASSWORD": "y"}
    for words in (check, ["validate", "-c", "new.yaml"]):
        done = dagjob(*words, cwd=here / "below", env=environment)
        assert done.code == 0, done.stdout + done.stderr


def test_the_defaults_of_a_resource_of_the_launch_are_those_of_its_class(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        "from dagjob import *\nclass R(ConfigurableResource):\n  port: int = 5432\n  name: str = 'x'\n"
        "@op\ndef uses(r: R): ...\n@job(resource_defs={'r': R.configure_at_launch(name='y')})\ndef j(): uses()\n",
    )
    shown = yaml.safe_load(dagjob("config", "show", "jobs.py").stdout)
    assert shown["resources"]["r"]["config"] == {"port": 5432, "name": "y"}
    assert "port: 5432" in dagjob("config", "new", "jobs.py").stdout


def test_a_union_that_is_commented_out_is_yaml_without_the_comment_signs(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        "from typing import Literal, Union\nfrom pydantic import Field as F\nfrom dagjob import *\n"
        "class Cat(Config):\n  kind: Literal['cat'] = 'cat'\n  lives: int = 9\n"
        "class Dog(Config):\n  kind: Literal['dog'] = 'dog'\n  name: str\n"
        "class C(Config):\n  pet: Union[Cat, Dog] = F(Cat(), discriminator='kind')\n"
        "@op\ndef o(config: C): ...\n@job\ndef j(): o()\n",
    )
    lines = dagjob("config", "new", "jobs.py").stdout.splitlines()
    body = [line.removeprefix("# ") for line in lines[3:] if not line.startswith("{}")]
    value = yaml.safe_load("\n".join(body))
    assert value == {"ops": {"o": {"config": {"pet": {"cat": {"lives": 9}}}}}}


def test_validate_needs_no_target_for_files_that_name_their_job(dagjob: Run, here: Path) -> None:
    dagjob("config", "new", "config_jobs.py:judged", "-o", "judged.yaml")
    (here / "good.yaml").write_text("# dagjob: config_jobs.py:judged\nops: {checked: {config: {low: 3}}}\n")
    (here / "bad.yaml").write_text("# dagjob: config_jobs.py:judged\nops: {checked: {config: {low: 2}}}\n")
    done = dagjob("validate", "-c", "good.yaml", "-c", "judged.yaml")
    assert done.code == 0
    assert done.stdout.count("config_jobs.py:judged") == 2
    done = dagjob("validate", "-c", "[bg]*d.yaml")
    assert done.code == 1
    assert "bad.yaml:2" in done.stdout
    done = dagjob("validate", "-c", "good.yaml", "-c", "prod.yaml")
    assert done.code == 2
    assert "prod.yaml" in done.stderr


CHOICES = """
from dagjob import *
from typing import List
from pydantic import Field as F

class Item(Config):
    name: str = "n"
    pw: str = F("DEFAULT-s3cr3t", json_schema_extra={"dagster__is_secret": True})

class Deep(Config):
    items: List[Item] = [Item()]

@op(config_schema={"what": Selector({"x": int, "y": {"n2": Field(int, default_value=1)}})})
def chooses(context): ...

@op
def deep(config: Deep): ...

@job
def j():
    chooses()
    deep()
"""


def test_another_choice_is_yaml_without_its_comment_signs(dagjob: Run, project: Project) -> None:
    project("jobs.py", CHOICES)
    text = dagjob("config", "new", "jobs.py").stdout
    lines = text[text.index("what:") :].splitlines()
    start = next(n for n, line in enumerate(lines) if "# y:" in line)
    other = [line.split("# ", 1)[1] for line in lines[start:] if line.lstrip().startswith("#") and "deep" not in line]
    assert yaml.safe_load("\n".join(other[:2])) == {"y": {"n2": 1}}


def test_a_secret_in_a_list_of_defaults_is_in_no_config(dagjob: Run, project: Project) -> None:
    project("jobs.py", CHOICES)
    for words in (
        ["config", "new"],
        ["config", "show", "--set", "chooses.what={x: 1}"],
        ["show"],
        ["show", "-f", "json"],
    ):
        done = (
            dagjob(*words[:2], "jobs.py", *words[2:]) if words[0] == "config" else dagjob("show", "jobs.py", *words[1:])
        )
        assert done.code == 0, done.stderr
        assert "s3cr3t" not in done.stdout
    shown = dagjob("config", "show", "jobs.py", "--set", "chooses.what={x: 1}").stdout
    (project() / "again.yaml").write_text(shown)
    again = dagjob("config", "show", "jobs.py", "-c", "again.yaml")
    assert again.stdout == shown
    mistake = dagjob("validate", "jobs.py", "--set", "deep.itms=1", "--set", "chooses.what={x: 1}").stdout
    assert "did you mean" in mistake
    assert "s3cr3t" not in mistake


def test_a_field_is_told_by_the_name_that_it_was_given_by(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        "from dagjob import *\nS = Shape({'path': str, 'password': Field(str, is_secret=True)}, "
        "field_aliases={'path': 'file', 'password': 'pass_phrase'})\n"
        "@op(config_schema={'rows': Field(S)})\ndef o(context): print(context.op_config)\n@job\ndef j(): o()\n",
    )
    project("bad.yaml", "ops:\n  o:\n    config:\n      rows: {pass_phrase: x, file: 5}\n")
    done = dagjob("validate", "jobs.py", "-c", "bad.yaml")
    assert '"file" must be text' in done.stdout
    assert "bad.yaml:4:36" in done.stdout
    given = ["--set", "o.rows={file: a, pass_phrase: s3cr3t-word}"]
    shown = dagjob("config", "show", "jobs.py", "--origin", *given).stdout
    assert yaml.safe_load(shown)["ops"] == {"o": {"config": {"rows": {"file": "a", "pass_phrase": "******"}}}}
    assert "default" not in shown.partition("execution")[0]
    run = dagjob("run", "jobs.py", *given, "--show-output", "all")
    assert run.code == 0
    assert "'path': 'a'" in run.stderr
    assert "s3cr3t-word" not in run.stderr


OF_EVERY_KIND = """
from typing import Any
from dagjob import Config, Field, Noneable, Selector, job, op

class C(Config):
    folder: str
    free: Any = {"x": [1]}

EITHER = Selector({"a": {"x": int}, "b": {"y": Field(str, default_value="usual")}})

@op(config_schema={
    "own": Field(EITHER, default_value={"b": {"y": "mine"}}),
    "null": Noneable(EITHER),
    "other": Field(Noneable(EITHER), default_value={"a": {"x": 7}}),
    "any": Field(Any, default_value=[1, 2]),
})
def chooses(context): ...

@op
def reads(config: C): ...

@job
def j():
    chooses()
    reads()
"""


def test_a_new_config_has_the_defaults_of_the_job_for_choices_too(dagjob: Run, project: Project) -> None:
    project("jobs.py", OF_EVERY_KIND)
    (project() / "new.yaml").write_text(dagjob("config", "new", "jobs.py", "--all").stdout.replace('"..."', "f"))
    shown = [
        yaml.safe_load(dagjob("config", "show", "jobs.py", *more).stdout)
        for more in (["-c", "new.yaml"], ["--set", "reads.folder=f"])
    ]
    assert shown[0] == shown[1]
    assert shown[0]["ops"]["chooses"]["config"]["own"] == {"b": {"y": "mine"}}
    (project() / "some.yaml").write_text(dagjob("config", "new", "jobs.py").stdout)
    assert "any:            # Any" in (project() / "some.yaml").read_text()


def test_no_number_switch_or_list_of_a_new_config_is_taken_for_real(dagjob: Run, project: Project) -> None:
    project(
        "jobs.py",
        "import enum\nfrom typing import Optional\nfrom dagjob import *\nclass E(enum.Enum):\n  A = 1\n"
        "class C(Config):\n  n: int\n  ratio: float\n  on: bool\n  rows: list[int]\n  by: dict[str, int]\n  e: E\n"
        "@op(config_schema={'may': Noneable(int)})\ndef one(context): ...\n"
        "@op\ndef two(config: C, day: int): ...\n@job\ndef j():\n  one()\n  two()\n",
    )
    (project() / "new.yaml").write_text(dagjob("config", "new", "jobs.py", "--all").stdout)
    told = dagjob("validate", "jobs.py", "-c", "new.yaml").stdout
    for name in ("n", "ratio", "on", "rows", "by", "e", "day"):
        assert f'"{name}" is still the placeholder ...' in told


@pytest.mark.parametrize("command", [["validate", "jobs.py"], ["run", "jobs.py"], ["config", "show", "jobs.py"]])
def test_a_placeholder_is_refused_until_it_is_filled_in(dagjob: Run, project: Project, command: list[str]) -> None:
    project("jobs.py", OF_EVERY_KIND)
    (project() / "config").mkdir()
    dagjob("config", "new", "jobs.py", "-o", "config/new.yaml")
    done = dagjob(*command, "-c", "config/*")
    assert done.code == (1 if command[0] == "validate" else 6)
    told = done.stdout + done.stderr
    assert '"folder" is still the placeholder ...' in told
    assert told.count("error[") == 1
    assert dagjob(*command, "-c", "config/*", "--set", "reads.folder=...").code == 0
