"""Where a project begins, and what its pyproject.toml may say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dagjob.cli.settings import Settings, find_project, plain_section
from dagjob.errors import DagjobUsageError


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


def test_a_state_directory_wins_over_a_nearer_pyproject(tree: Path) -> None:
    (tree / ".dagjob").mkdir()
    (tree / "inner" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert root_from(tree / "inner" / "deep") == "outer"


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
        ('[tool.dagjob]\nhome = ".d"\n[tool.dagjob.pools]\nw = 4\n', 3, ["pools"]),
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
