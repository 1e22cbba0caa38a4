"""What the README and the documents say is so: their code runs, their commands and links exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.errors import ExitCode

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
INDEX = ROOT / "docs" / "index.md"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md"), *ROOT.glob("benchmarks/*.md")]
)


def blocks(document: Path, language: str) -> list[str]:
    """The code blocks of that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_job_of_the_readme_runs(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("jobs.py", blocks(README, "python")[0])
    done = dagjob("run", "jobs.py", "--set", "fetch.city=Seattle")
    assert done.code == 0, done.stderr


def test_the_job_and_the_config_of_the_first_page_fit(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("jobs.py", blocks(INDEX, "python")[0])
    project("run.yaml", blocks(INDEX, "yaml")[0])
    project("sales.txt", "tea\nsalt\n")
    done = dagjob("run", "jobs.py", "-c", "run.yaml", "-c", project("lean.yaml", blocks(INDEX, "yaml")[1]).name)
    assert done.code == 0, done.stderr


def test_the_settings_of_the_first_page_are_known(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    project("pyproject.toml", blocks(INDEX, "toml")[0])
    project("config/base.yaml", "{}\n")
    project("src/sales/__init__.py")
    project("src/sales/jobs.py", (ROOT / "examples" / "hello.py").read_text())
    done = dagjob("run", "hello")
    assert done.code == 0, done.stderr


def test_every_command_of_the_readme_exists(dagjob: Callable[..., Any]) -> None:
    text = README.read_text(encoding="utf-8")
    commands = set(re.findall(r"`dagjob ([a-z]+)", text))
    assert {"run", "list", "show", "validate", "runs", "init", "completions"} <= commands
    assert [name for name in sorted(commands) if dagjob(name, "--help").code != 0] == []


def test_the_table_of_exit_codes_is_complete() -> None:
    table = INDEX.read_text(encoding="utf-8").partition("## Exit codes")[2]
    listed = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in row.split(",")}
    codes = {value for name, value in vars(ExitCode).items() if name.isupper()}
    assert listed == codes - {ExitCode.BUSY, ExitCode.TIMEOUT}  # no option of this version leads to them


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [target for target in targets if target and not (document.parent / target).exists()] == []


def test_the_targets_of_make_are_those_that_the_documents_name() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word
        for document in DOCUMENTS
        for line in re.findall(r"^(?:\$ |    |)make ([a-z ]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
        for word in line.split()
    }
    assert {"demo", "test"} <= named
    assert named - made == set()


CONFIG_PAGE_JOB = """
from dagjob import StringSource, graph, job, op, resource

@op(config_schema={"path": str})
def load(context): return 1

@op(config_schema={"strict": bool})
def clean(context, rows, title: str): ...

@graph
def inner(rows): clean(rows)

@op(required_resource_keys={"db"})
def keep(context, day: str): return day

@resource(config_schema={"url": StringSource})
def db(context): return context.resource_config["url"]

@job(resource_defs={"db": db})
def daily(day):
    inner(load())
    keep(day)
"""


def test_the_document_of_the_config_page_fits_a_job(project: Callable[..., Path], dagjob: Callable[..., Any]) -> None:
    page = ROOT / "docs" / "config.md"
    project("jobs.py", CONFIG_PAGE_JOB)
    project("run.yaml", blocks(page, "yaml")[0])
    done = dagjob("run", "jobs.py:daily", "-c", "run.yaml", env={"DB_URL": "sqlite://"})
    assert done.code == 0, done.stderr


def test_the_names_that_the_config_page_calls_secret_are_masked() -> None:
    from dagjob.config.secret_names import sounds_secret

    section = (ROOT / "docs" / "config.md").read_text(encoding="utf-8").partition("## Secrets")[2]
    masked, _, others = section.partition("Masked are not")
    named = re.findall(r"`([\w]+)`", masked.partition("A name sounds secret")[2])
    plain = re.findall(r"`([\w]+)`", others.partition("the shell's own")[0])
    assert {"PW", "DSN", "API_KEY"} <= set(named)
    assert {"DATA_DIR", "primary_key"} <= set(plain)
    assert [name for name in named if not sounds_secret(name) and name != "PWD"] == []
    assert [name for name in plain if sounds_secret(name)] == []
