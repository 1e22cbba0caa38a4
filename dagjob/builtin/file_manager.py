"""Files that ops write for each other, and hand on as a `FileHandle` in place of their content."""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import IO, Any

from dagjob.builtin.private_files import make_private_folder
from dagjob.config.schema import Field, StringSource
from dagjob.definitions.resources import ResourceDefinition
from dagjob.errors import CheckError
from dagjob.values.checks import check_kind


class FileHandle(ABC):
    """Says where a file of a file manager is. It can be pickled, so an op may return it."""

    @property
    @abstractmethod
    def path_desc(self) -> str:
        """Where the file is, for people."""


class LocalFileHandle(FileHandle):
    """A file on this machine."""

    def __init__(self, path: str) -> None:
        self._path = check_kind(path, str, "LocalFileHandle: path")

    @property
    def path(self) -> str:
        """The path of the file."""
        return self._path

    @property
    def path_desc(self) -> str:
        """The same."""
        return self._path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalFileHandle) and other.path == self.path

    def __hash__(self) -> int:
        return hash((LocalFileHandle, self._path))

    def __repr__(self) -> str:
        return f"LocalFileHandle({self._path!r})"


class FileManager(ABC):
    """Keeps files under names of its own, for ops that hand on handles."""

    @abstractmethod
    def copy_handle_to_local_temp(self, file_handle: FileHandle) -> str:
        """The path of a copy on this machine, which is removed at the end."""

    @abstractmethod
    def delete_local_temp(self) -> None:
        """Remove the copies."""

    @abstractmethod
    def read(self, file_handle: FileHandle, mode: str = "rb") -> AbstractContextManager[IO[Any]]:
        """The open file; `mode` is `rb` or `r`."""

    @abstractmethod
    def read_data(self, file_handle: FileHandle) -> bytes:
        """The whole content."""

    @abstractmethod
    def write(self, file_obj: IO[Any], mode: str = "wb", ext: str | None = None) -> FileHandle:
        """Keep what can be read from an open file; `mode` is `wb` or `w`. `ext` becomes the end of its name."""

    @abstractmethod
    def write_data(self, data: bytes, ext: str | None = None) -> FileHandle:
        """Keep some bytes."""


class LocalFileManager(FileManager):
    """Keeps files in a folder of this machine."""

    def __init__(self, base_dir: str) -> None:
        self.base_dir = base_dir
        self._copies: list[str] = []

    def ensure_base_dir_exists(self) -> None:
        """Make the folder where it is missing."""
        make_private_folder(self.base_dir)

    def copy_handle_to_local_temp(self, file_handle: FileHandle) -> str:
        """The path of a copy, which is removed at the end."""
        fd, path = tempfile.mkstemp()
        self._copies.append(path)
        with self.read(file_handle) as source, os.fdopen(fd, "wb") as copy:
            shutil.copyfileobj(source, copy)
        return path

    def delete_local_temp(self) -> None:
        """Remove the copies."""
        while self._copies:
            with suppress(FileNotFoundError):
                os.unlink(self._copies.pop())

    @contextmanager
    def read(self, file_handle: FileHandle, mode: str = "rb") -> Iterator[IO[Any]]:
        """The open file; `mode` is `rb` or `r`."""
        check_kind(file_handle, LocalFileHandle, "LocalFileManager: file_handle")
        if mode not in ("rb", "r"):
            raise CheckError(f'LocalFileManager.read: mode must be "rb" or "r", not {mode!r}.')
        with open(file_handle.path_desc, mode, encoding=None if "b" in mode else "utf-8") as file:
            yield file

    def read_data(self, file_handle: FileHandle) -> bytes:
        """The whole content."""
        with self.read(file_handle) as file:
            data: bytes = file.read()
        return data

    def write(self, file_obj: IO[Any], mode: str = "wb", ext: str | None = None) -> LocalFileHandle:
        """Keep what can be read from an open file; `mode` is `wb` or `w`."""
        if not hasattr(file_obj, "read"):
            raise CheckError(f"LocalFileManager.write takes an open file, not a {type(file_obj).__name__}.")
        if mode not in ("wb", "w"):
            raise CheckError(f'LocalFileManager.write: mode must be "wb" or "w", not {mode!r}.')
        handle = self._new(ext)
        with open(handle.path, mode, encoding=None if "b" in mode else "utf-8") as file:
            shutil.copyfileobj(file_obj, file)
        return handle

    def write_data(self, data: bytes, ext: str | None = None) -> LocalFileHandle:
        """Keep some bytes."""
        check_kind(data, bytes, "LocalFileManager.write_data: data")
        handle = self._new(ext)
        with open(handle.path, "wb") as file:
            file.write(data)
        return handle

    def _new(self, ext: str | None) -> LocalFileHandle:
        check_kind(ext, (str, type(None)), "LocalFileManager: ext")
        self.ensure_base_dir_exists()
        name = os.urandom(16).hex()
        return LocalFileHandle(os.path.join(self.base_dir, name if ext is None else f"{name}.{ext}"))


def _make(init_context: Any) -> Iterator[LocalFileManager]:
    base_dir = (init_context.resource_config or {}).get("base_dir")
    if base_dir is None and init_context.storage_dir is not None:
        base_dir = os.path.join(init_context.storage_dir, "files")
    with ExitStack() as stack:
        if base_dir is None:  # a run that keeps nothing
            base_dir = stack.enter_context(tempfile.TemporaryDirectory())
        manager = LocalFileManager(base_dir)
        stack.callback(manager.delete_local_temp)
        yield manager


local_file_manager = ResourceDefinition(
    _make,
    config_schema={"base_dir": Field(StringSource, is_required=False)},
    description="Keeps files under base_dir; by default with the outputs of the run.",
)
