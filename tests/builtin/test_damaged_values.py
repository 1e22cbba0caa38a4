"""A stored value that is gone, cut off or no value, and a folder that cannot be: the right op fails, and says where it looked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagjob import FilesystemIOManager, In, Nothing, job, op
from dagjob.builtin.fs_io import read_pickle

Damage = Callable[[Path], Any]


def _folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(5)


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (Path.unlink, "FileNotFoundError"),
        (lambda path: path.write_bytes(b""), "EOFError"),
        (_cut, "UnpicklingError"),
        (lambda path: path.write_bytes(b"hello world"), "UnpicklingError"),
        (_folder_instead, "OSError"),
    ],
)
def test_a_damaged_value_fails_the_op_that_reads_it_with_the_name_of_the_file(
    damage: Damage, cause: str, tmp_path: Path
) -> None:
    @op
    def make() -> list[int]:
        return [1]

    @op(ins={"made": In(Nothing)})
    def wreck() -> None:
        (path,) = tmp_path.glob("*/make/result")
        damage(path)

    @op(ins={"wrecked": In(Nothing)})
    def use(x: Any) -> Any:
        return x

    @op
    def beside() -> int:
        return 1

    @job(resource_defs={"io_manager": FilesystemIOManager(base_dir=str(tmp_path))})
    def j() -> None:
        made = make()
        use(x=made, wrecked=wreck(made=made))
        beside()

    result = j.execute_in_process(raise_on_error=False)
    assert [each.step_key for each in result.get_step_failure_events()] == ["use"]
    error = result.failure_data_for_node("use").error
    assert (error.cls_name, error.cause.cls_name) == ("DagjobExecutionLoadInputError", cause)
    path = tmp_path / result.run_id / "make" / "result"
    with pytest.raises(Exception) as raised:
        read_pickle(str(path))
    assert str(path) in str(raised.value) + "".join(getattr(raised.value, "__notes__", ()))
    assert result.is_node_success("beside")


@pytest.mark.parametrize("folder", ["/proc/nope", "/dev/null/x"])
def test_a_folder_that_cannot_be_made_fails_the_op_that_stores(folder: str) -> None:
    if not os.path.exists(os.path.dirname(folder)):
        pytest.skip("only where there is such a place")

    @op
    def make() -> list[int]:
        return [1]

    @job(resource_defs={"io_manager": FilesystemIOManager(base_dir=folder)})
    def j() -> None:
        make()

    error = j.execute_in_process(raise_on_error=False).failure_data_for_node("make").error
    assert error.cls_name == "DagjobExecutionHandleOutputError"
    assert error.cause.cls_name in ("FileNotFoundError", "NotADirectoryError")
    assert folder in error.cause.message
    assert error.cause.cause is None
