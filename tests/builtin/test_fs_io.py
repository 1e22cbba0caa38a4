"""The default IO manager: where outputs lie."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dagjob import Out, UPathIOManager, custom_path_fs_io_manager, fs_io_manager, job, op
from dagjob.builtin.fs_io import FilesystemIOManager


def output(folder: Path, step: str, name: str, *mapping_key: str) -> Any:
    return SimpleNamespace(
        storage_dir=str(folder),
        get_identifier=lambda: ["run", step, name, *mapping_key],
        stored_at=lambda path, size: None,
    )


def test_each_output_has_a_file_of_its_own_in_the_folder_of_its_step(tmp_path: Path) -> None:
    manager = FilesystemIOManager()
    outputs = [("a", "result"), ("a.b", "result"), ("a", "many", "x"), ("a", "many", "X"), ("a" * 300, "result")]
    for number, each in enumerate(outputs):
        manager.handle_output(output(tmp_path, *each), number)
    loaded = [manager.load_input(SimpleNamespace(upstream_output=output(tmp_path, *each))) for each in outputs]
    assert loaded == [0, 1, 2, 3, 4]
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert {Path("a/result"), Path("a.b/result"), Path("a/many/x")} < set(files)
    assert len({str(path).lower() for path in files}) == 5
    assert max(len(part) for path in files for part in path.parts) < 250


class Own(FilesystemIOManager):
    pass


class Text(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: Any, obj: Any, path: Any) -> None:
        path.write_text(repr(obj))

    def load_from_path(self, context: Any, path: Any) -> Any:
        return eval(path.read_text())


@pytest.mark.parametrize("manager", [fs_io_manager, FilesystemIOManager(), Own(), Text(), custom_path_fs_io_manager])
@pytest.mark.parametrize("fails", [False, True])
def test_a_run_that_is_not_kept_leaves_no_values(
    manager: Any, fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    @op(out=Out(metadata={"path": "one"}))
    def one() -> int:
        return 1

    @op(out=Out(metadata={"path": "more"}))
    def more(x: int) -> int:
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()]
        if fails:
            raise ValueError
        return x + 1

    @job(resource_defs={"io_manager": manager})
    def j() -> None:
        more(one())

    result = j.execute_in_process(raise_on_error=False)
    assert result.output_for_node("one") == 1
    assert result.success is not fails
    assert list(tmp_path.iterdir()) == []
