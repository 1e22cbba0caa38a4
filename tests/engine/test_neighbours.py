"""Modules of one target's folders give way to those of another's, and come back as the same objects."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dagjob.engine.importing import Target, import_target


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    path, modules = list(sys.path), dict(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def a_folder(root: Path, name: str) -> None:
    (root / name).mkdir()
    (root / name / "neighbour_of_it.py").write_text(f"NAME = {name!r}\n")
    (root / name / "some_jobs.py").write_text(
        "import neighbour_of_it\ndef late():\n    import neighbour_of_it as n\n    return n\n"
    )


def load(root: Path, file: str) -> ModuleType:
    return import_target(Target(file, None, str(root)))


def test_modules_come_back_with_their_folder(tmp_path: Path) -> None:
    a_folder(tmp_path, "one")
    a_folder(tmp_path, "two")
    (tmp_path / "shared_by_both.py").write_text("")
    one = load(tmp_path, "one/some_jobs.py")
    shared = __import__("shared_by_both")
    two = load(tmp_path, "two/some_jobs.py")
    assert (one.neighbour_of_it.NAME, two.neighbour_of_it.NAME) == ("one", "two")
    assert (one.__name__, two.__name__) == ("some_jobs", "some_jobs")
    assert two.late() is two.neighbour_of_it
    assert __import__("shared_by_both") is shared
    assert load(tmp_path, "one/some_jobs.py") is one
    assert one.late() is one.neighbour_of_it
    assert [path for path in sys.path if path.startswith(str(tmp_path))] == [str(tmp_path / "one"), str(tmp_path)]


def test_what_was_on_the_path_anyway_stays_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"jobs_of_{name}.py").write_text("")
    (tmp_path / "one" / "found_by_script.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "one"))
    script = __import__("found_by_script")
    load(tmp_path / "one", "jobs_of_one.py")
    load(tmp_path / "two", "jobs_of_two.py")
    assert sys.modules["found_by_script"] is script
    assert str(tmp_path / "one") in sys.path
