"""Where a project begins, and what its pyproject.toml may say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob.errors import DagjobUsageError
from dagjob.launch.settings import Settings, find_project, plain_section


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """`tmp_path/outer/inner/deep`, with nothing in them."""
    (tmp_path / "outer" / "inner" / "deep").mkdir(parents=True)
    return tmp_path / "outer"


def root_from(folder: Path) -> str | None:
    project = find_project(str(folder))
    return Path(project.root).name if project else None


def test_the_nearest_section_of_ours_wins_over_all_nearer_signs(tree: Path) -> None:
    (tree / "pyproject.toml").write_text("[tool.dagjob]\n")
    (tree / "inner" / ".dagjob").mkdir()
    (tree / "inner" / "deep" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert root_from(tree / "inner" / "deep") == "outer"


def test_a_state_directory_wins_over_a_pyproject_above_it(tree: Path) -> None:
    (tree / "inner" / ".dagjob").mkdir()
    (tree / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert root_from(tree / "inner" / "deep") == "inner"


@pytest.mark.parametrize("sign", ["pyproject.toml", ".git"])
def test_a_state_directory_above_a_pyproject_or_a_repository_does_not_count(tree: Path, sign: str) -> None:
    (tree / ".dagjob").mkdir()
    (tree / "inner" / sign).touch()
    assert root_from(tree / "inner" / "deep") == "inner"


def test_nothing_above_a_repository_counts(tree: Path) -> None:
    (tree / "pyproject.toml").write_text("[tool.dagjob]\n")
    (tree / "inner" / ".git").mkdir()
    assert root_from(tree / "inner" / "deep") == "inner"


@pytest.mark.parametrize("sign", ["pyproject.toml", ".git"])
def test_else_the_nearest_pyproject_or_repository_is_the_root(tree: Path, sign: str) -> None:
    (tree / "inner" / sign).touch()
    assert root_from(tree / "inner" / "deep") == "inner"


def test_settings_are_read(tree: Path) -> None:
    (tree / "pyproject.toml").write_text(
        '[tool.dagjob]\nmodules = ["sales.jobs"]\npython-path = ["src"]\nconfig = ["a.yaml"]\n'
        'default-job = "daily"\nhome = ".state"\n'
    )
    project = find_project(str(tree))
    assert project is not None
    assert project.settings == Settings(("sales.jobs",), (), ("src",), ("a.yaml",), "daily", ".state")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[project]\nname = "x"\n\n[tool.dagjob]\nmoduls = ["a"]\n', 5, ["moduls", '"modules"']),
        ('[tool.dagjob]\nhome = ".d"\n[tool.dagjob.pools]\nw = 0\n', 4, ["pools", "1 to 1000 slots"]),
        ('[tool.dagjob]\nmodules = "sales"\n', 2, ["modules", "list"]),
        ("[tool.dagjob]\nhome = 3\n", 2, ["home", "string"]),
        ("[tool.dagjob]\nhome = \n", 2, ["pyproject.toml"]),
    ],
)
def test_a_setting_that_is_wrong_is_told_with_its_line(tree: Path, text: str, line: int, words: list[str]) -> None:
    (tree / "pyproject.toml").write_text(text)
    with pytest.raises(DagjobUsageError) as caught:
        find_project(str(tree))
    place = caught.value.place
    assert place is not None
    assert place.line == line
    assert [word for word in words if word not in str(caught.value)] == []


def test_settings_of_dagsters_tools_name_the_module(tree: Path) -> None:
    (tree / "pyproject.toml").write_text('[tool.dagster]\nmodule_name = "shop.definitions"\n')
    project = find_project(str(tree))
    assert project is not None
    assert project.settings.dagster_module == "shop.definitions"
    (tree / "pyproject.toml").write_text('[tool.dg.project]\nroot_module = "shop"\n')
    project = find_project(str(tree))
    assert project is not None
    assert project.settings.dagster_module == "shop"


@pytest.mark.parametrize(
    ("section", "plain"),
    [
        ("", True),
        ('modules = ["a", "b"]\n# a comment\n\nhome = ".x"\n[project]\nname = "y"\n', True),
        ("modules = ['a']\n", False),
        ('modules = ["a"] # why\n', False),
        ('modules = [\n  "a",\n]\n', False),
        ('home = "a\\tb"\n', False),
        ("pools.warehouse = 4\n", False),
        ("[tool.dagjob.pools]\nx = 1\n", False),
    ],
)
def test_a_section_that_is_read_without_the_toml_parser_reads_the_same(section: str, plain: bool) -> None:
    text = f"[build-system]\nrequires = []\n\n[tool.dagjob]\n{section}"
    found = plain_section(text)
    assert (found is not None) is plain
    if found is not None:
        assert found == tomllib.loads(text)["tool"]["dagjob"]


# -- settings that lead to nothing ---------------------------------------------------------------------------------

JOB = "from dagjob import job, op\n@op\ndef one(): ...\n@job\ndef etl(): one()\n"


@pytest.mark.parametrize(
    ("settings", "words", "line"),
    [
        ('paths = ["work.py",\n  "more/*.py"]', 'no file matches "more/*.py"', 3),
        ('paths = ["plain/*.py"]', '"plain/*.py" matches 1 file, but none that imports dagjob', 2),
        ('modules = [\n  "shop.wrong",\n]', 'no module "shop.wrong"', 3),
    ],
)
def test_a_place_that_leads_to_nothing_is_said_with_its_line(
    settings: str, words: str, line: int, dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    project("work.py", JOB)
    project("plain/a.py", "x = 1\n")
    project("pyproject.toml", f"[tool.dagjob]\n{settings}\n")
    validated = dagjob("validate")
    assert validated.code == 1
    assert words in validated.stderr + validated.stdout
    assert f"pyproject.toml:{line}:" in validated.stderr + validated.stdout
    listed = dagjob("list")
    assert words in listed.stdout
    assert f"pyproject.toml line {line}" in listed.stdout
    if "work.py" not in settings:
        ran = dagjob("run", "etl")
        assert words in ran.stderr
        assert "looked for jobs.py" not in ran.stderr


@pytest.mark.parametrize("default", ["elt", "work.py:elt", "wrok.py:etl", "shop.wrong:etl"])
def test_a_wrong_default_job_names_pyproject(
    default: str, dagjob: Callable[..., Any], project: Callable[..., Path]
) -> None:
    project("work.py", JOB)
    project("pyproject.toml", f'[tool.dagjob]\npaths = ["work.py"]\ndefault-job = "{default}"\n')
    done = dagjob("run")
    assert done.code == 5
    assert "pyproject.toml:3:1" in done.stderr
    assert f'"default-job" in [tool.dagjob] is "{default}"' in done.stderr


def test_a_default_job_counts_from_the_root(dagjob: Callable[..., Any], project: Callable[..., Path]) -> None:
    project("work.py", JOB)
    project("pyproject.toml", '[tool.dagjob]\ndefault-job = "work.py:etl"\n')
    (project() / "below").mkdir()
    assert dagjob("run", cwd=project() / "below").code == 0
