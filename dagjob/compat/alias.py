"""What `import dagster` means where Dagster is not installed: dagjob.

Importing this module (in a script, or a conftest) makes it so; the command does it by itself. A name is looked up when it is
used: among dagjob's own, whose classes have both spellings (`DagsterType` is `DagjobType`); among those of Dagster that
dagjob leaves out (`inert.py`); among the private ones that public projects import all the same (`private_names.py`).
Dagster's modules are all there is of its layout: every public name can be imported from each of them.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import PathFinder
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagjob.compat.inert import Ignored

VERSION = "1.13.29"
"""The version whose behaviour dagjob keeps."""
ROOTS = ("dagster", "dagster_shared", "dagster_dask")
"""Of the last one there is `dask_executor`."""
MODES = ("auto", "always", "never")
VARIABLE = "DAGJOB_DAGSTER_ALIAS"
TOLD = 'note: "import dagster" means dagjob, as dagster is not installed (hide this: dagster-alias = "always" in pyproject.toml)'


class AliasModule(ModuleType):
    """`dagster`, or a module of it. It holds nothing until it is asked."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            from dagjob.compat.names import PUBLIC, is_module

            # Some public names are modules of `dagster`, and stand only there.
            found: Any = [name for name in PUBLIC if self.__name__ in ROOTS or not is_module(f"{ROOTS[0]}.{name}")]
        elif name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        else:
            found = look_up(self.__name__, name)
        vars(self)[name] = found
        return found

    def __setattr__(self, name: str, value: object) -> None:
        if not (name.startswith("__") or isinstance(value, ModuleType)):
            from dagjob.errors import warn_user

            warn_user(
                f"{self.__name__}.{name} is set here, which changes nothing in dagjob: it looks at none of these modules.",
                UserWarning,
            )
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self.__all__})


class Loader:
    """Makes the modules."""

    def __init__(self, announces: bool) -> None:
        self._announces = announces

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module."""
        return AliasModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""
        vars(module)["__version__"] = VERSION
        if self._announces and module.__name__ == ROOTS[0] and sys.stderr is not None:
            sys.stderr.write(f"{TOLD}\n")


class Finder:
    """Python's question to a finder, answered for Dagster's names. In the command, `OwnFinder` asks `find_spec` itself."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module comes from; None for what is not Dagster's."""
        return find_spec(name, self.mode, sys.path, announces=False)


def find_spec(name: str, mode: str, path: Sequence[str], *, announces: bool) -> ModuleSpec | None:
    """Where `dagster` or a module of it comes from. In the mode `auto` what is installed on this path counts more."""
    root, _, inner = name.partition(".")
    if root not in ROOTS or mode == "never":
        return None
    if inner:
        from dagjob.compat.names import is_module

        if not isinstance(sys.modules.get(root), AliasModule) or not is_module(name):
            return None
    elif mode != "always":
        found = _installed(name, path)
        if found is not None:
            return found
    loader: Any = Loader(announces and mode == "auto")
    return ModuleSpec(name, loader, is_package=True)


def _installed(name: str, path: Sequence[str]) -> ModuleSpec | None:
    """The package of that name as it is installed. A folder without `__init__.py` is none."""
    for finder in sys.meta_path:
        if type(finder).__module__.startswith("dagjob.") or finder is PathFinder:
            continue
        found = finder.find_spec(name, None)  # that of an editable installation
        if found is not None and found.loader is not None:
            return found
    found = PathFinder.find_spec(name, path)
    return found if found is not None and found.loader is not None else None


def look_up(module: str, name: str) -> Any:
    """What a name means in a module of Dagster's. Raises `AttributeError` for what neither Dagster nor dagjob has."""
    dagjob = sys.modules["dagjob"]
    ours = f"Dagjob{name.removeprefix('Dagster')}" if name.startswith("Dagster") else name
    if module in ROOTS and ours in dagjob.__all__:
        return getattr(dagjob, ours)
    from dagjob.compat import names

    if module not in ROOTS:
        from dagjob.compat.private_names import private

        found = private(module, name)
        if found is not None:
            return found
    is_module = names.is_module(f"{module}.{name}")
    if (
        is_module and module == "dagster._core"
    ):  # Two of its modules, `definitions` and `executor`, have names of functions.
        return import_module(f"{module}.{name}")
    if ours in dagjob.__all__:
        return getattr(dagjob, ours)
    if name in names.LEFT_OUT:
        from dagjob.compat.inert import stand_in

        return stand_in(name)
    if name in names.ELSEWHERE:
        return names.loaded(names.ELSEWHERE[name])
    if is_module:
        return import_module(f"{module}.{name}")
    from dagjob.compat.unknown import about

    raise AttributeError("; ".join((f"module {module!r} has no attribute {name!r}", *about(module, name))))


def install(mode: str | None = None) -> None:
    """Let `import dagster` mean dagjob from now on: `auto` (where Dagster is not installed), or `always`.

    Without a mode the variable DAGJOB_DAGSTER_ALIAS tells it. Raises `DagjobUsageError` for another word, and for `always`
    where Dagster has been imported already.
    """
    mode = mode or os.environ.get(VARIABLE) or "auto"
    loaded = sys.modules.get(ROOTS[0])
    if mode not in MODES or (mode == "always" and loaded is not None and not isinstance(loaded, AliasModule)):
        from dagjob.errors import DagjobUsageError, did_you_mean

        if mode not in MODES:
            raise DagjobUsageError(
                f'{VARIABLE} takes one of {", ".join(MODES)}, not "{mode}".{did_you_mean(mode, MODES)}'
            )
        raise DagjobUsageError("dagster has been imported already: import dagjob.compat.dagster before it")
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    if mode != "never":
        sys.meta_path.insert(0, Finder(mode))


def installed_mode() -> str:
    """The mode that `install` was called with; `auto` where it was not called."""
    return next((finder.mode for finder in sys.meta_path if isinstance(finder, Finder)), "auto")


def ignored() -> Sequence[Ignored]:
    """The definitions of assets, schedules and their like that this process has imported, each once."""
    inert = sys.modules.get("dagjob.compat.inert")
    return list(dict.fromkeys(inert.ignored())) if inert is not None else []


def is_active() -> bool:
    """Whether somebody has imported `dagster` in this process, and got dagjob."""
    return isinstance(sys.modules.get(ROOTS[0]), AliasModule)
