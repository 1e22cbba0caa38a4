"""The default IO manager: every output a pickle in a file of its own.

A file is written under another name and renamed, so a reader never sees half of one, whatever dies in between. Nothing is
synced to disk: an output survives the death of any process, not of the machine; a run that died with it runs again.

Layout: `<base_dir>/<run id>/<step key>/<output>[/<mapping key>]`; without a `base_dir` the outputs lie in the state directory of
the run, `runs/<run id>/out/<step key>/<output>[/<mapping key>]`.
"""

from __future__ import annotations

import os
import pickle
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from dagjob.builtin.file_names import DRAFT_BEGIN, DRAFT_END, file_name
from dagjob.builtin.ownership import SAFE, is_strange, open_file, open_regular, refuse_stranger
from dagjob.builtin.private_files import create_in_new_folder, others_write
from dagjob.definitions.iomanagers import IOManager, io_manager_of_files
from dagjob.errors import DagjobInvariantViolationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagjob.definitions.resources import ResourceDefinition


class _Output(Protocol):
    """What is asked of an output context."""

    storage_dir: str | None

    def get_identifier(self) -> list[str]: ...
    def add_output_metadata(self, metadata: Mapping[str, Any]) -> None: ...


class FilesystemIOManager(IOManager):
    """Pickles outputs under `base_dir` (default: with the run, in the state directory).

    `base_dir` is a path, the `EnvVar` that holds one, or a URL that fsspec knows (`s3://bucket/values`, with the extra `cloud`).
    A run config may name another one.
    """

    def __init__(self, base_dir: str | os.PathLike[str] | None = None) -> None:
        self.base_dir = base_dir if base_dir is None or isinstance(base_dir, str) else os.fspath(base_dir)

    @classmethod
    def configure_at_launch(cls, **defaults: Any) -> ResourceDefinition:
        """One whose fields come from the run config; `defaults` need not be given there."""
        return cls(**defaults).to_resource_definition()

    def to_resource_definition(self) -> ResourceDefinition:
        """The definition that a job holds; an object of a subclass is used as it is."""
        if type(self) is not FilesystemIOManager:
            return super().to_resource_definition()
        return io_manager_of_files("dagjob.builtin.fs_io:make_fs_io_manager", self.base_dir)

    def path_of(self, context: _Output) -> str:
        """The file of an output."""
        run_id, *rest = context.get_identifier()
        folder = context.storage_dir if self.base_dir is None else None
        if folder is not None:
            return _file_in(folder, *rest)
        parts = (run_id, *(file_name(part, keep_case=True) for part in rest))
        if self.base_dir is not None and is_url(self.base_dir):
            return "/".join((self.base_dir.rstrip("/"), *parts))
        return os.path.join(self.base_dir or "storage", *parts)

    def handle_output(self, context: Any, obj: object) -> None:
        """Pickle `obj` into its file."""
        path = self.path_of(context)
        size = store_pickle(path, obj, private=self.base_dir is None and context.storage_dir is not None)
        context.stored_at(_whole(path), size)

    def store_in(self, folder: str, step: str, output: str, mapping_key: str | None, obj: object) -> tuple[str, int]:
        """What `handle_output` does without a `base_dir`, for the engine, which makes no context for thousands of small ops.

        `folder` has the outputs of the run. Returns file and size. A subclass may do otherwise, so it is never asked.
        """
        path = _file_in(folder, step, output) if mapping_key is None else _file_in(folder, step, output, mapping_key)
        return _whole(path), store_pickle(path, obj, private=True)

    def load_input(self, context: Any) -> object:
        """Read the output that feeds this input."""
        return read_pickle(self.path_of(context.upstream_output))


def make_fs_io_manager(init_context: Any) -> FilesystemIOManager:
    """What `fs_io_manager` is made by; its config may name a `base_dir`."""
    config = init_context.resource_config or {}
    return FilesystemIOManager(config.get("base_dir"))


def _file_in(folder: str, *identifier: str) -> str:
    """The file of an output among those of its run: step, output, and mapping key if it has one."""
    return os.sep.join((folder, *map(file_name, identifier)))


def _whole(path: str) -> str:
    """The path as it is told: from the root, wherever somebody reads it."""
    return path if path[0] == "/" or is_url(path) else os.path.abspath(path)


def is_url(path: str) -> bool:
    """Whether it is the URL of a store that fsspec knows."""
    return "://" in path


def store_pickle(path: str, obj: object, *, private: bool) -> int:
    """The same as `write_pickle`, also to a URL; an object that cannot be pickled is told as such."""
    if not is_url(path):
        try:
            return write_pickle(path, obj, private=private)
        except (pickle.PicklingError, AttributeError, TypeError, RecursionError, ImportError) as error:
            raise _unpicklable(obj, error) from error
    from tempfile import TemporaryDirectory

    from dagjob.builtin.object_store import upload

    with TemporaryDirectory() as folder:
        local = os.path.join(folder, "value")
        size = store_pickle(local, obj, private=True)
        upload(local, path)
    return size


def write_pickle(path: str, obj: object, *, private: bool) -> int:
    """Write the pickle of `obj` to `path`, whole or not at all. Returns its size in bytes.

    A `private` file can be read by its owner alone; another one may be read by others, as the umask says, but not written.
    """
    folder, slash, name = path.rpartition(os.sep)
    draft = f"{folder}{slash}{DRAFT_BEGIN}{name}.{os.getpid()}{DRAFT_END}"
    try:
        fd = create_in_new_folder(draft, folder, private=private)  # Most steps have one output.
    except OSError as error:
        if error.filename == draft:  # whose name is our business
            error.filename = path
        raise
    try:
        try:
            file = _Whole(fd)
            pickle.dump(obj, file, protocol=5)
        finally:
            os.close(fd)
        os.replace(draft, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    return file.size


class _Whole:
    """Writes to a descriptor all that it gets, large values without a copy. An object of `open` costs twice as much."""

    __slots__ = ("_fd", "size")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size = 0

    def write(self, data: bytes) -> None:
        written = os.write(self._fd, data)
        self.size += written
        if type(data) is bytes and written == len(data):
            return
        rest = memoryview(data).cast("B")[written:]
        self.size += rest.nbytes
        while rest:
            rest = rest[os.write(self._fd, rest) :]


def read_pickle(path: str) -> object:
    """The object in a file that `store_pickle` wrote. One that others may change is refused: it may run any code."""
    if is_url(path):
        from dagjob.builtin.object_store import read

        return read(path)
    with open_file(path, "rb", opener=open_regular) as file:
        found = os.fstat(file.fileno())
        if is_strange(found.st_uid):
            _refuse_untrusted(path, file.fileno())
        if others_write(found.st_mode):
            raise DagjobInvariantViolationError(
                f'other users may write the stored value "{path}": it is not read'
            ).noting(
                "whoever writes a pickled file runs code as the one who reads it",
                f'if you know that nobody has:  chmod go-w "{path}"',
            )
        try:
            return pickle.load(file)
        except Exception as error:
            error.add_note(f'in the stored value "{path}"')
            raise


def wrong_with_pickle(path: str, size: int | None) -> str | None:
    """What keeps a file that had `size` bytes from being read, as far as can be seen without loading it; None: nothing.

    A power cut may leave a file of the right size with nothing in it, so both its ends are looked at.
    """
    try:
        fd = open_regular(path)
        try:
            found = os.fstat(fd)
            if is_strange(found.st_uid):
                refuse_stranger(path, fd)
            if others_write(found.st_mode):
                return "can be written by other users"
            if size is not None and found.st_size != size:
                return f"has {found.st_size:,} bytes instead of {size:,}"
            first = os.read(fd, 1)
            os.lseek(fd, max(0, found.st_size - 1), os.SEEK_SET)
            if (first, os.read(fd, 1)) != (pickle.PROTO, pickle.STOP):
                return "is no stored value"
        finally:
            os.close(fd)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return None


def _refuse_untrusted(path: str, fd: int) -> None:
    try:
        refuse_stranger(path, fd)
    except PermissionError as error:
        raise DagjobInvariantViolationError(f'the stored value "{path}" is not read: {error.strerror}').noting(
            "whoever writes a pickled file runs code as the one who reads it",
            f"if you trust that user:  export {SAFE}={os.path.dirname(path)}",
        ) from None


def _unpicklable(obj: object, error: Exception) -> DagjobInvariantViolationError:
    kind = type(obj)
    reason = str(error).strip() or type(error).__name__
    where = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    unpicklable = DagjobInvariantViolationError(f"the value, a {where}{kind.__qualname__}, cannot be pickled: {reason}")
    unpicklable.code = "DJ404"
    return unpicklable.noting(
        "outputs travel between processes as pickled files (FilesystemIOManager)",
        "return data instead of open files, locks, connections or functions, give the output an IO manager of its own "
        "(Out(io_manager_key=...)), or use mem_io_manager with the in_process executor",
    )
