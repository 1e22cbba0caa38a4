"""IO managers that put outputs where a path says: a base class for one's own formats, and one with a path per output.

The base class knows the layout and leaves the format to its subclass. A `UPath` (package universal-pathlib) as base
path stores elsewhere than on this machine; it is used as it comes, and not imported here.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from dagjob.builtin.file_names import file_name
from dagjob.builtin.fs_io import is_url, read_pickle, store_pickle
from dagjob.builtin.private_files import make_private_folder
from dagjob.definitions.iomanagers import IOManager
from dagjob.errors import DagjobInvariantViolationError
from dagjob.values.metadata import MetadataValue


class UPathIOManager(IOManager):
    """Stores each output in a file of its own under `base_path`, in the format of the subclass.

    The subclass has `dump_to_path` and `load_from_path`, and perhaps an `extension`, such as `.csv`. Without a
    `base_path` outputs lie with the run. The layout is `<base path>/<run id>/<step key>/<output>[/<mapping key>]`.
    """

    extension: ClassVar[str | None] = None

    def __init__(self, base_path: Any = None) -> None:
        self._base_path = _as_path(base_path) if isinstance(base_path, str) else base_path
        if self.extension is not None and not self.extension.startswith("."):
            raise DagjobInvariantViolationError(
                f"{type(self).__name__}: extension must begin with a dot, not be {self.extension!r}."
            )

    @abstractmethod
    def dump_to_path(self, context: Any, obj: Any, path: Any) -> None:
        """Write `obj` to `path`. Its folder exists."""

    @abstractmethod
    def load_from_path(self, context: Any, path: Any) -> Any:
        """Read what was written to `path`."""

    def get_metadata(self, context: Any, obj: Any) -> dict[str, Any]:
        """More metadata of the stored output, besides its path."""
        return {}

    def make_directory(self, path: Any) -> None:
        """Make a folder, with those above it."""
        path.mkdir(parents=True, exist_ok=True)

    def path_exists(self, path: Any) -> bool:
        """Is there anything?"""
        return bool(path.exists())

    def unlink(self, path: Any) -> None:
        """Remove a file."""
        path.unlink()

    def has_output(self, context: Any) -> bool:
        """Was the output of `context`, an `OutputContext`, stored?"""
        return self.path_exists(self.path_of(context))

    def get_op_output_relative_path(self, context: Any) -> Any:
        """Where an output lies below the base path, without the extension."""
        run_id, *rest = context.get_identifier()
        return PurePosixPath(run_id, *(file_name(part, keep_case=True) for part in rest))

    def path_of(self, output_context: Any) -> Any:
        """Where an output is stored."""
        return self._get_path(output_context)

    def _get_path(self, context: Any) -> Any:
        """Where an output, or what feeds an input, is stored. Subclasses call it, or have one of their own."""
        output_context = getattr(context, "upstream_output", None) or context
        run_id, *rest = output_context.get_identifier()
        if self._base_path is not None:
            path = self._base_path.joinpath(*self.get_op_output_relative_path(output_context).parts)
        else:
            path = Path(output_context.storage_dir or os.path.join("storage", run_id), *map(file_name, rest))
        return path if self.extension is None else path.with_name(path.name + self.extension)

    def handle_output(self, context: Any, obj: Any) -> None:
        """Store `obj`, and say where."""
        path = self.path_of(context)
        if self._base_path is None and context.storage_dir:
            make_private_folder(str(path.parent))
        self.make_directory(path.parent)
        self.dump_to_path(context, obj, path)
        context.add_output_metadata({"path": MetadataValue.path(str(path)), **self.get_metadata(context, obj)})

    def load_input(self, context: Any) -> Any:
        """Load the output that feeds this input. Raises `DagjobInvariantViolationError` where none does."""
        if context.upstream_output is None:
            raise DagjobInvariantViolationError(
                f"{type(self).__name__} loads what an op has stored, and no op feeds this input."
            )
        return self.load_from_path(context, self.path_of(context.upstream_output))


class CustomPathPickledIOManager(IOManager):
    """Pickles each output to the path that its `Out(metadata={"path": ...})` names, under `base_dir`."""

    def __init__(self, base_dir: str | None = None) -> None:
        self.base_dir = base_dir

    def path_of(self, output_context: Any) -> str:
        """The file of an output."""
        path = (output_context.definition_metadata or {}).get("path")
        if not isinstance(path, (str, os.PathLike)):
            raise DagjobInvariantViolationError(
                f'the output "{output_context.name}" of "{output_context.step_key}" says no path: write '
                f'Out(metadata={{"path": "..."}}, io_manager_key=...), as custom_path_fs_io_manager needs it.'
            )
        base_dir = self.base_dir or output_context.storage_dir or "storage"
        return f"{base_dir.rstrip('/')}/{os.fspath(path)}" if is_url(base_dir) else os.path.join(base_dir, path)

    def handle_output(self, context: Any, obj: Any) -> None:
        """Store `obj`, and say where."""
        path = self.path_of(context)
        store_pickle(path, obj, private=self.base_dir is None and context.storage_dir is not None)
        context.add_output_metadata({"path": MetadataValue.path(path if is_url(path) else os.path.abspath(path))})

    def load_input(self, context: Any) -> Any:
        """Load the output that feeds this input."""
        return read_pickle(self.path_of(context.upstream_output))


def _as_path(base_path: str) -> Any:
    """A path of this machine, or the `UPath` of a URL."""
    if not is_url(base_path):
        return Path(base_path)
    try:
        from upath import UPath
    except ModuleNotFoundError:
        error = DagjobInvariantViolationError(f'"{base_path}" needs universal-pathlib, which is not installed')
        error.code = "DJ601"
        raise error.noting("pip install 'dagjob[cloud]'") from None
    return UPath(base_path)


def make_custom_path_io_manager(init_context: Any) -> CustomPathPickledIOManager:
    """What `custom_path_fs_io_manager` is made by; its config may name a `base_dir`."""
    return CustomPathPickledIOManager((init_context.resource_config or {}).get("base_dir"))
