"""Whose neighbours are imported: every file of the user finds those beside it, also where other folders have the same names.

Python has one `sys.path` and one table of modules. So the folders of one target stand on the path at a time; when those of
another take their place, modules that would not be found from there are put away, to come back, the same objects, with
their folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType

from dagjob.engine.own_modules import guard_own_modules

_on_path: list[str] = []
"""The folders that stand first on `sys.path` now."""
_on_path_before: set[str] = set()
"""Those of them that were on `sys.path` anyway: a script's own folder, or one of PYTHONPATH. What was found there stays."""
_found_in: dict[str, dict[str, ModuleType]] = {}
"""The modules that were put away, by the folder that they, or the package around them, were found in."""


def look_in(folders: Sequence[str]) -> None:
    """Import from these folders first, in this order, and from no folder of another target."""
    guard_own_modules()
    folders = list(dict.fromkeys(os.path.abspath(folder) for folder in folders))
    if folders == _on_path and sys.path[: len(folders)] == folders:
        return
    for folder in _on_path:
        if folder in sys.path:
            sys.path.remove(folder)
    _on_path_before.update(folder for folder in folders if folder in sys.path)
    _put_away(folders)
    sys.path[:0] = folders
    _on_path[:] = folders
    _bring_back(folders)


def first_to_have(name: str, folders: Sequence[str]) -> str | None:
    """The first of these folders in which a module or package of this name can be found."""
    for folder in folders:
        path = os.path.join(os.path.abspath(folder), name)
        if os.path.isfile(f"{path}.py") or os.path.isdir(path):
            return os.path.abspath(folder)
    return None


def users_modules() -> list[tuple[str, ModuleType]]:
    """The loaded modules that were found in the folders that stand first on the path."""
    return [(name, module) for name, module in list(sys.modules.items()) if _home(name) in _on_path]


def _put_away(folders: Sequence[str]) -> None:
    homes = {*_found_in, *_on_path}
    gone = []
    for name in list(sys.modules):
        home = _home(name)
        if home is None or home not in homes:
            continue
        if home not in _on_path_before or first_to_have(name.partition(".")[0], folders) not in (None, home):
            gone.append((name, home))
    for name, home in gone:
        _found_in.setdefault(home, {})[name] = sys.modules[name]
    for name, _ in gone:
        del sys.modules[name]


def _bring_back(folders: Sequence[str]) -> None:
    owners: dict[str, str | None] = {}
    for folder in folders:
        for name, module in _found_in.pop(folder, {}).items():
            top = name.partition(".")[0]
            if top not in owners:
                owners[top] = first_to_have(top, folders)
            if owners[top] in (None, folder):
                sys.modules.setdefault(name, module)
            else:
                _found_in.setdefault(folder, {})[name] = module


def _home(name: str) -> str | None:
    """The folder in which a module, or the outermost package around it, was found; None for what has no file."""
    top = sys.modules.get(name.partition(".")[0])
    known = vars(top) if isinstance(top, ModuleType) and name != "__main__" else {}
    path = known.get("__path__")
    at = next(iter(path), None) if path is not None else known.get("__file__")
    return os.path.dirname(at) if isinstance(at, str) else None
