"""Whose modules are imported: dagjob's own come from its environment, each file's neighbours from beside it."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.engine.own_modules import DEPENDENCIES, is_own

Run = Callable[..., Any]
Project = Callable[..., Path]

HIJACK = "raise SystemExit('hijacked')\n"

VALUES = """
from dagjob import job, op

class Row:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return type(other) is Row and other.n == self.n

@op
def make() -> Row: return Row(1)

@op
def take(row: Row):
    assert row == Row(1)
    print("took", row.n)

@job
def daily(): take(make())
"""


def start_method_file(project: Project, method: str) -> str:
    return str(project("how.yaml", f"execution: {{config: {{multiprocess: {{start_method: {{{method}: {{}}}}}}}}}}\n"))


# -- our own -------------------------------------------------------------------------------------------------------


def test_the_list_of_dependencies_is_whole() -> None:
    seen: set[str] = set()
    wanted = ["dagjob"]
    while wanted:
        name = wanted.pop()
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        for text in needed:
            word = re.split(r"[^\w.-]", text)[0].lower()
            if "extra ==" not in text and word not in seen:
                seen.add(word)
                wanted.append(word)
    tops = {
        top
        for top, owners in importlib.metadata.packages_distributions().items()
        if not top.endswith(("__mypyc", ".libs")) and {owner.lower() for owner in owners} & seen
    }
    assert sorted(top for top in tops if not is_own(top)) == []
    assert {"yaml", "rich"} <= DEPENDENCIES


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn", "in_process"])
def test_no_file_of_the_user_stands_in_for_a_module_of_ours(
    method: str, project: Project, clean_env: dict[str, str]
) -> None:
    """A file of the name of every module that the run, its end and its children may import.

    Like the installed command, with -P: `python -m` itself would import its `runpy` from the current folder.
    """
    names = {*DEPENDENCIES, *sys.stdlib_module_names} - {*sys.builtin_module_names, "__future__"}
    for name in names:
        if not name.startswith("_"):
            for folder in ("", "sub/"):
                project(f"{folder}{name}.py", HIJACK)
    project(
        "sub/work.py",
        VALUES.replace("def take(row: Row):", "def take(row: Row):\n    import queue, statistics, colorsys"),
    )
    project("values.yaml", "{}\n")
    how = ["-e", "in_process"] if method == "in_process" else ["-c", start_method_file(project, method)]
    for args in (
        ["run", "sub/work.py:daily", "-c", "values.yaml", *how],
        ["runs", "show", "latest"],
        ["list", "sub/work.py"],
    ):
        done = subprocess.run(
            [sys.executable, "-Pm", "dagjob", *args], cwd=project(), env=clean_env, capture_output=True, text=True
        )
        assert "hijacked" not in done.stdout + done.stderr
        assert done.returncode == 0, done.stderr


def test_no_file_of_the_user_stands_in_when_the_command_starts(project: Project, clean_env: dict[str, str]) -> None:
    for name in ("json", "yaml", "sqlite3", "difflib", "glob", "shutil", "textwrap", "fnmatch"):
        project(f"{name}.py", HIJACK)
    project("jobs.py", VALUES)
    for env in ({}, {"PYTHONPATH": str(project())}):
        for args in (["list"], ["__complete", "zsh", "run", ""], ["--help"], ["run", "dialy"]):
            done = subprocess.run(
                [sys.executable, "-m", "dagjob", *args] if not env else [sys.executable, "-Pm", "dagjob", *args],
                cwd=project(),
                env={**clean_env, **env},
                capture_output=True,
                text=True,
            )
            assert "hijacked" not in done.stdout + done.stderr, args


# -- the user's ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["odd/types.py", "json.py", "odd/dagjob.py", "reports/2026.q1-final.py", "a b/ä-ö.py", "odd/__main__.py"]
)
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_file_of_any_name_works_by_its_path(name: str, method: str, dagjob: Run, project: Project) -> None:
    folder = str(Path(name).parent)
    project(f"{folder}/helpers_of_it.py", "NUMBER = 1\n")
    project(name, "import json\nfrom helpers_of_it import NUMBER\n" + VALUES)
    done = dagjob("run", f"{name}:daily", "-c", start_method_file(project, method))
    assert done.code == 0, done.stderr
    assert dagjob("validate", f"{name}:daily").code == 0
    assert dagjob("list", name, "-f", "names").stdout.split("\n")[0].endswith(f"{name}:daily")


def test_a_module_that_means_a_file_of_our_name_is_refused_with_the_reason(dagjob: Run, project: Project) -> None:
    project("queue.py", "def put(): ...\n")
    project("jobs.py", "import queue\n" + VALUES + "\ndef later(): queue.put()\n")
    done = dagjob("run", "jobs.py:daily")
    assert done.code == 4
    assert '"queue" is a module of Python' in done.stderr
    assert "rename the file" in done.stderr
    project("jobs.py", "import queue\n" + VALUES + "\ndef later(): queue.Queue()\n")
    assert dagjob("run", "jobs.py:daily").code == 0


def test_a_package_of_our_name_is_refused_with_the_reason(dagjob: Run, project: Project) -> None:
    project("json/__init__.py")
    project("json/jobs.py", VALUES)
    for target in ("json/jobs.py:daily", "json.jobs:daily"):
        done = dagjob("run", target)
        assert done.code == 4, done.stderr
        assert "rename the folder" in done.stderr


def test_each_file_has_its_own_neighbours(dagjob: Run, project: Project) -> None:
    project("helpers.py", "NAME = 'root'\n")
    project("jobs.py", "import helpers\n" + VALUES.replace("def daily", "def of_root").replace("took", "took root"))
    for name in ("one", "two"):
        project(f"{name}/helpers.py", f"NAME = 'of_{name}'\n")
        project(
            f"{name}/jobs.py",
            "import helpers\n"
            + VALUES.replace("@job", "@job(name=helpers.NAME)").replace(
                'print("took", row.n)', 'from helpers import NAME; print("took", helpers.NAME, NAME)'
            ),
        )
    project("pyproject.toml", '[tool.dagjob]\npaths = ["**/jobs.py"]\n')
    found = dagjob("list", "-f", "names")
    assert sorted(found.stdout.split()) == ["jobs.py:of_root", "one/jobs.py:daily", "two/jobs.py:daily"], found.stderr
    assert dagjob("list", "one", "two", "-f", "names").stdout.split() == ["one/jobs.py:daily", "two/jobs.py:daily"]
    assert dagjob("validate", "two/jobs.py:of_two", "one/jobs.py:of_one", "jobs.py:of_root").code == 0
    for executor in ("multiprocess", "in_process"):
        for name in ("of_one", "of_two"):
            done = dagjob("run", name, "-e", executor)
            assert done.code == 0, done.stderr
            assert f"took {name} {name}" in dagjob("runs", "logs", "latest").stdout


# -- two jobs of one name ------------------------------------------------------------------------------------------

TWO = """
from dagjob import graph, job, op

@op
def one(): ...

@job(name="nightly")
def first(): one()

@job(name="nightly")
def second(): one()
"""

OF_A_GRAPH = """
from dagjob import graph, job, op

@op
def one(): ...

@graph
def nightly(): one()

first = nightly.to_job()
second = nightly.to_job(tags={"a": "b"})
"""


@pytest.mark.parametrize("source", [TWO, OF_A_GRAPH], ids=["two functions", "one graph"])
@pytest.mark.parametrize(
    "args",
    [
        ["run", "nightly"],
        ["run", "jobs.py:nightly"],
        ["run", "jobs.py:first"],
        ["validate"],
        ["validate", "jobs.py"],
        ["list"],
    ],
    ids=" ".join,
)
def test_two_jobs_of_one_name_are_refused_with_both_places(
    source: str, args: list[str], dagjob: Run, project: Project
) -> None:
    project("jobs.py", source)
    done = dagjob(*args)
    assert done.code != 0
    text = done.stdout + done.stderr
    assert 'two jobs of "jobs.py" have the name "nightly"' in text
    if args != ["list"]:
        assert "first" in text
        assert "second" in text


# -- what cannot be imported ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("asset", "no assets"),
        ("multi_asset", "no assets"),
        ("ScheduleDefinition", "cron, systemd or CI"),
        ("sensor", "no sensors"),
        ("AssetKye", 'did you mean "AssetKey"?'),
        ("RetryPolcy", 'did you mean "RetryPolicy"?'),
    ],
)
def test_a_name_that_dagjob_has_not_is_answered_with_what_to_do(
    name: str, words: str, dagjob: Run, project: Project
) -> None:
    project("jobs.py", f"from dagjob import {name}\n")
    done = dagjob("run", "jobs.py:x")
    assert done.code == 4
    assert words in done.stderr
    import dagjob as package

    with pytest.raises(AttributeError, match=words.replace("?", ".")):
        getattr(package, name)


def test_a_module_that_is_missing_tells_which_python_ran(dagjob: Run, project: Project) -> None:
    project("jobs.py", "import pandaz\n" + VALUES)
    done = dagjob("run", "jobs.py:daily")
    assert done.code == 4
    assert sys.executable in done.stderr
    assert ".".join(map(str, sys.version_info[:3])) in done.stderr
