"""IO managers that store by path: a base class for formats, and a path for each output (contract def-5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagjob.builtin.path_io import CustomPathPickledIOManager, UPathIOManager, make_custom_path_io_manager
from dagjob.errors import DagjobInvariantViolationError


class Output:
    """An output context, as far as these managers ask it."""

    name = "result"
    step_key = "sub.Load[k]"

    def __init__(self, storage_dir: Path, path: str | None = None) -> None:
        self.storage_dir = str(storage_dir)
        self.definition_metadata = {"path": path} if path else {}
        self.metadata: dict[str, Any] = {}

    def get_identifier(self) -> list[str]:
        return ["run", "sub.Load[k]", "result", "k"]

    def add_output_metadata(self, metadata: dict[str, Any]) -> None:
        self.metadata.update(metadata)


class Input:
    def __init__(self, output: Output) -> None:
        self.upstream_output = output


class Texts(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: Any, obj: Any, path: Any) -> None:
        path.write_text(obj)

    def load_from_path(self, context: Any, path: Any) -> Any:
        return path.read_text()

    def get_metadata(self, context: Any, obj: Any) -> dict[str, Any]:
        return {"length": len(obj)}


@pytest.mark.parametrize("as_text", [True, False])
def test_each_output_is_a_file_with_the_extension(tmp_path: Path, as_text: bool) -> None:
    manager = Texts(str(tmp_path) if as_text else tmp_path)
    output = Output(tmp_path / "elsewhere")
    manager.handle_output(output, "hello")
    file = tmp_path / "run" / "sub.Load[k]" / "result" / "k.txt"
    assert file.read_text() == "hello"
    assert output.metadata["path"].value == str(file)
    assert output.metadata["length"] == 5
    assert manager.load_input(Input(output)) == "hello"


def test_without_a_base_path_outputs_lie_with_the_run(tmp_path: Path) -> None:
    manager = Texts()
    output = Output(tmp_path)
    manager.handle_output(output, "hello")
    assert [path.read_text() for path in tmp_path.rglob("*.txt")] == ["hello"]
    assert manager.load_input(Input(output)) == "hello"


def test_a_subclass_asks_where_an_output_lies(tmp_path: Path) -> None:
    manager = Texts(tmp_path)
    output = Output(tmp_path)
    path = tmp_path / "run" / "sub.Load[k]" / "result" / "k.txt"
    assert (manager._get_path(output), manager._get_path(Input(output))) == (path, path)


def test_a_subclass_says_where_an_output_lies(tmp_path: Path) -> None:
    class Flat(Texts):
        def _get_path(self, context: Any) -> Any:
            return tmp_path / "all.txt"

    manager = Flat(tmp_path)
    output = Output(tmp_path)
    manager.handle_output(output, "hello")
    assert [path.name for path in tmp_path.iterdir()] == ["all.txt"]
    assert manager.load_input(Input(output)) == "hello"


def test_an_input_that_no_op_feeds_is_told(tmp_path: Path) -> None:
    unfed = Input(Output(tmp_path))
    unfed.upstream_output = None  # type: ignore[assignment]
    with pytest.raises(DagjobInvariantViolationError, match="Texts"):
        Texts(tmp_path).load_input(unfed)


def test_an_extension_begins_with_a_dot() -> None:
    class Wrong(Texts):
        extension = "txt"

    with pytest.raises(DagjobInvariantViolationError, match="Wrong"):
        Wrong()


def test_an_output_may_name_its_path(tmp_path: Path) -> None:
    manager = CustomPathPickledIOManager(str(tmp_path))
    output = Output(tmp_path / "elsewhere", "deep/file.p")
    manager.handle_output(output, [1, 2])
    assert (tmp_path / "deep" / "file.p").is_file()
    assert manager.load_input(Input(output)) == [1, 2]
    assert output.metadata["path"].value == str(tmp_path / "deep" / "file.p")


def test_an_output_without_a_path_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(DagjobInvariantViolationError, match=r'"result" of "sub\.Load\[k\]".*metadata'):
        CustomPathPickledIOManager(str(tmp_path)).handle_output(Output(tmp_path), 1)


def test_its_config_may_name_the_folder() -> None:
    class Init:
        resource_config = {"base_dir": "/x"}

    assert make_custom_path_io_manager(Init()).base_dir == "/x"
