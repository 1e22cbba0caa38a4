"""The import of a user's module, by name or from its file, and words for what goes wrong.

While user code is imported file descriptor 1 is stderr, so that a module that prints cannot spoil what we write on stdout.
What may go wrong is said in the user's terms: the module, its own frames, the names that are there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import ModuleType

from dagjob.engine.describe import HOUSE, describe
from dagjob.engine.neighbours import first_to_have, look_in, users_modules
from dagjob.engine.own_modules import DEPENDENCIES, alias_mode, guard_own_modules, is_own, own_path
from dagjob.errors import (
    DagjobError,
    DagjobImportError,
    DagjobInvariantViolationError,
    DagjobTargetError,
    DagjobUnknownTargetError,
    Place,
)
from dagjob.record import Record


class Target(Record):
    """Where a job is: a module or a file, and a name in it (None: its only job).

    `root` is the folder that relative files start from, `python_path` what goes first on `sys.path`. `alias` says when its
    `import dagster` means dagjob: `auto`, where Dagster is not installed; `silent`, the same, and nothing is said; `always`;
    `never`.
    """

    location: str
    name: str | None = None
    root: str = "."
    python_path: tuple[str, ...] = ()
    alias: str = "auto"

    @property
    def text(self) -> str:
        """The target as it is typed."""
        return self.location if self.name is None else f"{self.location}:{self.name}"

    @property
    def file(self) -> str | None:
        """The file that the location names; None for a module."""
        if self.location.endswith(".py") or os.sep in self.location or self.location == ".":
            return os.path.normpath(os.path.join(self.root, self.location))
        return None


def import_target(target: Target) -> ModuleType:
    """The user's module, imported by name or from its file, with its own neighbours."""
    file = target.file
    guard_own_modules()
    alias_mode(target.alias)
    if file is None:
        return _import_module(target)
    if os.path.isdir(file):
        file = os.path.join(file, "__init__.py")
    if not os.path.isfile(file):
        from dagjob.builtin.mistyped_file import did_you_mean_file

        hint = did_you_mean_file(target.location, target.root)
        raise DagjobUnknownTargetError(f"no file {target.location}{hint and f'.{hint}'}").noting(
            f"looked in {os.path.abspath(target.root)}"
        )
    name, folder = _module_name(file)
    folders = [*target.python_path, folder, target.root]
    look_in(folders)
    top, _, inner = name.partition(".")
    base = os.path.basename(file)
    if inner or base == "__init__.py":
        _refuse_package_of_ours(top, folder)
    elif is_own(top) or base != f"{name}.py" or first_to_have(top, folders) != folder:
        name = _free_name(name, folders)
    loaded = sys.modules.get(name)
    if loaded is not None:
        if _same_file(getattr(loaded, "__file__", None), file):
            return loaded
        name = _free_name(name.replace(".", "_") + "_", folders)  # A library of that name is loaded.
    if base in (f"{name.rpartition('.')[2]}.py", "__init__.py"):
        module = _guarded(lambda: _imported(name), target, name)
    else:
        module = _import_file(name, file, target)
    _check_shadowed(folders)
    return module


def _import_module(target: Target) -> ModuleType:
    """The module that the location names."""
    folders = [*target.python_path, target.root]
    look_in(folders)
    top = target.location.partition(".")[0]
    if is_own(top) and top != "dagjob":
        found = first_to_have(top, folders)
        if found is not None:
            _refuse_package_of_ours(top, found)
            raise DagjobUnknownTargetError(f'"{top}" is a module of {_owner(top)}').noting(
                f"for the file, write its path:  {top}.py{f':{target.name}' if target.name else ''}"
            )
    module = _guarded(lambda: _imported(target.location), target, target.location)
    _check_shadowed(folders)
    return module


def _module_name(file: str) -> tuple[str, str]:
    """The name under which a file is imported, and the folder that must be on `sys.path` for it.

    A folder `dagster` is no package: in the modules of it, too, `import dagster` means Dagster.
    """
    folder, base = os.path.split(os.path.abspath(file))
    parts = [] if base == "__init__.py" else [base.removesuffix(".py").replace(".", "_")]
    while os.path.isfile(os.path.join(folder, "__init__.py")) and os.path.basename(folder) != "dagster":
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    return ".".join(parts) or "__init__", folder


def _free_name(name: str, folders: Sequence[str]) -> str:
    """A name for a file that cannot have its own: the same in every process, for what is pickled by it."""
    while is_own(name) or first_to_have(name, folders):
        name += "_"
    return name


def _refuse_package_of_ours(top: str, folder: str) -> None:
    package = os.path.join(folder, top)
    if not (is_own(top) and os.path.isdir(package)) or HOUSE.startswith(os.path.realpath(package) + os.sep):
        return
    raise DagjobTargetError(f'the package "{package}" has the name of a module of {_owner(top)}').noting(
        "it cannot be imported beside that one: rename the folder"
    )


def _owner(name: str) -> str:
    return "a library that dagjob uses" if name in DEPENDENCIES else "dagjob" if name == "dagjob" else "Python"


def _check_shadowed(folders: Sequence[str]) -> None:
    """Refuse modules of the user that mean a file of the user which has the name of one of our own modules."""
    files = []
    for folder in dict.fromkeys(map(os.path.abspath, folders)):
        if folder in (own_path() or ()):
            continue
        with suppress(OSError):
            for entry in os.listdir(folder):
                if is_own(entry.removesuffix(".py")):
                    path = os.path.join(folder, entry)
                    files.append(path if entry.endswith(".py") else os.path.join(path, "__init__.py"))
    files = [file for file in files if os.path.isfile(file)]
    if files:
        from dagjob.engine.shadowed import refuse_shadowed

        refuse_shadowed(files, users_modules())


_importing: list[str] = []
"""The targets that are being imported in this process, the innermost last."""


def refuse_while_imported() -> None:
    """Raise where a module that is being imported for its jobs wants to start processes: each would import it again."""
    if _importing:
        raise DagjobInvariantViolationError(
            f'"{_importing[-1]}" starts a run while it is imported, and every process of that run would import it again: put '
            'what is to happen only when the file is run under  if __name__ == "__main__":'
        )


def _same_file(loaded: str | None, file: str) -> bool:
    return loaded is not None and os.path.realpath(loaded) == os.path.realpath(file)


def _imported(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


def _import_file(name: str, file: str, target: Target) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    package = name.rpartition(".")[0]
    if package:
        _guarded(lambda: _imported(package), target, package)
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise DagjobTargetError(f"{target.location} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module

    def run() -> ModuleType:
        spec.loader.exec_module(module)  # type: ignore[union-attr]
        return module

    try:
        return _guarded(run, target, name)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def _guarded(run: Callable[[], ModuleType], target: Target, name: str) -> ModuleType:
    """Run user code at import, and put what goes wrong into words."""
    _importing.append(target.location)
    try:
        with stdout_is_stderr():
            return run()
    except DagjobError as error:
        if error.place is None:
            error.place = users_place(error)
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (error.name == name or name.startswith(error.name + ".")):
            raise _not_found(target, name) from None
        raise _cannot_import(target, error) from error
    except SystemExit as error:
        raise _cannot_import(target, error, f"the module exits while it is imported (code {error.code})") from error
    except Exception as error:
        raise _cannot_import(target, error) from error
    finally:
        _importing.pop()


def _not_found(target: Target, name: str) -> DagjobUnknownTargetError:
    error = DagjobUnknownTargetError(f'no module "{name}"')
    where = ", ".join(dict.fromkeys([os.path.abspath(target.root), *map(os.path.abspath, target.python_path)]))
    inside = os.path.join("src", *name.split("."))
    if any(os.path.exists(os.path.join(target.root, inside + end)) for end in (".py", "/__init__.py")):
        error.noting(f'there is {inside}: write  python-path = ["src"]  in [tool.dagjob]')
    return error.noting(f"looked in {where}, and where Python looks", "for a file, write its path:  path/jobs.py:job")


def _cannot_import(target: Target, cause: BaseException, why: str | None = None) -> DagjobImportError:
    info = describe(cause)
    error = DagjobImportError(f"cannot import {target.location}: {why or f'{info.type}: {info.message}'}")
    error.info = info
    if isinstance(cause, SyntaxError) and cause.filename:
        error.place = Place(cause.filename, cause.lineno or 0, cause.offset or 0)
    else:
        error.place = users_place(cause)
    if isinstance(cause, ImportError) and "relative import" in info.message:
        error.noting("a file is imported alone: name the module instead, as in  package.module:job")
    elif isinstance(cause, ImportError) and (cause.name or "").startswith("dagster") and alias_mode() != "never":
        from dagjob.compat.unknown import about_import

        error.noting(*about_import(cause))
    elif isinstance(cause, ModuleNotFoundError) and cause.name == "dagster":
        error.noting("dagster-alias, or DAGJOB_DAGSTER_ALIAS, says never: without it the import means dagjob")
    elif isinstance(cause, ModuleNotFoundError):
        where = ", ".join(dict.fromkeys([os.path.abspath(target.root), *map(os.path.abspath, target.python_path)]))
        version = ".".join(map(str, sys.version_info[:3]))
        error.noting(
            f"dagjob runs in Python {version} at {sys.executable}: is the module installed there?",
            f"working directory: {where}",
            "modules elsewhere: python-path in [tool.dagjob], or  dagjob -C DIR",
        )
    if isinstance(cause, ImportError) and cause.name == "dagjob":
        from dagjob.engine.absent_names import about

        # Python's message, `cannot import name 'RetryPolcy' from 'dagjob'`, has the name only as text.
        error.noting(*about(info.message.partition("'")[2].partition("'")[0]))
    return error


def users_place(error: BaseException) -> Place | None:
    """Where in the user's own code an exception was raised."""
    frames = [frame for frame in describe(error).frames if not frame.file.startswith("<frozen")]
    mine = [frame for frame in frames if "site-packages" not in frame.file and not frame.file.startswith(HOUSE)]
    chosen = (mine or frames)[-1:]
    return Place(chosen[0].file, chosen[0].line, 1, 0) if chosen else None


@contextmanager
def stdout_is_stderr() -> Iterator[None]:
    """While this is open, whatever is printed, by C code too, goes to stderr."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, ValueError, AttributeError):  # stdout is closed, or no file: nothing to protect
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
